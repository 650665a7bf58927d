"""Schedule audits by Celery's crontabs, and start them in a loop."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from celery import Celery
from celery.beat import Scheduler
from celery.schedules import ParseException, crontab

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.services.audits import Audit

LONGEST_WAIT = 1.0
"""Seconds between two checks of the running children."""


def local_app() -> Celery:
    """Return an application that is only used for the time zone: crontabs mean local time, as cron's do."""
    app = Celery("guardrails-beat", set_as_current=False)
    app.conf.enable_utc = False
    return app


def when(audit: Audit, app: Celery, now: Callable[[], datetime] | None = None) -> crontab:
    """Return the audit's crontab.

    Args:
        audit: an audit with a crontab.
        app: provides the time zone.
        now: the clock; None means the application's.

    Raises:
        ConfigError: if it is not a crontab.

    """
    try:
        minute, hour, day, month, weekday = str(audit.crontab).split()
        return crontab(minute, hour, weekday, day, month, app=app, nowfun=now)
    except (ParseException, ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f"{audit.origin}: audits.{audit.name}.crontab: {audit.crontab!r} is no crontab ({str(error)[:80]}); "
            "write for example '30 2 * * *'"
        ) from None


def next_run(audit: Audit, now: datetime) -> datetime | None:
    """Return when the audit is due next, in the time zone of `now`; None if it never is."""
    if audit.crontab is None:
        return None
    left: timedelta = when(audit, local_app(), lambda: now).remaining_estimate(now)
    return (now + left).replace(microsecond=0)


class AuditScheduler(Scheduler):
    """Celery beat's scheduler, but it starts processes instead of sending messages, so it needs no broker."""

    producer = None  # type: ignore[assignment]
    start: Callable[[str], None]

    def install_default_entries(self, data: Any) -> None:
        """Install none: there are no results to clean up."""

    def apply_entry(self, entry: Any, producer: Any = None) -> None:  # noqa: ARG002 - Celery's signature
        """Start the audit of that name."""
        self.start(entry.name)


class Beat:
    """Starts audits when they are due, each as a process of its own, until stopped.

    Args:
        audits: audits that have a crontab.
        command: returns the command line of an audit.
        tell: receives lines for the log.

    """

    def __init__(
        self, audits: Iterable[Audit], command: Callable[[str], list[str]], tell: Callable[[str], None]
    ) -> None:
        app = local_app()
        app.conf.beat_schedule = {audit.name: {"task": audit.name, "schedule": when(audit, app)} for audit in audits}
        self._scheduler = AuditScheduler(app)
        self._scheduler.start = self._start
        self._command = command
        self._tell = tell
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.stop = Event()

    def run(self) -> None:
        """Run until `stop` is set; then ask running audits to end, and wait for them."""
        while not self.stop.is_set():
            wait = self._scheduler.tick()
            self._reap()
            self.stop.wait(min(max(wait, 0.0), LONGEST_WAIT))
        for _, process in self._running:
            process.terminate()
        for _, process in self._running:
            process.wait()
        self._reap()

    def _start(self, name: str) -> None:
        self._tell(f"audit {name} starts")
        try:
            # Its output goes to ours: the journal of the service.
            self._running.append((name, subprocess.Popen(self._command(name), stdin=subprocess.DEVNULL)))
        except OSError as error:
            self._tell(f"audit {name} did not start: {error.strerror}")

    def _reap(self) -> None:
        ended = [(name, process) for name, process in self._running if process.poll() is not None]
        self._running = [pair for pair in self._running if pair not in ended]
        for name, process in ended:
            self._tell(f"audit {name} ended with exit code {process.returncode}")


def schedules(audits: Mapping[str, Audit]) -> list[Audit]:
    """Return the audits that have a crontab."""
    return [audit for audit in audits.values() if audit.crontab is not None]


def command_line(name: str, origin: str) -> list[str]:
    """Return the command that runs an audit, whatever the working directory contains."""
    return [sys.executable, "-P", "-m", "guardrails_cli", "audit", "run", name, "--config", origin]
