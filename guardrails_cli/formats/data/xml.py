"""XML: the file's own text with its character references decoded, each piece with the path of its element.

In `/patients/patient[3]/ssn` an index counts the elements of that name; the first one has no index, because it is not
known yet whether a second one follows. Entities and DTDs are read as text and never resolved.
"""

from collections.abc import Iterator

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.data import xml_path
from guardrails_cli.formats.encoding import declared
from guardrails_cli.formats.markup import Token, Tokenizer, advanced, attributes, unescaped
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.text.plain import decode

MAX_DEPTH = 10_000
"""Nesting above which elements share the path of their ancestor at that depth."""
MAX_PIECE = 64 * 1024
"""Maximum number of characters of a piece; a longer text is split."""
MAX_NAMES = 1_000
"""Maximum number of names that are counted among the children of one element."""
_PARTS = {"comment": "comment", "pi": "processing instruction", "declaration": "declaration"}
_REACH = 64
"""Maximum number of open elements that one closing tag may close."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the text, one element after the other."""
    text = decode(blob, reading, declared(blob.head))
    tokens = Tokenizer(text, is_html=False, run=xml_path.RUN, run_chars=xml_path.RUN_CHARS).tokens()
    yield from _Elements().segments(tokens)


class _Elements:
    """The open elements, and the piece of text being collected."""

    def __init__(self) -> None:
        self._frames: list[tuple[str, str]] = []
        """Names and paths of the open elements."""
        self._counts: list[dict[str, int]] = [{}]
        """Numbers of children so far by name, per open element, starting with the root's parent."""
        self._deeper = 0
        self._held: list[str] = []
        self._length = 0
        self._location: Location | None = None
        self._begun = (1, 1)
        self._cut = False
        """Whether line and column no longer follow from the collected text."""

    def segments(self, tokens: Iterator[Token]) -> Iterator[Segment]:
        for token in tokens:
            if token.kind == "close":
                yield from self._add(token.text, self._location, token.line, token.column)
                self._close(token.name)
            elif token.kind == "run":
                yield from self._run(token)
            elif token.kind == "open":
                yield from self._opened(token)
            elif token.kind in ("text", "cdata"):
                yield from self._text(token)
            else:
                yield from self._add(token.text, self._here(_PARTS[token.kind]), token.line, token.column)
        yield from self._flush()

    @property
    def _path(self) -> str:
        return self._frames[-1][1] if self._frames else ""

    def _here(self, part: str | None = None) -> Location:
        return Location(part=part, path=self._path or "/")

    def _flush(self) -> Iterator[Segment]:
        if self._held:
            yield Segment("".join(self._held), self._location, *self._begun)
            self._held.clear()
        self._cut = False

    def _add(self, text: str, location: Location | None, line: int, column: int) -> Iterator[Segment]:
        moved = location is not self._location and location != self._location
        if self._held and (moved or self._cut or self._length > MAX_PIECE):
            yield from self._flush()
        if not self._held:
            self._location, self._begun, self._length = location, (line, column), 0
        self._held.append(text)
        self._length += len(text)

    def _run(self, token: Token) -> Iterator[Segment]:
        counts = self._counts[-1]
        if len(counts) <= xml_path.MAX_COUNTED and not self._deeper:
            location = Location(path=xml_path.run(self._path, counts))
        else:
            location = self._here()
        yield from self._flush()
        yield from self._add(token.text, location, token.line, token.column)
        names = (element[1] for element in xml_path.ELEMENT.finditer(token.text))
        xml_path.count(names, counts, MAX_NAMES)

    def _text(self, token: Token) -> Iterator[Segment]:
        if token.text.isspace():
            yield from self._add(token.text, self._location, token.line, token.column)
            return
        location = self._here()
        if token.kind == "cdata":
            yield from self._add(token.text, location, token.line, token.column)
            return
        pieces = list(unescaped(token.text, token.line, token.column))
        for index, (text, line, column) in enumerate(pieces):
            yield from self._add(text, location, line, column)
            self._cut = len(pieces) > 1 or text != token.text
            if index + 1 < len(pieces):
                yield from self._flush()

    def _opened(self, tag: Token) -> Iterator[Segment]:
        self._open(tag.name)
        location = self._here()
        found = list(attributes(tag)) if "=" in tag.text else []
        starts = [attribute.start for attribute in found] + [len(tag.text)]
        yield from self._add(tag.text[: starts[0]], location, tag.line, tag.column)
        for attribute, end in zip(found, starts[1:], strict=True):
            place = Location(path=xml_path.attribute(self._path, attribute.name))
            line, column = advanced(tag.text[: attribute.start], tag.line, tag.column)
            for text, at_line, at_column in unescaped(tag.text[attribute.start : end], line, column):
                yield from self._add(text, place, at_line, at_column)
                self._cut = "&" in tag.text
        if tag.text.endswith("/>"):
            self._close(tag.name)

    def _open(self, name: str) -> None:
        if len(self._frames) >= MAX_DEPTH:
            self._deeper += 1
            return
        counts = self._counts[-1]
        xml_path.count([name], counts, MAX_NAMES)
        self._frames.append((name, xml_path.child(self._path, name, counts.get(name, 1))))
        self._counts.append({})

    def _close(self, name: str) -> None:
        """Close the innermost element of that name, and unclosed elements inside it."""
        if self._deeper:
            self._deeper -= 1
            return
        for index in range(len(self._frames) - 1, max(-1, len(self._frames) - 1 - _REACH), -1):
            if self._frames[index][0] == name:
                del self._frames[index:], self._counts[index + 1 :]
                return
