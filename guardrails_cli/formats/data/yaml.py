"""YAML: the file's own text with the escapes in double quotes decoded, each value with its path.

libyaml reports the places of keys and values; no objects are built, so aliases and tags have no effect. From a place
that is not valid YAML, as in templates, the rest is plain text.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.data import json_path
from guardrails_cli.formats.markup import advanced
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.text.plain import decode

MAX_VALUE = 16 * 1024 * 1024
"""Maximum number of characters; longer values have no path."""
MAX_DEPTH = 1_000
_ESCAPES = re.compile(r'(?:\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00[01][0-9a-fA-F]{5}|[0abtvfre "/\\N_LP]))+|(?:\\n)+')
_ESCAPE = re.compile(r"\\(?:[xuU]([0-9a-fA-F]+)|(.))")
_CHARACTERS = dict(zip('0abtnvfre "/\\N_LP', '\0\a\b\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029', strict=True))
_PIECE = 64 * 1024
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_BEGINS = (yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the text of all documents in the stream."""
    text = _Text(decode(blob, reading))
    try:
        for location, end, is_quoted in _places(text):
            yield from text.up_to(end, location, is_quoted=is_quoted)
    except (yaml.YAMLError, ValueError, _TooLongError):
        pass
    yield from text.rest()


class _TooLongError(Exception):
    """A value is too long to hold, or nested too deeply."""


class _Text:
    """The text on its way through the parser: holds the part that was read but not yet yielded."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._held: list[str] = []
        self._length = 0
        self._text = ""
        """Text that was read, from `_base` on."""
        self._base = 0
        self._at = 0
        self._line = self._column = 1

    def read(self, _size: int = -1) -> str:
        """Return the next piece; called by the parser."""
        if self._length > MAX_VALUE:
            raise _TooLongError
        piece = next(self._pieces, "")
        if not self._base and not self._text and not self._held:
            piece = piece.removeprefix("\ufeff")  # the parser does not count it
        self._held.append(piece)
        self._length += len(piece)
        return piece

    def up_to(self, end: int, location: Location | None, *, is_quoted: bool = False) -> Iterator[Segment]:
        """Yield the text up to the parser's index `end`, located at `location`."""
        if end > self._base + len(self._text):
            self._text = self._text[self._at - self._base :] + "".join(self._held)
            self._base = self._at
            self._held.clear()
        begin, stop = self._at - self._base, end - self._base
        if stop <= begin:
            return
        self._at = end
        self._length = self._base + len(self._text) - end
        text = self._text[begin:stop]
        if is_quoted and "\\" in text:
            yield from self._decoded(text, location)
        else:
            yield self._segment(text, text, location)

    def _segment(self, shown: str, raw: str, location: Location | None) -> Segment:
        segment = Segment(shown, location, self._line, self._column)
        self._line, self._column = advanced(raw, self._line, self._column)
        return segment

    def _decoded(self, text: str, location: Location | None) -> Iterator[Segment]:
        at = 0
        for match in _ESCAPES.finditer(text):
            decoded = _ESCAPE.sub(_character, match[0])
            yield self._segment(text[at : match.start()] + decoded, text[at : match.end()], location)
            at = match.end()
        if at < len(text):
            yield self._segment(text[at:], text[at:], location)

    def rest(self) -> Iterator[Segment]:
        """Yield the remaining text as plain text."""
        self._text = self._text[self._at - self._base :] + "".join(self._held)
        for start in range(0, len(self._text), _PIECE):
            piece = self._text[start : start + _PIECE]
            yield self._segment(piece, piece, None)
        for piece in self._pieces:
            yield self._segment(piece, piece, None)


def _character(match: re.Match[str]) -> str:
    if match[1] is None:
        return _CHARACTERS[match[2]]
    code = int(match[1], 16)
    return chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd"


class _Frame:
    """An open mapping or sequence."""

    __slots__ = ("at_key", "index", "is_mapping", "member", "path")

    def __init__(self, path: str, is_mapping: bool) -> None:
        self.path = path
        self.is_mapping = self.at_key = is_mapping
        self.index = 0
        self.member = path

    def child(self) -> str:
        """Return the path of the key or value that comes next."""
        if not self.is_mapping:
            return json_path.item(self.path, self.index)
        return json_path.member(self.path, "?") if self.at_key else self.member

    def passed(self) -> None:
        """Move on to the next key or value."""
        self.index += 1
        self.at_key = self.is_mapping and not self.at_key


def _places(text: _Text) -> Iterator[tuple[Location | None, int, bool]]:
    """Yield places in order: location, end, and whether it is a double-quoted value.

    A key belongs to the place of its value, and text between two values to the first.
    """
    frames: list[_Frame] = []
    location: Location | None = None
    part: str | None = None
    documents = 0
    event: Any
    for event in yaml.parse(text, Loader=yaml.CLoader):
        begin, kind = event.start_mark.index, type(event)
        if kind is yaml.DocumentStartEvent:
            documents += 1
            part = f"document {documents}" if documents > 1 else None
            yield location, begin, False
            location = Location(part=part, path=json_path.ROOT)
        elif kind is yaml.StreamEndEvent:
            yield location, begin, False
        elif kind in _ENDS:
            frames.pop()
            _passed(frames)
        elif kind in _BEGINS:
            path = _path(frames, event)
            if location is None or location.path != path:
                yield location, begin, False
                location = Location(part=part, path=path)
            if kind is yaml.ScalarEvent and event.style == '"':
                yield location, begin, False
                yield location, event.end_mark.index, True
            if kind in (yaml.ScalarEvent, yaml.AliasEvent):
                _passed(frames)
            else:
                _enter(frames, path, kind is yaml.MappingStartEvent)


def _passed(frames: list[_Frame]) -> None:
    if frames:
        frames[-1].passed()


def _enter(frames: list[_Frame], path: str, is_mapping: bool) -> None:
    if len(frames) >= MAX_DEPTH:
        raise _TooLongError
    frames.append(_Frame(path, is_mapping))


def _path(frames: list[_Frame], event: Any) -> str:
    """Return the path of the node that an event begins; a key has its value's path."""
    if not frames:
        return json_path.ROOT
    frame = frames[-1]
    if frame.at_key:
        frame.member = (
            json_path.member(frame.path, event.value) if isinstance(event, yaml.ScalarEvent) else frame.child()
        )
        return frame.member
    return frame.child()
