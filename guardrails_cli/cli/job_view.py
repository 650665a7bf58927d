"""The display of `guardrails watch`: a bar on a terminal, an occasional line in a log."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from guardrails_cli.cli.std_streams import terminal
from guardrails_cli.core.display import human_bytes
from guardrails_cli.core.json import JsonObject
from guardrails_cli.scanning.progress import LINE_SECONDS


@contextmanager
def following(job: JsonObject) -> Iterator[Callable[[JsonObject], None]]:
    """Provide a function that shows a job's present state on stderr."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _lines()
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    text = TextColumn("{task.fields[counts]}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), text)
    with Progress(*columns, TimeRemainingColumn(compact=True), console=terminal(sys.stderr), transient=True) as bars:
        task = bars.add_task(job["status"], total=None, counts="")

        def show(seen: JsonObject) -> None:
            told = seen["progress"]
            known = told["total_bytes"] is not None
            bars.update(
                task,
                description=seen["status"],
                completed=told["bytes"] + told["documents"],
                total=told["total_bytes"] + told["total_documents"] if known else None,
                counts=_counts(seen),
            )

        yield show


def _lines() -> Callable[[JsonObject], None]:
    said = time.monotonic()

    def show(job: JsonObject) -> None:
        nonlocal said
        if time.monotonic() - said >= LINE_SECONDS:
            said = time.monotonic()
            print(f"guardrails: {job['status']}: {_counts(job)}", file=sys.stderr, flush=True)  # noqa: T201

    return show


def _counts(job: JsonObject) -> str:
    told = job["progress"]
    of = f"/{told['total_documents']:,}" if told["total_documents"] is not None else ""
    failed = f", {told['failed']:,} failed" if told["failed"] else ""
    by_severity = ", ".join(f"{count:,} {name.lower()}" for name, count in told["by_severity"].items() if count)
    findings = f"{told['findings']:,} findings" + (f" ({by_severity})" if by_severity else "")
    return f"{told['documents']:,}{of} documents, {human_bytes(told['bytes'])}, {findings}{failed}"
