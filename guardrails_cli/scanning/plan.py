"""A scan before it runs: options checked, and policies, suppression, risk and places made from them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from guardrails_cli.core.display import display_path
from guardrails_cli.core.json import JsonObject
from guardrails_cli.detect.ner.model_files import find_model
from guardrails_cli.inputs.listing import Listing
from guardrails_cli.inputs.registry import input_of
from guardrails_cli.options.model import EngineOptions, ScanOptions
from guardrails_cli.policy.load import select_packs
from guardrails_cli.policy.packs import Pack
from guardrails_cli.risk.score import RiskModel, load_model
from guardrails_cli.suppress.allow import AllowList, load_allow_lists
from guardrails_cli.suppress.baseline import Matcher
from guardrails_cli.suppress.baseline import load as load_baseline
from guardrails_cli.suppress.relative_paths import Root
from guardrails_cli.suppress.suppressor import Suppressor


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided before a scan begins."""

    options: ScanOptions
    """Options of the user, with the suppressions that workers need."""
    packs: tuple[Pack, ...]
    suppressor: Suppressor
    risk_model: RiskModel | None
    """User's own numbers of the risk; None means the built-in ones."""
    language_model: JsonObject | None
    """Name, version and language in the report; None without a model."""
    listing: Listing
    warnings: tuple[str, ...]
    """Warnings for the user about policies, allow lists and the places to scan."""


def make_plan(options: ScanOptions, own_files: Iterable[Path] = ()) -> Plan:
    """Return the plan of a scan with these options.

    Args:
        options: the user's options.
        own_files: the files that the scan itself writes.

    Raises:
        ConfigError: if policies, model, patterns or places cannot be used.

    """
    packs = select_packs(options.frameworks, options.policies)
    allow = load_allow_lists(options.allow if options.suppress else (), options.detect.engine.recognizers)
    suppressor = _suppressor(options, allow)
    options = _with_suppression(options, suppressor)
    risk_model = load_model(options.risk) if options.risk else None
    language_model = _language_model(options.detect.engine)
    listing = listing_of(options, (*own_files, *options.allow, *([options.baseline] if options.baseline else [])))
    policies = (warning for pack in packs for warning in pack.warnings)
    warnings = (*policies, *allow.warnings, *listing.warnings)
    return Plan(options, packs, suppressor, risk_model, language_model, listing, warnings)


def listing_of(options: ScanOptions, own_files: Iterable[Path] = ()) -> Listing:
    """Return the documents that the options select; see `Listing`."""
    return Listing(options.paths, options.walk, own_files, options.git)


def census_of(options: ScanOptions) -> Listing:
    """Return the documents that are cheap to list a second time, to be counted ahead."""
    paths = tuple(path for path in options.paths if input_of(path, options.git).countable)
    return listing_of(replace(options, paths=paths))


def _suppressor(options: ScanOptions, allow: AllowList) -> Suppressor:
    baseline = None
    if options.baseline is not None and options.suppress:
        known = load_baseline(options.baseline, options.detect.key)
        baseline = Matcher(known, Root(options.baseline))
    return Suppressor(
        allow,
        baseline,
        display_path(str(options.baseline)),
        inline=options.suppress,
        most_shown=options.max_listed if options.show_suppressed else 0,
    )


def _with_suppression(options: ScanOptions, suppressor: Suppressor) -> ScanOptions:
    """Return the options with the suppressions that workers need."""
    salt = suppressor.baseline.baseline.identity.salt if suppressor.baseline else options.detect.salt
    detect = replace(options.detect, salt=salt, allowed=suppressor.allow.values, directives=options.suppress)
    return replace(options, detect=detect)


def _language_model(engine: EngineOptions) -> JsonObject | None:
    if engine.model is None:
        return None
    files = find_model(engine.model)
    return {"name": files.name, "version": files.version, "language": files.language}
