"""The live display of a scan on a terminal."""

import threading
import time
from collections.abc import Callable, Iterable

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from guardrails_cli.core.display import SEVERITY_STYLE, human_bytes, printable
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.scanning.progress import STOPPING, Quiet


class Bars(Quiet):
    """A live display: an overall bar with documents, bytes, rate and time left; findings so far; the last failure.

    Args:
        console: console of the terminal on stderr.
        census: yields the same sources as the scan; counted in a thread to get a total.
        verbose: whether to show which executor does the work.

    """

    def __init__(self, console: Console, census: Iterable[Source | Unscanned], verbose: bool = False) -> None:
        super().__init__(console.file, verbose)
        self._console = console
        self._failure = ""
        self._stopping = False
        self._total = [0, 0]
        self._counted = False
        self._begun = time.monotonic()
        self._progress = _WithFooter(
            self._footer,
            SpinnerColumn(),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[documents]}"),
            TextColumn("{task.fields[volume]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("scan", total=None, documents="", volume="")
        threading.Thread(target=self._count, args=(census,), daemon=True).start()

    def chosen(self, executor: str, why: Reason) -> None:
        """Show the executor above the bars."""
        if self._verbose or why.code is ReasonCode.NO_SERVER:
            self._console.print(Text(f"guardrails: scanning with {executor} ({why})"))

    def note(self, text: str) -> None:
        """Write the note above the bars."""
        self._console.print(Text(f"guardrails: {text}"))

    def record(self, record: DocumentResult) -> None:
        """Keep the last failure."""
        if record.status is Status.FAILED:
            self._failure = f"{printable(record.path)}: {record.reason}"

    def tick(self, partly: int = 0) -> None:
        """Show the present state."""
        scanned = self._seen.bytes + partly
        seconds = max(time.monotonic() - self._begun, 0.001)
        total = f"/{self._total[0]:,}" if self._counted else ""
        self._progress.update(
            self._task,
            completed=scanned + self._seen.documents,
            total=sum(self._total) if self._counted else None,
            documents=f"{self._seen.documents:,}{total} documents",
            volume=f"{human_bytes(scanned)} {human_bytes(scanned / seconds)}/s",
        )

    def stopping(self) -> None:
        """Show the request to stop below the bars."""
        self._stopping = True

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._progress.stop()

    def _count(self, census: Iterable[Source | Unscanned]) -> None:
        for source in census:
            self._total[0] += 1
            self._total[1] += source.size_bytes
        self._counted = True

    def _footer(self) -> RenderableType:
        line = Text("  ", no_wrap=True, overflow="ellipsis")
        if not self._seen.findings:
            line.append("no findings so far", style="dim")
        for severity in reversed(Severity):
            if count := self._seen.severities[severity]:
                line.append(f"{count:,} {severity.name.lower()}  ", style=SEVERITY_STYLE[severity])
        if failed := self._seen.statuses[Status.FAILED]:
            line.append(f"\n  {failed:,} failed; last: {self._failure}", style="magenta")
        if slow := self.slow():
            line.append(f"\n  at {slow}", style="dim")
        if self._stopping:
            line.append(f"\n  {STOPPING}", style="bold")
        return line


class _WithFooter(Progress):
    """A progress display with a line below the bars."""

    def __init__(self, footer: Callable[[], RenderableType], *columns: object, **options: object) -> None:
        self._footer_line = footer
        super().__init__(*columns, **options)  # type: ignore[arg-type]

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bars, then the footer."""
        yield Group(*super().get_renderables(), self._footer_line())
