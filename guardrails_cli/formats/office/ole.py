"""OLE files ([MS-CFB]) that no other reader claims: packed files in them are read, old Office formats are not."""

import io
from collections.abc import Iterator
from typing import Any

from guardrails_cli.core.display import display_path
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Segment
from guardrails_cli.formats.reader import MEMORY_BYTES, Blob, DamagedError, Reading, RefusedError

_REASONS = {
    "encryptedpackage": Reason(ReasonCode.ENCRYPTED, "encrypted"),
    "worddocument": Reason(ReasonCode.UNSUPPORTED, "old Office format (doc): save it as docx"),
    "powerpoint document": Reason(ReasonCode.UNSUPPORTED, "old Office format (ppt): save it as pptx"),
    "workbook": Reason(ReasonCode.UNSUPPORTED, "old Office format (xls): save it as xlsx"),
    "book": Reason(ReasonCode.UNSUPPORTED, "old Office format (xls): save it as xlsx"),
    "vba": Reason(ReasonCode.BINARY, "binary file (macros)"),
    "visiodocument": Reason(ReasonCode.UNSUPPORTED, "old Office format (vsd): save it as vsdx"),
}
"""Reason why the document is not read, by the name of a stream or storage."""
_PACKED = ("package", "contents", "\x01ole10native")
"""Streams that are documents of their own."""
_READ_BY_NAME = {"workbook": "x.xls", "book": "x.xls", "__properties_version1.0": "x.msg"}
_FACTS = ("author", "last_saved_by", "title", "subject", "keywords", "comments", "company", "manager")


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the files packed in it, and its metadata.

    Raises:
        RefusedError: always, since it has no readable text of its own.

    """
    import olefile

    file = blob.file()
    try:
        container = olefile.OleFileIO(file)
    except Exception as error:
        raise DamagedError("damaged: the OLE file's directory cannot be read") from error
    with container:
        names = {entry[0].lower(): entry[0] for entry in container.listdir(storages=True)}
        deeper = {entry[-1].lower() for entry in container.listdir(storages=True)}
        reason = next(
            (text for name, text in _REASONS.items() if name in names or (name == "vba" and name in deeper)), None
        )
        is_encrypted = reason is not None and reason.code is ReasonCode.ENCRYPTED
        if not is_encrypted:
            yield from _metadata(blob.path, container, reading)
        found = False
        for name in _PACKED:
            if name in names and container.exists(names[name]):
                found = True
                yield from _packed(blob.path, container, names[name], reading)
        if not found:
            other = _other(names)
            if other is not None:
                yield Blob(f"{blob.path}!{other}", _reopened(file), seekable=False)
                found = True
    if reason is None or (found and not is_encrypted):
        reason = Reason(ReasonCode.BINARY, "binary file (OLE container)")
    raise RefusedError(reason)


def _other(names: dict[str, str]) -> str | None:
    """Return a name with the suffix of a file's true format, if its own name hides it and there is a reader."""
    from guardrails_cli.formats.registry import FORMATS

    return next((shown for name, shown in _READ_BY_NAME.items() if name in names and shown[2:] in FORMATS), None)


def _reopened(file: Any) -> io.BytesIO:
    file.seek(0)
    data = file.read(MEMORY_BYTES + 1)
    if len(data) > MEMORY_BYTES:
        sentence = f"larger than {MEMORY_BYTES // 1024**2} MiB, and its name hides what it is"
        raise RefusedError(Reason(ReasonCode.TOO_LARGE, sentence))
    return io.BytesIO(data)


def _metadata(path: str, container: Any, reading: Reading) -> Iterator[Blob]:
    try:
        facts = container.get_metadata()
    except Exception:  # noqa: BLE001 - the library rejects broken properties
        return
    lines = []
    for name in _FACTS:
        value = getattr(facts, name, None)
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
        if text.strip("\0 "):
            lines.append(f"{name.replace('_', ' ')}: {' '.join(text.replace(chr(0), ' ').split())}\n")
    if lines:
        if reading.budget:
            reading.budget.member()
        data = "".join(lines).encode("utf-8", "backslashreplace")
        yield Blob(f"{path}!metadata", io.BytesIO(data), len(data))


def _packed(path: str, container: Any, name: str, reading: Reading) -> Iterator[Blob]:
    if container.get_size(name) > MEMORY_BYTES:
        sentence = f"an embedded object is larger than {MEMORY_BYTES // 1024**2} MiB"
        raise RefusedError(Reason(ReasonCode.TOO_LARGE, sentence))
    data = container.openstream(name).read()
    label = name.strip("\x01")
    if name.lower() == "\x01ole10native":
        label, data = _native(data)
    if reading.budget:
        reading.budget.member()
        reading.budget.expand(len(data))
    yield Blob(f"{path}!{display_path(label) or 'object'}", io.BytesIO(data), len(data))


def _native(data: bytes) -> tuple[str, bytes]:
    """Return name and content of a packed file, which follow its label and two paths."""
    at = 6
    names = []
    for _ in range(2):
        end = data.find(b"\0", at)
        if end < 0:
            return "object", data[4:]
        names.append(data[at:end])
        at = end + 1
    at += 4
    at += 4 + int.from_bytes(data[at : at + 4], "little")
    size = int.from_bytes(data[at : at + 4], "little")
    content = data[at + 4 : at + 4 + size]
    return names[0].decode("cp1252", "replace"), content or data[4:]
