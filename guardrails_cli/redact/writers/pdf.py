"""Copies of PDFs: pictures of the pages with black boxes over the findings, and nothing else of the original.

No page is copied as it is: pages share fonts, forms and resources, so that a page without findings can carry what
another one shows. The pages are drawn in a separate process, under the limits of the readers.
"""

import json
import shutil
import subprocess
import sys
from typing import IO, Any

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status
from guardrails_cli.formats.image import ocr
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.redact.operators import Span, merged
from guardrails_cli.redact.writers.writer import Choice, Rewritten, Scanned
from guardrails_cli.system.processes import die_with_parent, package_environment

MAX_SECONDS = 600.0
"""Seconds for drawing one document."""
_LABELLED = frozenset({"token", "partial", "hash", "replace"})
"""Strategies whose replacement is written into the box if there is room."""


def rewrite(source: IO[bytes], target: IO[bytes], scanned: Scanned, choice: Choice) -> Rewritten:
    """Write a copy made of pictures with the findings covered; see `Rewriter.rewrite`."""
    spans = merged(Span(found.start, found.end, found.entity_type) for found in scanned.findings)
    if any(choice.strategy_for(span.entity_type) == "encrypt" for span in spans):
        sentence = "values in a PDF cannot be sealed, only covered: choose another strategy than encrypt"
        raise RefusedError(Reason(ReasonCode.UNSUPPORTED, sentence))
    values: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    written = set()
    for span in spans:
        value = scanned.text[span.start : span.end]
        label = ""
        if choice.strategy_for(span.entity_type) in _LABELLED:
            label = choice.replacement(value, span.entity_type)
            written.add(label)
        mark = next((mark for mark in reversed(scanned.marks) if mark.start <= span.start), None)
        place = mark.location if mark else None
        shown = place is not None and (not place.part or place.part == ocr.PART)
        pages, seen = values.setdefault((value, label), ([], []))
        if place is not None and place.page is not None:
            pages.append(place.page)
            seen += [place.page] if shown else []
    source.flush()
    lost = _draw(source, target, [[*key, *pages] for key, pages in values.items()])
    gone = (f"{', '.join(lost)} of the original are not in the copy",) if lost else ()
    return Rewritten(len(spans), frozenset(written), ("its pages are pictures now", *gone))


def restore(source: IO[bytes], target: IO[bytes], _key: bytes) -> tuple[int, int]:
    """Copy the file: a PDF never holds sealed values."""
    shutil.copyfileobj(source, target)
    return 0, 0


def _draw(source: IO[bytes], target: IO[bytes], values: list[list[Any]]) -> list[str]:
    """Have a child write the copy; return the kinds of content of the original that it lacks.

    Raises:
        RefusedError: with the child's reason, or if the child broke.

    """
    command = [sys.executable, "-P", "-m", "guardrails_cli.redact.writers.pdf_child"]
    command += [str(source.fileno()), str(target.fileno())]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(values).encode(),  # never as an argument, which other users could see
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=package_environment(),
            pass_fds=(source.fileno(), target.fileno()),
            preexec_fn=die_with_parent,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        sentence = f"drawing its pages took longer than {MAX_SECONDS:.0f} s"
        raise RefusedError(Reason(ReasonCode.TIMED_OUT, sentence), Status.SKIPPED) from None
    if done.returncode:
        raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "its pages cannot be drawn"))
    reason, lost = json.loads(done.stdout)
    if reason:
        raise RefusedError(Reason.of_row(reason))
    return list(lost)
