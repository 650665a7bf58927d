"""Stream markup: tags, text, comments and the rest of XML and HTML, in one pass and bounded memory.

No error is raised and nothing is resolved: invalid markup is text, entities and DTDs are only read. The standard
library's HTML parser has positions too, but takes minutes for 60 KB of `<a <a <a`, and lxml has line numbers only.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

NEAR = 4096
"""Characters held when looking for a token."""
MAX_TAG = 4 * 1024 * 1024
"""Maximum number of characters of a tag; a longer one is text up to there."""

_TAG = re.compile(
    r"""<(/?)([A-Za-z_:\x80-\U0010ffff][^\s/>=]*+)((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])[^\s>]*+))*+)>"""
)
_TAG_BEGIN = re.compile(r"</?[A-Za-z_:\x80-\U0010ffff]")
_ATTRIBUTE = re.compile(r"""([^\s=/"'<>]{1,200}+)(\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]++))?+""")
_REFERENCES = re.compile(r"(?:&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)+")
_LOOSE = re.compile(r"(?:&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?)+")
_SIGNS = re.compile("<++")
_SUBSET = re.compile(r"[^>\[]{0,2000}\[")
_LONGEST_END = 32
"""Maximum number of characters of a token's end mark."""
RAW_ELEMENTS = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes"})
_TEXT_ELEMENTS = frozenset({"title", "textarea"})
_ENDS = {
    "comment": re.compile("--!?>"),
    "cdata": re.compile(r"\]\]>"),
    "pi": re.compile(r"\?>"),
    "subset": re.compile(r"\]\s{0,30}>"),
    "declaration": re.compile(">"),
    **{name: re.compile(rf"(?=</{name}[\s/>])", re.IGNORECASE) for name in RAW_ELEMENTS | _TEXT_ELEMENTS},
}


class Token(NamedTuple):
    """A piece of the text; the pieces together are the whole text."""

    kind: str
    """`text`, `open`, `close`, `comment`, `cdata`, `pi`, `declaration`, `raw` or `run`; a long one comes in pieces."""
    text: str
    line: int
    column: int
    name: str = ""
    """Name of the tag."""
    attributes: int = 0
    """Offset of the attributes in the text of an opening tag."""


class Attribute(NamedTuple):
    """One attribute of a tag; offsets are in the tag's text."""

    name: str
    value: str
    """Value as written, without quotes."""
    start: int
    value_start: int


class Tokenizer:
    """Tokenizes one text.

    Args:
        pieces: the text, in pieces of any length.
        is_html: whether script, style and the like contain no tags.
        run: regex of other text to take as one token, of the kind `run`, where a tag may begin; at most `run_chars`.
        run_chars: characters, at most `NEAR`.

    """

    def __init__(
        self, pieces: Iterator[str], *, is_html: bool, run: re.Pattern[str] | None = None, run_chars: int = 0
    ) -> None:
        self._pieces = pieces
        self._run = run
        self._run_chars = run_chars
        self._html = is_html
        self._text = ""
        self._at = 0
        self._ended = False
        self._line = self._column = 1

    def tokens(self) -> Iterator[Token]:
        """Yield the whole text in order."""
        while self._has(NEAR):
            if self._text[self._at] != "<":
                yield self._token("text", self._end_of_text())
                continue
            run = self._run.match(self._text, self._at, self._at + self._run_chars) if self._run else None
            if run is not None:
                yield self._token("run", run.end())
                continue
            tag = self._tag()
            if tag is not None:
                kind = "close" if tag[1] else "open"
                yield self._token(kind, tag.end(), tag[2], tag.start(3) - tag.start())
                name = tag[2].lower()
                if self._html and kind == "open" and name in RAW_ELEMENTS | _TEXT_ELEMENTS:
                    yield from self._until("raw" if name in RAW_ELEMENTS else "text", name)
            else:
                yield from self._other()

    def _has(self, count: int) -> bool:
        """Hold so many characters, or all remaining ones; return whether there are any."""
        if len(self._text) - self._at < count and not self._ended:
            pieces = [self._text[self._at :]]
            length = len(pieces[0])
            while length < count and not self._ended:
                piece = next(self._pieces, None)
                self._ended = piece is None
                pieces.append(piece or "")
                length += len(pieces[-1])
            self._text, self._at = "".join(pieces), 0
        return self._at < len(self._text)

    def _token(self, kind: str, end: int, name: str = "", attributes: int = 0) -> Token:
        text = self._text[self._at : end]
        token = Token(kind, text, self._line, self._column, name, attributes)
        self._at = end
        breaks = text.count("\n")
        if breaks:
            self._line += breaks
            self._column = len(text) - text.rfind("\n")
        else:
            self._column += len(text)
        return token

    def _end_of_text(self, begin: int = 0) -> int:
        end = self._text.find("<", self._at + begin)
        if end >= 0:
            return end
        end = len(self._text)
        reference = self._text.rfind("&", max(self._at + 1, end - 40))
        return reference if reference > 0 and not self._ended else end

    def _tag(self) -> re.Match[str] | None:
        """Return the tag that begins here, or None."""
        while True:
            tag = _TAG.match(self._text, self._at)
            if tag or not _TAG_BEGIN.match(self._text, self._at):
                return tag
            length = len(self._text) - self._at
            if self._ended or length >= MAX_TAG:
                return None
            self._has(2 * length)

    def _other(self) -> Iterator[Token]:
        begin = self._text[self._at : self._at + 9]
        if begin.startswith("<!--"):
            yield self._token("comment", self._at + 4)
            yield from self._until("comment", "comment")
        elif begin == "<![CDATA[" and not self._html:
            yield self._token("cdata", self._at + 9)
            yield from self._until("cdata", "cdata")
        elif begin.startswith("<?"):
            yield from self._until("pi", "declaration" if self._html else "pi")
        elif begin.startswith("<!"):
            subset = _SUBSET.match(self._text, self._at) if not self._html else None
            yield from self._until("declaration", "subset" if subset else "declaration")
        elif _TAG_BEGIN.match(begin):  # it does not end
            yield self._token("text", len(self._text))
        else:
            signs = _SIGNS.match(self._text, self._at)
            yield self._token("text", self._end_of_text(max(1, len(signs[0]) - 1) if signs else 1))

    def _until(self, kind: str, end: str) -> Iterator[Token]:
        pattern = _ENDS[end]
        while self._has(NEAR):
            found = pattern.search(self._text, self._at)
            stop = found.end() if found else len(self._text) - (0 if self._ended else _LONGEST_END)
            if stop > self._at:
                yield self._token(kind, stop)
            if found:
                return


def attributes(tag: Token) -> Iterator[Attribute]:
    """Yield the attributes of an opening tag in order; one without a value has an empty value."""
    for match in _ATTRIBUTE.finditer(tag.text, tag.attributes, len(tag.text) - 1):
        written = match[2] or ""
        value = written.lstrip(" \t\r\n\f=") if written else ""
        start = match.end() - len(value)
        if value[:1] in ('"', "'") and len(value) > 1:
            value, start = value[1:-1], start + 1
        yield Attribute(match[1], value, match.start(), start)


def unescaped(text: str, line: int, column: int, *, loose: bool = False) -> Iterator[tuple[str, int, int]]:
    """Yield the text with its character references decoded, in pieces with the line and column of their beginnings.

    Args:
        text: the file's text.
        line: line of its first character.
        column: column of its first character.
        loose: whether a reference may lack its semicolon, as in HTML.

    """
    if "&" not in text:
        yield text, line, column
        return
    at = 0
    for match in (_LOOSE if loose else _REFERENCES).finditer(text):
        decoded = html.unescape(match[0])
        if decoded == match[0]:
            continue
        raw = text[at : match.start()]
        yield raw + decoded, line, column
        line, column = advanced(text[at : match.end()], line, column)
        at = match.end()
    if at < len(text):
        yield text[at:], line, column


def advanced(text: str, line: int, column: int) -> tuple[int, int]:
    """Return line and column after `text`, given those of its beginning."""
    breaks = text.count("\n")
    return (line + breaks, len(text) - text.rfind("\n")) if breaks else (line, column + len(text))
