"""Audits: scans named in a configuration file, repeated one at a time, with the changes since the last run."""

import contextlib
import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.core.schemas.yaml_check import nearest
from guardrails_cli.options.config_file import ConfigFile
from guardrails_cli.results.differences import Changes, Known, compare, is_unread, known
from guardrails_cli.results.journal import fingerprint
from guardrails_cli.scanning.run import Outcome
from guardrails_cli.system import files
from guardrails_cli.system.paths import state_folder

STATE_VERSION = 1
NEW_SHOWN = 5
"""Number of new findings shown in the terminal."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A scan named in a configuration file."""

    name: str
    paths: tuple[str, ...]
    crontab: str | None
    values: Mapping[str, Any]
    """Options by setting."""
    origin: Path
    """Configuration file that it is from."""

    @property
    def slot(self) -> str:
        """Return a name for its state: audits of the same name in two files are independent."""
        place = os.fsencode(os.path.realpath(self.origin))
        return f"{self.name}-{hashlib.sha256(place).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The stored state of an audit's last run."""

    finished_at: str
    key: str
    """Hash of the fingerprints' key; findings under another key cannot be compared."""
    options: str
    """Hash of all options that decide the findings."""
    findings: frozenset[Known]


class Overlap(Exception):  # noqa: N818 - no error: the run before is simply not over
    """The audit is already running."""


def audits_of(file: ConfigFile) -> dict[str, Audit]:
    """Return the audits in a file, in its order."""
    return {
        name: Audit(
            name,
            tuple(values["paths"]),
            values.get("crontab"),
            {key: value for key, value in values.items() if key not in ("paths", "crontab")},
            file.path,
        )
        for name, values in file.audits.items()
    }


def audit_named(name: str, audits: Mapping[str, Audit], place: str) -> Audit:
    """Return the audit of that name.

    Raises:
        ConfigError: if it does not exist.

    """
    if name not in audits:
        raise ConfigError(
            f"no audit {name!r} in {place}{nearest(name, audits)}; there are {', '.join(audits) or 'none'}"
        )
    return audits[name]


def filled(audit: Audit, now: datetime) -> dict[str, Any]:
    """Return the audit's options with `{date}`, `{time}` and `{name}` filled in the names of its reports."""
    words = {"{date}": f"{now:%Y-%m-%d}", "{time}": f"{now:%H%M%S}", "{name}": audit.name}

    def fill(text: str) -> str:
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    values = dict(audit.values)
    if "output" in values:
        values["output"] = [fill(path) for path in values["output"]]
    return values


def folder() -> Path:
    """Return the folder of the audits' state."""
    return state_folder() / "audits"


@contextlib.contextmanager
def alone(slot: str) -> Iterator[None]:
    """Hold the audit's lock.

    Raises:
        Overlap: if another process holds it. The kernel frees it when that process ends, however it ends.
        ConfigError: if the lock cannot be created.

    """
    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = files.open_lock(folder() / f"{slot}.lock")
    except OSError as error:
        raise ConfigError(f"cannot keep the state of audits in {folder()}: {error.strerror}") from None
    try:
        if not files.lock(descriptor):
            raise Overlap
        yield
    finally:
        os.close(descriptor)


def earlier(slot: str) -> Earlier | None:
    """Return the state of the audit's last run; None if there was none, or it cannot be read."""
    try:
        with gzip.open(folder() / f"{slot}.json.gz", "rb") as file:
            data = json.load(file)
        if data["version"] != STATE_VERSION:
            return None
        findings = frozenset(Known(*row) for row in data["findings"])
        return Earlier(data["finished_at"], data["key"], data["options"], findings)
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None


def keep(slot: str, state: Earlier) -> None:
    """Store the state for the audit's next run atomically, readable by the user alone.

    Raises:
        OSError: if it cannot be written.

    """
    content = {
        "version": STATE_VERSION,
        "finished_at": state.finished_at,
        "key": state.key,
        "options": state.options,
        "findings": sorted(state.findings),
    }
    files.put(folder() / f"{slot}.json.gz", gzip.compress(json.dumps(content).encode(), compresslevel=3))


class Watch:
    """Collects the records of an audit's run, and reports the changes since the last one."""

    def __init__(self, audit: Audit, key: bytes) -> None:
        self.name = audit.name
        self._slot = audit.slot
        self.changes: Changes | None = None
        self.before: Earlier | None = None
        self.same_options = True
        self._key = hashlib.sha256(b"guardrails audit\0" + key).hexdigest()[:16]
        self._found: set[Known] = set()
        self._unread: set[str] = set()
        self._state: Earlier | None = None

    @property
    def since(self) -> str | None:
        """End of the last run; None if this is the first."""
        return self.before.finished_at if self.before else None

    def add(self, record: DocumentResult) -> None:
        """Take the next record."""
        self._found.update(known(record))
        if is_unread(record):
            self._unread.add(record.path)

    def close(self, outcome: Outcome) -> None:
        """Compare with the last run; an interrupted run proves nothing about documents that it did not reach."""
        if outcome.interrupted or outcome.error is not None:
            return
        options = _options_hash(outcome.run)
        state = earlier(self._slot)
        self.before = state if state is not None and state.key == self._key else None
        self.same_options = self.before is None or self.before.options == options
        before = self.before.findings if self.before else frozenset()
        self.changes = compare(before, self._found, self._unread)
        # Findings in unreadable documents are kept: one day they are fixed or still there.
        left = self._found.union(self.changes.unknown)
        self._state = Earlier(str(outcome.run["finished_at"]), self._key, options, frozenset(left))

    def keep(self) -> str | None:
        """Store the state for the next run; return a message for the user if that fails."""
        try:
            if self._state is not None:
                keep(self._slot, self._state)
        except OSError as error:
            return f"the state of audit {self.name} cannot be kept ({error.strerror}): changes will be told again"
        return None

    def notes(self) -> list[str]:
        """Return the notes for a person."""
        changes = self.changes
        if changes is None:
            return []
        if self.before is None:
            return [f"Audit {self.name}: the first run, so there is nothing to compare with"]
        counts = f"{len(changes.new):,} new, {len(changes.fixed):,} fixed, {len(changes.unchanged):,} still there"
        unknown = f", {len(changes.unknown):,} in documents that could not be scanned" if changes.unknown else ""
        other = "" if self.same_options else "; options, policies or version are not the same"
        lines = [f"Since the audit of {self.before.finished_at[:16].replace('T', ' ')} UTC: {counts}{unknown}{other}"]
        lines += [f"New: {printable(one.path)}: {one.entity_type}" for one in changes.new[:NEW_SHOWN]]
        if len(changes.new) > NEW_SHOWN:
            lines.append(f"New: {len(changes.new) - NEW_SHOWN:,} more; the JSON report lists them")
        return lines


def _options_hash(run: JsonObject) -> str:
    return fingerprint([run["version"], run["model"], run["policies"], run["options"]])
