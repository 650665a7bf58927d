r"""Which of our patterns may match somewhere in a text: one pass of Hyperscan instead of a search for each.

Each expression is widened until Hyperscan takes it and no match can be lost: what looks around (`\b`, `(?=…)`) is left
out, every character above U+007F is the same, and a repetition has no upper bound. What matches is decided by the
expressions themselves.
"""

from collections.abc import Sequence

from guardrails_cli.detect import alphabet, prefilter

_HIGH = r"\x80-\xff"
_PROPERTIES = {"Lu": "A-Z", "Ll": "a-z", "L": "A-Za-z", "M": ""}
_CLASSES = {"d": "0-9", "w": r"\w", "s": r"\s\x1c-\x1f"}
_EDGES = "bBAZ"


class Presence:
    """Says which expressions may match in a text."""

    def __init__(self, expressions: Sequence[str]) -> None:
        """Prepare for expressions of the `regex` module that match case as they say themselves."""
        try:
            self._automaton = prefilter.load([widen(each) for each in expressions], presence_only=True)
        except prefilter.RefusedError:
            self._automaton = None

    def candidates(self, text: str) -> list[int] | None:
        """Return the numbers of the expressions that may match in `text`; None if any may."""
        if self._automaton is None or any(char in text for char in alphabet.FOLDING):
            return None
        return [number for number, ends in enumerate(self._automaton.hits(alphabet.encode(text))) if ends]


def widen(expression: str) -> str:
    """Return a byte expression for Hyperscan that matches in `alphabet.encode(text)` if `expression` does in `text`."""
    return _Widened(expression).text


class _Widened:
    """Reads an expression once, from left to right."""

    def __init__(self, expression: str) -> None:
        self._source = expression
        self._at = 0
        self.text = self._sequence()

    def _sequence(self) -> str:
        """Return what stands before the end of the group or expression."""
        parts: list[str] = []
        while self._at < len(self._source) and self._source[self._at] != ")":
            parts.append(self._item())
        return "".join(parts)

    def _item(self) -> str:
        char = self._source[self._at]
        if char == "(":
            return self._repeated(self._group())
        if char == "[":
            return self._repeated(self._class())
        if char == "\\":
            return self._repeated(self._escape(inside=False))
        self._at += 1
        if char in "^$":
            return ""
        if char == "|":
            return char
        return self._repeated(f"[{_HIGH}]" if char > "\x7f" else char)

    def _group(self) -> str:
        for opening in ("(?=", "(?!", "(?<=", "(?<!"):
            if self._source.startswith(opening, self._at):
                self._at += len(opening)
                self._sequence()
                self._at += 1
                return ""
        if self._source.startswith("(?P=", self._at):  # what comes again; without it the match is only shorter
            self._at = self._source.index(")", self._at) + 1
            return ""
        end = self._at + 1
        opening = "(?:"
        if self._source.startswith("(?P<", self._at):
            end = self._source.index(">", self._at) + 1
        elif self._source.startswith("(?", self._at):
            end = self._source.index(":", self._at) + 1
            opening = self._source[self._at : end]
        self._at = end
        inner = self._sequence()
        self._at += 1
        return f"{opening}{inner})"

    def _class(self) -> str:
        negated = self._source.startswith("[^", self._at)
        self._at += 2 if negated else 1
        kept: list[str] = []
        high = False
        begin = self._at
        while self._at == begin or self._source[self._at] != "]":
            char = self._source[self._at]
            if char == "\\":
                part = self._escape(inside=True)
                high = high or _HIGH in part
                kept.append(part.replace(_HIGH, ""))
                continue
            literal_dash = char == "-" and (self._at == begin or self._source[self._at + 1] == "]")
            self._at += 1
            if char > "\x7f":
                high = True
            else:
                kept.append(f"\\{char}" if char == "[" or literal_dash else char)
        self._at += 1
        if negated:  # a character above U+007F may be another one than those left out
            return f"[^{''.join(kept)}]" if any(kept) else r"[\x00-\xff]"
        return f"[{''.join(kept)}{_HIGH if high else ''}]"

    def _escape(self, inside: bool) -> str:
        kind = self._source[self._at + 1]
        self._at += 2
        if kind == "p":
            end = self._source.index("}", self._at)
            name = self._source[self._at + 1 : end]
            self._at = end + 1
            members = _PROPERTIES[name] + _HIGH
        elif kind in _CLASSES:
            members = _CLASSES[kind] + _HIGH
        elif kind in _EDGES and not inside:
            return ""
        else:
            return f"\\{kind}"
        return members if inside else f"[{members}]"

    def _repeated(self, item: str) -> str:
        """Return the item with the repetition that follows it in the source, without an upper bound."""
        rest = self._source[self._at :]
        count = ""
        if rest[:1] in ("*", "+", "?"):
            count = rest[0]
            self._at += 1
        elif rest[:1] == "{" and (end := rest.find("}")) > 0 and rest[1:end].replace(",", "").isdigit():
            low, _, high = rest[1:end].partition(",")
            count = rest[: end + 1] if not high and "," not in rest[:end] else f"{{{low or 0},}}"
            self._at += end + 1
        if count and self._source[self._at : self._at + 1] in ("?", "+"):  # lazy or possessive: the same places
            self._at += 1
        return item + count if item else ""
