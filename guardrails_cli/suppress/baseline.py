"""The baseline: accepted findings, in a file without values that a team shares through git.

The file has a line of JSON that identifies it, then one per entry, sorted. An entry is a path, an entity type, a
fingerprint and a count; it has no line number, so a finding that moves stays accepted. A baseline has one of two keys.
With `GUARDRAILS_KEY` it is the team's, and the fingerprints are those of reports. Without it the file carries a random
salt, and the fingerprints are stretched by scrypt (RFC 7914): they are the same on every machine, and guessing is slow
for whoever has the file, but not impossible: there are few enough Social Security numbers to try them all.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Finding
from guardrails_cli.suppress.relative_paths import Root
from guardrails_cli.system import files
from guardrails_cli.system.keys import ENV_KEY

VERSION = 1
SCRYPT_N, SCRYPT_R = 512, 8
"""Half a megabyte and one or two milliseconds per value: a baseline of thousands is checked in seconds."""
_HEAD = "guardrails_baseline"
_CACHED = 100_000


class Verdict(StrEnum):
    """A reviewer's verdict on an entry."""

    TRUE = "true"
    FALSE = "false"


Key = tuple[str, str, str]
"""Path relative to the baseline's folder, entity type, fingerprint."""


class Known(msgspec.Struct, frozen=True):
    """The accepted count of a value at a place, and the verdict on it."""

    count: int
    verdict: Verdict | None = None


class Identity(msgspec.Struct):
    """Identity of the fingerprints of a baseline: its salt, or the team's key."""

    salt: bytes = b""
    key_check: str = ""
    """Check value that identifies the key; empty if there is a salt."""
    _stretched: dict[str, str] = msgspec.field(default_factory=dict)

    def of(self, finding: Finding) -> str:
        """Return the fingerprint that the baseline has for a finding."""
        if not self.salt:
            return finding.fingerprint
        token = finding.token
        if token not in self._stretched:
            if len(self._stretched) >= _CACHED:
                self._stretched.clear()
            self._stretched[token] = stretched(token, self.salt)
        return self._stretched[token]

    @property
    def name(self) -> str:
        """Return a name of the identity; two baselines can be merged if it is the same."""
        return self.salt.hex() or self.key_check


class Baseline(msgspec.Struct):
    """The accepted findings, and the identity by which to recognize them."""

    identity: Identity
    entries: dict[Key, Known] = msgspec.field(default_factory=dict)


def stretched(token: str, salt: bytes) -> str:
    """Return 32 hexadecimal digits that are slow to compute."""
    return hashlib.scrypt(token.encode(), salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=1, dklen=16).hex()


def key_check(key: bytes) -> str:
    """Return 16 digits that are equal for equal keys and reveal nothing else about them."""
    return hmac.digest(key, b"guardrails baseline", hashlib.sha256).hex()[:16]


def new_identity(key: bytes) -> Identity:
    """Return the identity of a new baseline: the team's key if there is one, otherwise a new salt."""
    return Identity(key_check=key_check(key)) if os.environ.get(ENV_KEY) else Identity(secrets.token_bytes(16))


def load(path: Path, key: bytes) -> Baseline:
    """Return the baseline in a file.

    Args:
        path: the file's path.
        key: the key of this run's fingerprints.

    Raises:
        ConfigError: if it cannot be read, is not a baseline, or was made with another key.

    """
    baseline = read(path)
    wanted = baseline.identity.key_check
    if wanted and wanted != key_check(key):
        raise ConfigError(f"{path} was made with another {ENV_KEY}: set that one, or make it anew without any")
    return baseline


def read(path: Path) -> Baseline:
    """Return the baseline in a file, whatever its key.

    Raises:
        ConfigError: if it cannot be read or is not a baseline; with the line.

    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8"
        raise ConfigError(f"cannot read the baseline {path}: {reason}") from None
    baseline: Baseline | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            baseline = _with_line(baseline, _row(line))
        except ValueError as error:
            raise ConfigError(f"{path}:{number}: not a baseline: {error}") from None
    if baseline is None:
        raise ConfigError(f"{path}:1: not a baseline: the file is empty")
    return baseline


def _with_line(baseline: Baseline | None, row: Mapping[str, Any]) -> Baseline:
    if _HEAD in row:
        identity = _identity(row)
        if baseline is not None and baseline.identity.name != identity.name:
            raise ValueError("two baselines with different salts or keys were merged; make one anew")
        return baseline or Baseline(identity)
    if baseline is None:
        raise ValueError(f"a baseline's first line has {_HEAD!r}")
    key, known = _entry(row)
    baseline.entries[key] = _both(known, baseline.entries.get(key))
    return baseline


def _row(line: str) -> dict[str, Any]:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        raise ValueError("an unresolved merge conflict; keep the lines of both sides")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("the line is no JSON") from None
    if not isinstance(row, dict):
        raise ValueError("the line is no JSON object")  # noqa: TRY004 - a fault of the file
    return row


def _identity(row: Mapping[str, Any]) -> Identity:
    if row[_HEAD] != VERSION:
        raise ValueError(f"version {str(row[_HEAD])[:20]!r} is not known here; this program reads version {VERSION}")
    salt, check = row.get("salt", ""), row.get("key_check", "")
    if not _is_hex(salt, 32) == (not _is_hex(check, 16)):
        raise ValueError("'salt' or 'key_check' is needed")
    return Identity(bytes.fromhex(salt), check)


def _is_hex(text: object, digits: int) -> bool:
    return isinstance(text, str) and len(text) == digits and not set(text) - set("0123456789abcdef")


def _entry(row: Mapping[str, Any]) -> tuple[Key, Known]:
    path, entity, digits, count = (row.get(name) for name in ("path", "entity_type", "fingerprint", "count"))
    if not isinstance(path, str) or not isinstance(entity, str) or not _is_hex(digits, 32):
        raise ValueError("'path', 'entity_type' and 'fingerprint' are needed")
    if type(count) is not int or count < 1:
        raise ValueError("'count' must be a whole number above 0")
    verdict = row.get("verdict")
    if verdict not in (None, *Verdict):
        raise ValueError(f"'verdict' is one of {', '.join(Verdict)}")
    return (path, entity, str(digits)), Known(count, Verdict(verdict) if verdict else None)


def _both(one: Known, other: Known | None) -> Known:
    """Return the merge of one entry in two branches: the larger count, and the verdict "real" if either has it."""
    if other is None:
        return one
    verdicts = {one.verdict, other.verdict} - {None}
    verdict = Verdict.TRUE if Verdict.TRUE in verdicts else next(iter(verdicts), None)
    return Known(max(one.count, other.count), verdict)


def merged(one: Baseline, other: Baseline) -> Baseline:
    """Return the merge of two baselines of one identity.

    Raises:
        ConfigError: if their salts or keys differ.

    """
    if one.identity.name != other.identity.name:
        raise ConfigError("baselines with different salts or keys cannot be merged")
    entries = dict(one.entries)
    for key, known in other.entries.items():
        entries[key] = _both(known, entries.get(key))
    return Baseline(one.identity, entries)


def dump(baseline: Baseline) -> str:
    """Return the file's text, which is the same for equal content."""
    identity = baseline.identity
    head: dict[str, Any] = {_HEAD: VERSION}
    head |= {"salt": identity.salt.hex()} if identity.salt else {"key_check": identity.key_check}
    rows = [head]
    for (path, entity, digits), known in sorted(baseline.entries.items(), key=lambda item: item[0]):
        row: dict[str, Any] = {"path": path, "entity_type": entity, "fingerprint": digits, "count": known.count}
        rows.append(row | ({"verdict": known.verdict.value} if known.verdict else {}))
    return "".join(json.dumps(row) + "\n" for row in rows)


def save(baseline: Baseline, path: Path) -> None:
    """Write the file atomically.

    Raises:
        ConfigError: if it cannot be written.

    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644  # it is to be shared through git
        files.put(target, dump(baseline).encode(), mode)
    except OSError as error:
        raise ConfigError(f"cannot write the baseline {path}: {error.strerror}") from None


class Matcher:
    """Matches findings against a baseline, each entry as often as its count.

    Entries of a file that is gone are matched in all documents without entries of their own: the file may have been
    renamed.
    """

    def __init__(self, baseline: Baseline, root: Root) -> None:
        self.baseline = baseline
        self._root = root
        self._by_path: dict[str, dict[tuple[str, str], Known]] = {}
        self.moved: dict[tuple[str, str], Known] = {}
        """Entries of files that are gone, by type and fingerprint."""
        there: dict[str, bool] = {}
        for (path, entity, digits), known in baseline.entries.items():
            if path not in there:
                there[path] = root.is_there(path)
            if there[path]:
                self._by_path.setdefault(path, {})[entity, digits] = known
            else:
                other = self.moved.get((entity, digits))
                self.moved[entity, digits] = _both(known, other)

    def document(self, path: str) -> "DocumentMatcher":
        """Return the matcher of one document."""
        place = self._root.relative(path)
        known = self._by_path.get(place)
        return DocumentMatcher(place, self.baseline.identity, self.moved if known is None else known)


class DocumentMatcher:
    """Matches the findings of one document."""

    def __init__(self, path: str, identity: Identity, known: Mapping[tuple[str, str], Known]) -> None:
        self._path = path
        self._identity = identity
        self._known = known
        self._types = {entity for entity, _ in known}
        self._used: Counter[tuple[str, str]] = Counter()

    def takes(self, finding: Finding) -> bool:
        """Return whether the finding is accepted, and count it."""
        if finding.entity_type not in self._types:  # a value is stretched only where it can matter
            return False
        key = (finding.entity_type, self._identity.of(finding))
        known = self._known.get(key)
        if known is None or self._used[key] >= known.count:
            return False
        self._used[key] += 1
        return True


def found_in(path: str, findings: Iterable[Finding], identity: Identity) -> Iterator[tuple[Key, int]]:
    """Yield the entries for the findings of a document whose path is relative to the baseline's folder."""
    counts = Counter((path, finding.entity_type, identity.of(finding)) for finding in findings)
    yield from counts.items()


def updated(
    old: Baseline, found: Mapping[Key, int], gone: Iterable[str], scanned: Iterable[str], add: bool
) -> Baseline:
    """Return the baseline without fixed findings; verdicts are kept, also where a file was renamed.

    Args:
        old: the baseline so far.
        found: all findings of a scan, accepted or not.
        gone: the paths in `old` whose files are gone.
        scanned: the paths that were scanned to their end; entries of others stay.
        add: whether new findings are accepted.

    """
    gone_paths, scanned_paths = set(gone), set(scanned)
    paths = {path for path, _, _ in old.entries}
    moved: dict[tuple[str, str], Known] = {}
    entries: dict[Key, Known] = {}
    for key, known in old.entries.items():
        if key[0] in gone_paths:
            moved[key[1:]] = _both(known, moved.get(key[1:]))
        elif key[0] not in scanned_paths:
            entries[key] = known
        elif key in found:
            entries[key] = replace(known, count=found[key] if add else min(found[key], known.count))
    for key, count in found.items():
        if key in old.entries:
            continue
        known_before = moved.get(key[1:]) if key[0] not in paths else None
        if known_before is not None:
            entries[key] = replace(known_before, count=count if add else min(count, known_before.count))
        elif add:
            entries[key] = Known(count)
    return Baseline(old.identity, entries)
