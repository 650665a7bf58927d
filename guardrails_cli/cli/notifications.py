"""Notifications about a finished scan: webhooks, a file of metrics. Neither affects the scan's result."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from guardrails_cli.cli.std_streams import complain
from guardrails_cli.core.errors import ExitCode, GuardrailsError
from guardrails_cli.results.summary_form import report_summary

if TYPE_CHECKING:
    from guardrails_cli.results.differences import Changes
    from guardrails_cli.scanning.run import Outcome
    from guardrails_cli.services.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a scan."""

    outcome: "Outcome | None"
    """Outcome; None if a report could not be written."""
    code: ExitCode
    reports: Sequence[Path | None]
    changes: "Changes | None"


class Telling:
    """Sends notifications about the scan in its `with` block, which ends with a call of `ended` or an exception.

    Args:
        urls: the values of `--notify`.
        private: whether webhooks may have private addresses.
        metrics: the file of `--metrics`.
        audit: name of the audit; empty if it is none.

    Raises:
        ConfigError: if one of them cannot be used.

    """

    def __init__(self, urls: Sequence[str], private: bool, metrics: Path | None, audit: str) -> None:
        self._hooks: list[Webhook] = []
        if urls:
            from guardrails_cli.services.webhooks import webhook

            self._hooks = [webhook(url, private) for url in urls]
        if metrics is not None:
            from guardrails_cli.cluster.metrics import check_file

            check_file(metrics)
        self._metrics = metrics
        self._audit = audit
        self._begun = time.monotonic()
        self._started = datetime.now(UTC)
        self._ending: Ending | None = None

    @property
    def files(self) -> list[Path]:
        """Files written beside the reports, which a scan skips."""
        return [self._metrics] if self._metrics else []

    def ended(self, ending: Ending) -> None:
        """Record the end of the scan."""
        self._ending = ending

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fault = None
        if self._ending is None or error is not None:
            fault = str(error) if isinstance(error, GuardrailsError) else f"an internal error ({type(error).__name__})"
        if self._metrics is not None:
            self._write(self._metrics)
        if self._hooks:
            from guardrails_cli.services.webhooks import ENV_SECRET, deliver

            secret = os.environ.get(ENV_SECRET, "").encode()
            for told in deliver(self._hooks, self._event(fault), secret):
                complain(told)

    def _write(self, path: Path) -> None:
        from guardrails_cli.cluster.metrics import ScanEnd, write_file

        end = self._ending
        outcome = end.outcome if end else None
        try:
            write_file(
                path,
                ScanEnd(
                    audit=self._audit,
                    exit_code=end.code if end else ExitCode.USAGE,
                    complete=_state(end) == "finished",
                    finished=time.time(),
                    seconds=time.monotonic() - self._begun,
                    summary=outcome.summary if outcome else None,
                ),
            )
        except OSError as error:
            complain(f"cannot write the metrics: {error.strerror or error}")

    def _event(self, fault: str | None) -> dict[str, Any]:
        end = self._ending
        outcome = end.outcome if end else None
        state = _state(end)
        if end is not None:
            fault = outcome.error if outcome else "a report could not be written"
        return {
            "event": "scan.failed" if state == "failed" else "scan.completed",
            "state": state,
            "verdict": _verdict(end),
            "exit_code": int(end.code) if end else None,
            "audit": self._audit or None,
            "started_at": self._started.isoformat(timespec="milliseconds"),
            "finished_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "error": fault,
            "summary": _summary(outcome) if outcome else None,
            "changes": _changes(end.changes) if end and end.changes else None,
            "reports": [os.path.abspath(path) for path in end.reports if path] if end else [],  # noqa: PTH100
        }


def _state(end: Ending | None) -> str:
    """Return `finished`, `interrupted`, `incomplete` (some documents failed) or `failed`."""
    if end is None or end.outcome is None or end.outcome.error:
        return "failed"
    if end.outcome.interrupted:
        return "interrupted"
    return "incomplete" if end.code is ExitCode.INCOMPLETE else "finished"


def _verdict(end: Ending | None) -> str | None:
    """Return the exit code's verdict on the documents; None if it has none."""
    verdicts = {ExitCode.OK: "pass", ExitCode.FINDINGS: "fail", ExitCode.NOTHING_TO_SCAN: "nothing_to_scan"}
    return verdicts.get(end.code) if end else None


def _summary(outcome: "Outcome") -> dict[str, Any]:
    """Return the numbers of the report's summary, without paths, findings and reasons."""
    full = report_summary(outcome.summary)
    kept = ("documents", "bytes", "by_status", "findings", "by_severity", "by_risk_level", "by_action")
    frameworks = {
        name: {key: framework[key] for key in ("verdict", "documents_checked", "documents_in_violation")}
        for name, framework in full["by_framework"].items()
    }
    return {key: full[key] for key in kept} | {"by_framework": frameworks}


def _changes(changes: "Changes") -> dict[str, int]:
    return {kind: len(getattr(changes, kind)) for kind in ("new", "fixed", "unchanged", "unknown")}
