"""Stream JSON: every piece of its text with path, line and column, in one pass and constant memory.

Clear deviations are accepted (comments, trailing commas, NaN, keys without quotes, several documents) and no error is
raised: the text after a damaged place has no path; in JSON Lines this holds for the rest of the line.
"""

import json
import re
from collections.abc import Callable, Iterator

from guardrails_cli.formats.data import json_path
from guardrails_cli.formats.data.json_path import ROOT, RUN_CHARS
from guardrails_cli.formats.data.json_syntax import (
    BATCH,
    COLON,
    COMMA,
    ESCAPES,
    GAP,
    KEY,
    LITERAL,
    LONE,
    MAX_DEPTH,
    NEAR,
    SYNTAX,
    VALUE,
    DamagedError,
    Frame,
    Part,
)


class Scanner:
    """Scans one text.

    Args:
        pieces: the text, in pieces of any length.
        lines: whether it is JSON Lines: a damaged record costs its line.
        strings: whether each scalar is a part of its own, with strings unquoted.

    """

    def __init__(self, pieces: Iterator[str], *, lines: bool = False, strings: bool = False) -> None:
        self._pieces = pieces
        self._lines = lines
        self._strings = strings
        self._syntax = SYNTAX[lines]
        self._text = ""
        self._at = 0
        self._ended = False
        self._out: list[Part] = []
        self._held: list[str] = []
        self._place: tuple[str | None, str] = (ROOT, "")
        self._line = self._column = 1
        self._document = 1
        self._fresh = True
        """Whether the current document has not begun yet."""
        self._broken = False
        """Whether a line ended after the last value."""
        self._rest: Callable[[], bool] | None = None
        """Continues an open string, comment or line; returns whether it has ended."""
        self._begun = ""
        """Beginning of the open string, enough to name a key."""
        self._frames: list[Frame] = []
        self._next = VALUE

    def parts(self) -> Iterator[Part]:
        """Yield the whole text in order."""
        while self._has_more():
            try:
                self._step()
            except DamagedError:
                if not self._lines:
                    break
                self._skip_line()
            if len(self._held) > BATCH or (self._held and len(self._held[-1]) > NEAR):
                self._close()
            if len(self._out) > BATCH:
                yield from self._out
                self._out.clear()
        self._begin(None)
        yield from self._out
        self._out.clear()
        while self._has_more():
            self._take(len(self._text))
            self._close()
            yield self._out.pop()

    def _has_more(self) -> bool:
        """Hold `NEAR` characters, or all remaining ones; return whether there are any."""
        while len(self._text) - self._at < NEAR and not self._ended:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
            else:
                self._text = self._text[self._at :] + piece
                self._at = 0
        return self._at < len(self._text)

    def _take(self, end: int) -> None:
        """Add the text up to `end` to the current part."""
        if end > self._at:
            self._held.append(self._text[self._at : end])
            self._at = end

    def _begin(self, path: str | None, kind: str = "") -> None:
        """Begin a new part here."""
        if self._held:
            self._close()
        self._place = (path, kind)

    def _close(self, decoded: str = "", width: int = 0) -> None:
        """End the current part; `decoded` is its last text, which is `width` characters wide in the file."""
        text = "".join(self._held)
        self._held.clear()
        path, kind = self._place
        self._out.append(Part(text + decoded, path, self._line, self._column, self._document, kind))
        breaks = text.count("\n")
        if breaks:
            self._line += breaks
            self._column = len(text) - text.rfind("\n")
        else:
            self._column += len(text)
        self._column += width

    def _step(self) -> None:
        """Take the next item: more of an open one, white space, a run, a sign or a scalar."""
        if self._rest:
            self._rest = None if self._rest() else self._rest
            return
        gap = GAP.match(self._text, self._at)
        if gap:
            self._gap(gap)
        elif not (self._frames and not self._strings and self._next in (KEY, VALUE) and self._run()):
            self._token(self._text[self._at])

    def _gap(self, gap: re.Match[str]) -> None:
        unclosed = self._lines and self._next == COMMA and "\n" in gap[0]
        self._broken = self._broken or "\n" in gap[0]
        self._take(gap.end())
        if unclosed and self._has_more() and self._text[self._at] == "{":  # the next record of a cut one
            self._reset()

    def _token(self, char: str) -> None:
        if char in "{[":
            self._open(char == "{")
        elif char in "}]":
            self._end(char == "}")
        elif char == ",":
            self._comma()
        elif char == ":":
            self._colon()
        elif char == "/":
            self._comment()
        elif self._next in (COLON, COMMA):
            raise DamagedError
        else:
            self._scalar(char)

    def _colon(self) -> None:
        if self._next != COLON:
            raise DamagedError
        self._next = VALUE
        self._take(self._at + 1)

    def _value_path(self) -> str:
        """Return the path of the value that begins here."""
        if not self._frames:
            self._document_begins()
            return ROOT
        frame = self._frames[-1]
        return frame.member if frame.is_object else json_path.item(frame.path, frame.index)

    def _document_begins(self) -> None:
        """Count a document, or in JSON Lines a record, of which each line has one."""
        if not self._fresh:
            if self._lines and not self._broken:
                raise DamagedError
            if self._held:
                self._close()
            self._document += 1
            self._place = (ROOT, "")
        self._fresh = self._broken = False

    def _open(self, is_object: bool) -> None:
        if self._next != VALUE or len(self._frames) >= MAX_DEPTH:
            raise DamagedError
        path = self._value_path()
        self._frames.append(Frame(path, is_object))
        self._next = KEY if is_object else VALUE
        self._take(self._at + 1)

    def _end(self, is_object: bool) -> None:
        if not self._frames or self._frames[-1].is_object != is_object or self._next == COLON:
            raise DamagedError
        self._frames.pop()
        self._value_ended()
        self._take(self._at + 1)

    def _value_ended(self) -> None:
        self._next = COMMA if self._frames else VALUE

    def _comma(self) -> None:
        if not self._frames or self._next == COLON:
            raise DamagedError
        frame = self._frames[-1]
        frame.index += 1
        self._next = KEY if frame.is_object else VALUE
        self._take(self._at + 1)

    def _run(self) -> bool:
        """Take as many members or items as have little nesting and no escapes; return whether there are any."""
        frame = self._frames[-1]
        if frame.is_object != (self._next == KEY):
            return False
        pattern = self._syntax.members if frame.is_object else self._syntax.items
        match = pattern.match(self._text, self._at, self._at + RUN_CHARS)
        if match is None:
            return False
        if frame.is_object:
            self._begin(json_path.members(frame.path))
        else:
            self._begin(json_path.items(frame.path, frame.index))
            frame.index += sum(1 for _ in self._syntax.item.finditer(self._text, self._at, match.end()))
        if self._text[match.end() : match.end() + 1] in ("}", "]"):
            self._next = COMMA
            frame.index -= 1
        self._take(match.end())
        return True

    def _scalar(self, char: str) -> None:
        if self._next == KEY:
            self._key(char)
            return
        if not self._frames and char != '"' and not LITERAL.fullmatch(self._bare()[0]):
            raise DamagedError  # a word
        path = self._value_path()
        if char == '"':
            self._string(path)
            return
        self._continue(path, "scalar" if self._strings else "")
        self._take(self._bare().end())
        if self._strings:
            self._begin(path)
        self._value_ended()

    def _bare(self) -> re.Match[str]:
        match = self._syntax.bare.match(self._text, self._at)
        if match is None:
            raise DamagedError
        return match

    def _continue(self, path: str, kind: str = "") -> None:
        """Begin a new part here unless the current one has the same place."""
        if self._place != (path, kind):
            self._begin(path, kind)

    def _key(self, char: str) -> None:
        frame = self._frames[-1]
        match = self._syntax.short.match(self._text, self._at)
        if match or char != '"':
            frame.member = json_path.member(frame.path, match[1] if match else self._bare()[0])
            self._continue(frame.member)
            self._take((match or self._bare()).end())
            self._next = COLON
        else:
            self._begin(frame.path)
            self._take(self._at + 1)
            self._begun, self._rest = "", self._rest_of_key

    def _string(self, path: str) -> None:
        self._continue(path)
        match = None if self._strings else self._syntax.short.match(self._text, self._at)
        if match:
            self._take(match.end())
            self._value_ended()
            return
        self._take(self._at + 1)
        if self._strings:
            self._begin(path, "string")
        self._rest = self._rest_of_string

    def _rest_of_string(self) -> bool:
        _, ended = self._string_piece()
        if ended:
            if self._strings:
                self._begin(self._place[0])
            self._take(self._at + 1)
            self._value_ended()
        return ended

    def _rest_of_key(self) -> bool:
        piece, ended = self._string_piece()
        if len(self._begun) <= json_path.MAX_KEY:
            self._begun += piece[: json_path.MAX_KEY + 1]
        if ended:
            frame = self._frames[-1]
            frame.member = json_path.member(frame.path, self._begun)
            self._next = COLON
            self._take(self._at + 1)
        return ended

    def _string_piece(self) -> tuple[str, bool]:
        """Return the text of a string up to its end or its next escapes, and whether it ended there.

        A part ends with the escapes, because after them line and column no longer follow from the text.
        """
        raw = self._syntax.raw.match(self._text, self._at)
        piece = raw[0] if raw else ""
        self._take(self._at + len(piece))
        if self._at >= len(self._text):
            if self._held:
                self._close()
            return piece, False
        char = self._text[self._at]
        if char == '"':
            return piece, True
        if char != "\\":  # the line ended
            raise DamagedError
        self._has_more()
        escapes = ESCAPES.match(self._text, self._at)
        if escapes is None:
            self._take(min(self._at + 1, len(self._text)))
            return piece, False
        decoded = LONE.sub("\ufffd", json.loads(f'"{escapes[0]}"'))
        self._at = escapes.end()
        self._close(decoded, len(escapes[0]))
        return piece + decoded, False

    def _comment(self) -> None:
        opening = self._text[self._at : self._at + 2]
        if opening not in ("//", "/*"):
            raise DamagedError
        place = self._place
        self._begin(self._frames[-1].path if self._frames else ROOT, "comment")
        self._take(self._at + 2)
        closing = "\n" if opening == "//" else "*/"

        def rest() -> bool:
            end = self._text.find(closing, self._at)
            if end < 0:
                self._take(len(self._text) - (not self._ended))  # half of its end mark may be held
                self._close()
                return False
            self._take(end + len(closing))
            self._begin(*place)
            return True

        self._rest = rest

    def _reset(self) -> None:
        self._frames.clear()
        self._next = VALUE

    def _skip_line(self) -> None:
        """Skip the rest of a damaged line; the next one is a record again."""
        if not self._frames and self._next == VALUE and (self._broken or self._fresh):
            self._document_begins()
        self._reset()
        self._begin(ROOT)
        self._rest = self._rest_of_line

    def _rest_of_line(self) -> bool:
        end = self._text.find("\n", self._at)
        if end < 0:
            self._take(len(self._text))
            self._close()
            return False
        self._take(end + 1)
        self._broken = True
        return True
