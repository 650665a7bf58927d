"""The exit code of a finished scan."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardrails_cli.core.errors import ExitCode
from guardrails_cli.options.choices import Level

if TYPE_CHECKING:
    from guardrails_cli.results.summary import Summary
    from guardrails_cli.scanning.run import Outcome


@dataclass(frozen=True, slots=True)
class Allowed:
    """The findings that a scan may have without failing."""

    fail_on: Level | None = None
    """Severity from which findings count."""
    max_findings: int | None = None
    """Number of such findings that are allowed; None with `fail_on` means zero, without it any number."""
    no_block: bool = False
    """Whether violated BLOCK rules are ignored."""
    allow_empty: bool = False
    """Whether there may be nothing to scan."""

    def exit_code(self, outcome: "Outcome") -> ExitCode:
        """Return the exit code; unscanned documents outweigh findings."""
        from guardrails_cli.core.record import Action, Status

        summary = outcome.summary
        if outcome.interrupted:
            return ExitCode.INTERRUPTED
        if outcome.error or summary.statuses[Status.FAILED]:
            return ExitCode.INCOMPLETE
        if not summary.scanned:
            return ExitCode.OK if self.allow_empty else ExitCode.NOTHING_TO_SCAN
        if self.exceeded(summary) or (summary.actions[Action.BLOCK] and not self.no_block):
            return ExitCode.FINDINGS
        return ExitCode.OK

    def exceeded(self, summary: "Summary") -> str | None:
        """Return which limit on findings is exceeded and by how much, for a person; None if none is."""
        if self.fail_on is None and self.max_findings is None:
            return None
        from guardrails_cli.core.finding import Severity

        count = summary.reaches(Severity[self.fail_on.upper()] if self.fail_on else Severity.LOW)
        if count <= (self.max_findings or 0):
            return None
        level = f" at or above --fail-on {self.fail_on}" if self.fail_on else ""
        more = f", more than --max-findings {self.max_findings}" if self.max_findings else ""
        return f"{count:,} finding{'s' if count > 1 else ''}{level}{more}"
