"""The journal of a run's finished documents, kept on disk so that a later run need not scan them again.

It is one SQLite file (mode 0600) in the user's state directory, or where `--state` says. It holds records as in the
report, so values are masked and hashed, never raw. A source is recognized if its file has not changed: same size, times
and inode, or the same content. Everything else that decides the findings (options, policies, model, version) is a key:
records of another key do not count.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.json import dumps
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.files import content_hash
from guardrails_cli.inputs.registry import local_path
from guardrails_cli.results.json_decode import decode_document
from guardrails_cli.results.json_form import report_document
from guardrails_cli.system.paths import state_folder

COMMIT_SECONDS = 1.0
"""Maximum seconds of finished work that are lost when the program is killed."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, scope TEXT NOT NULL, started REAL NOT NULL, complete INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (
    key TEXT NOT NULL, path TEXT NOT NULL, stamp TEXT NOT NULL, sha256 TEXT, run INTEGER NOT NULL,
    records TEXT NOT NULL, PRIMARY KEY (key, path)
) WITHOUT ROWID;
PRAGMA user_version = 1;
"""


class Journal:
    """The records of finished sources. Use it as a context manager.

    Args:
        path: the SQLite file, created if missing.
        key: everything that decides the findings besides the content.
        scope: the scanned paths: two runs of one key and scope are about the same documents.
        resume: whether to resume the last run of this scope if it is incomplete.
        incremental: whether records of any earlier run count.

    Raises:
        ConfigError: if the file cannot be used.

    """

    def __init__(self, path: Path, key: str, scope: str, *, resume: bool = False, incremental: bool = False) -> None:
        self.path = path
        self.fault: str | None = None
        """Why nothing is stored any more, such as a full disk; the scan goes on."""
        self._key = key
        self._scope = scope
        self._committed = time.monotonic()
        try:
            self._database = _open(path)
            last = self._database.execute(
                "SELECT id, complete FROM runs WHERE key = ? AND scope = ? ORDER BY id DESC LIMIT 1", (key, scope)
            ).fetchone()
            self.resumed = bool(resume and last and not last[1])
            """Whether there was a run to resume."""
            self._run: int = last[0] if self.resumed else self._begin()
        except (sqlite3.Error, OSError) as error:
            raise ConfigError(f"cannot use the journal {path}: {error}; --state FILE names another, "
                              "--no-journal does without") from None  # fmt: skip
        self._reads = incremental or self.resumed
        self._any_run = incremental

    def _begin(self) -> int:
        cursor = self._database.execute(
            "INSERT INTO runs (key, scope, started, complete) VALUES (?, ?, ?, 0)",
            (self._key, self._scope, time.time()),
        )
        self._database.commit()
        return int(cursor.lastrowid or 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._database.commit()
        self._database.close()

    def known(self, source: Source) -> list[DocumentResult] | None:
        """Return the records of a source and of the documents inside it, if they are known and still valid."""
        if not self._reads or source.stamp is None:
            return None
        try:
            row = self._database.execute(
                "SELECT stamp, sha256, run, records FROM sources WHERE key = ? AND path = ?", (self._key, source.path)
            ).fetchone()
        except sqlite3.Error:
            return None  # a damaged journal costs time, nothing else
        if row is None or (row[2] != self._run and not self._any_run):
            return None
        stamp, sha256, run, records = row
        if stamp != source.stamp and (sha256 is None or sha256 != _hash_of(source)):
            return None
        if run != self._run or stamp != source.stamp:
            self._write(
                "UPDATE sources SET run = ?, stamp = ? WHERE key = ? AND path = ?",
                (self._run, source.stamp, self._key, source.path),
            )
        try:
            found = [decode_document(record) for record in json.loads(records)]
        except (ValueError, RecursionError):
            return None
        today = date.today()
        ended = any(record.suppressed_until and record.suppressed_until < today for record in found)
        return None if ended else found

    def keep(self, source: Source, records: Sequence[DocumentResult]) -> None:
        """Store the records of a finished source; a failed one is not stored, so it is tried again."""
        if source.stamp is None or any(record.status is Status.FAILED for record in records):
            return
        own = [record.sha256 for record in records if record.path == source.path]
        self._write(
            "INSERT OR REPLACE INTO sources (key, path, stamp, sha256, run, records) VALUES (?, ?, ?, ?, ?, ?)",
            (
                self._key,
                source.path,
                source.stamp,
                own[0] if own else None,
                self._run,
                dumps([report_document(record) for record in records]),
            ),
        )

    def complete(self) -> None:
        """Record that the scope is complete; records of vanished files are removed."""
        self._write("UPDATE runs SET complete = 1 WHERE id = ?", (self._run,))
        self._write("DELETE FROM sources WHERE key = ? AND run IN (SELECT id FROM runs WHERE scope = ? AND id < ?)",
                    (self._key, self._scope, self._run))  # fmt: skip
        self._write("DELETE FROM runs WHERE scope = ? AND id < ?", (self._scope, self._run))
        self._commit()

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        if self.fault is not None:
            return
        try:
            self._database.execute(statement, values)
        except (sqlite3.Error, UnicodeEncodeError) as error:
            self.fault = str(error)
            return
        if time.monotonic() - self._committed > COMMIT_SECONDS:
            self._commit()

    def _commit(self) -> None:
        try:
            self._database.commit()
        except sqlite3.Error as error:
            self.fault = self.fault or str(error)
        self._committed = time.monotonic()


def default_path() -> Path:
    """Return the path of the journal if `--state` does not name another."""
    return state_folder() / "journal.sqlite3"


def fingerprint(parts: object) -> str:
    """Return a hash of anything that has a JSON form."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, timeout=30.0, isolation_level="IMMEDIATE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.executescript(_SCHEMA)
    return database


def _hash_of(source: Source) -> str | None:
    """Return the hash of a file's content; None if the source is no file of this machine, or cannot be read."""
    path = local_path(source)
    return None if path is None else content_hash(path)
