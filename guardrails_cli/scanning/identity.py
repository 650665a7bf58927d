"""Identity of a scan: the journal reuses the records of an earlier run if its key and scope are the same."""

import hashlib
import os
from dataclasses import asdict

from guardrails_cli.cluster.messages import WIRE_VERSION, encode_options
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.version import __version__
from guardrails_cli.options.model import ScanOptions
from guardrails_cli.results.journal import fingerprint
from guardrails_cli.scanning.plan import Plan
from guardrails_cli.suppress.baseline import dump


def key(plan: Plan) -> str:
    """Return a hash of everything that decides the findings, besides the content of the documents."""
    options = plan.options
    detect = encode_options(options.detect)
    detect["key"] = hashlib.sha256(options.detect.key).hexdigest()
    relative = not all(os.path.isabs(path) for path in options.paths)  # noqa: PTH117
    return fingerprint(
        [
            __version__,
            WIRE_VERSION,
            detect,
            plan.language_model,
            [[pack.sha256, *pack.warnings] for pack in plan.packs],  # an exemption may have expired
            repr(plan.risk_model),
            repr(options.limits),
            [hashlib.sha256(word.encode("utf-8", "surrogateescape")).hexdigest() for word in options.limits.passwords],
            options.max_listed,
            [options.suppress, options.show_suppressed, _suppression(plan)],
            os.getcwd() if relative else None,  # noqa: PTH109
            _git(options),  # only part of a change is reported
        ]
    )


def scope(options: ScanOptions) -> str:
    """Return a hash of the scanned places: two runs of one key and scope are about the same documents."""
    return fingerprint([options.paths, asdict(options.walk), _git(options)])


def _suppression(plan: Plan) -> list[str]:
    """Return hashes of the suppressions, except comments in the documents."""
    options, suppressor = plan.options, plan.suppressor
    baseline = suppressor.baseline
    lists = [fingerprint(path.read_bytes().hex()) for path in options.allow] if options.suppress else []
    known = [dump(baseline.baseline), sorted(map(str, baseline.moved))] if baseline else []
    active = [entry.origin for entry in suppressor.allow.entries]  # an entry may have expired
    return [*active, *lists, fingerprint([str(options.baseline), *known])]


def _git(options: ScanOptions) -> JsonObject | None:
    return asdict(options.git) if options.git else None
