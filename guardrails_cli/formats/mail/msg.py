"""Outlook's messages (.msg, .oft): subject, addresses and bodies are the text, attachments are documents inside.

`olefile` reads the container. Two libraries were weighed for the rest: `extract-msg` is under the GPL; `python-oxmsg`
0.0.2 loads all streams at once and does not read compressed RTF bodies, which many messages have as their only body.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.mail.body import PLAIN_CHARS, html_segments
from guardrails_cli.formats.mail.mapi import (
    BODY,
    DATA,
    HTML,
    LONG_NAME,
    RTF,
    SHORT_NAME,
    Property,
    code_page,
    decoded,
    plain_rtf,
    properties,
    streams_of,
)
from guardrails_cli.formats.members import ENCRYPTED, Names, TextFirst, refused
from guardrails_cli.formats.reader import Blob, Budget, DamagedError, Reading, RefusedError
from guardrails_cli.formats.registry import FORMATS

_RECIPIENT, _ATTACHMENT = "__recip_version1.0_#", "__attach_version1.0_#"
_EMBEDDED = "__substg1.0_3701000D"
_SEALED = {"IPM.Note.SMIME", "IPM.Note.RPMSG"}
_CLASS = 0x001A
_ADDRESSES = (0x0C1A, 0x0C1F, 0x5D01, 0x0042, 0x0065, 0x5D02, 0x0E04, 0x0E03, 0x0E02)


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the text of the message, and of the messages attached to it, then the attachments.

    Raises:
        RefusedError: if it is damaged or exceeds the limits.

    """
    import olefile

    file = blob.file()
    try:
        container = olefile.OleFileIO(file)
    except Exception as error:
        raise DamagedError("damaged: its directory cannot be read") from error
    names = Names(blob.path)
    with container:
        yield from TextFirst(names).ordered(_Messages(container, names, reading).items())


class _Messages:
    """A message and those inside it."""

    def __init__(self, container: Any, names: Names, reading: Reading) -> None:
        self._container = container
        self._inside: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        """Storages by the storage that they are in."""
        for entry in container.listdir(streams=False, storages=True):
            self._inside.setdefault(tuple(entry[:-1]), []).append(tuple(entry))
        self._streams = streams_of(container)
        self._names = names
        self._reading = reading
        self._budget = reading.budget or Budget(reading.limits)

    def items(self) -> Iterator[Segment | Blob]:
        waiting: list[tuple[tuple[str, ...], str]] = [((), "")]
        while waiting:
            storage, label = waiting.pop(0)
            yield from self._message(storage, label)
            if label.count(">") >= self._reading.limits.depth:
                sentence = f"more than {self._reading.limits.depth} messages inside each other; see --max-depth"
                raise RefusedError(Reason(ReasonCode.TOO_DEEP, sentence))
            for number, inner in enumerate(self._storages(storage, _ATTACHMENT), 1):
                if self._container.exists([*inner, _EMBEDDED]):
                    waiting.append(((*inner, _EMBEDDED), f"{label}attached message {number} > "))
                else:
                    yield from self._attachment(inner, label, number)

    def _storages(self, storage: tuple[str, ...], begin: str) -> list[tuple[str, ...]]:
        """Return the storages of a kind that are directly inside another."""
        return [one for one in self._inside.get(storage, []) if one[-1].startswith(begin)]

    def _message(self, storage: tuple[str, ...], label: str) -> Iterator[Segment | Blob]:
        found = properties(self._container, self._streams.get(storage, []))
        codec = code_page(self._container, storage) or (code_page(self._container, ()) if storage else None)
        sealed = any(one.number == _CLASS and _is_sealed(one, codec) for one in found)
        order = {number: place for place, number in enumerate((0x0037, *_ADDRESSES))}
        told, plain = "", ""
        for one in sorted(found, key=lambda one: (one.number == BODY, order.get(one.number, 99), one.number)):
            text = one.text(codec)
            clean = (text or "").replace("\0", " ").replace("\r\n", "\n")
            words = " ".join(clean.split())
            if not words or (len(told) < PLAIN_CHARS and words in told):
                continue  # a subject or address is repeated up to five times
            yield Segment(clean + "\n", Location(part=f"{label}{one.name}"))
            if one.number == BODY:
                plain = words[:PLAIN_CHARS]
            else:
                told += f"{words}\n"
        for recipient in self._storages(storage, _RECIPIENT):
            texts = [one.text(codec) for one in properties(self._container, self._streams.get(recipient, []))]
            parts = [text.replace("\0", " ").strip() for text in texts if text]
            line = ", ".join(word for word in dict.fromkeys(parts) if word not in told[:PLAIN_CHARS])
            if line:
                yield Segment(line + "\n", Location(part=f"{label}recipient"))
        yield from self._formatted(found, codec, label, plain)
        if sealed:
            self._budget.member()
            yield refused(self._names.path(f"{label}body"), ENCRYPTED)

    def _formatted(self, found: list[Property], codec: str | None, label: str, plain: str) -> Iterator[Segment | Blob]:
        """Yield the text of the formatted bodies that the plain one lacks."""
        for one in found:
            if one.number == HTML:
                text = one.text(codec) or decoded(one.data, codec)
                if "html" not in FORMATS:
                    yield Segment(text + "\n", Location(part=f"{label}html body"))
                    continue
                yield from html_segments([(text, 0)], f"{label}html body", plain, self._reading, has_lines=False)
            elif one.number == RTF:
                source = plain_rtf(one.data)
                for item in FORMATS["rtf"].reader().read(Blob("rtf", BytesIO(source)), Reading(self._reading.limits)):
                    if isinstance(item, Segment) and " ".join(item.text.split()) not in plain:
                        yield Segment(item.text, Location(part=f"{label}rtf body"))

    def _attachment(self, storage: tuple[str, ...], label: str, number: int) -> Iterator[Blob]:
        self._budget.member()
        codec = code_page(self._container, ())
        found = {one.number: one for one in properties(self._container, self._streams.get(storage, []))}
        named = found.get(LONG_NAME) or found.get(SHORT_NAME)
        name = (named.text(codec) if named else None) or f"attachment {number}"
        path = self._names.path(label.replace(" > ", "!") + name.strip("\0"))
        data = found[DATA].data if DATA in found else b""
        self._budget.expand(len(data))
        yield Blob(path, BytesIO(data), len(data))


def _is_sealed(one: Property, codec: str | None) -> bool:
    raw = one.data.decode("utf-16-le", "replace") if one.type == 0x001F else decoded(one.data, codec)
    return raw.strip("\0") in _SEALED
