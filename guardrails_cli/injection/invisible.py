"""Text that a person does not see but a machine reads: invisible characters, hidden markup, comments."""

import re
from collections.abc import Iterator

import msgspec

from guardrails_cli.injection.evidence import Hit

MAX_HIDDEN = 1500
"""Number of characters examined in a hidden region, so that a hit never depends on distant text."""
_TAGS = re.compile("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007e])[\U000e0001\U000e0020-\U000e007e]{4,2000}")
"""Unicode tag characters mirror ASCII invisibly. After the black flag they spell a region's flag (UTS 51)."""
_SELECTORS = re.compile("(?<![\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,2000}")
"""Variation selectors: a single one modifies the character before it, a run of them can carry bytes."""
_ZERO_WIDTH = re.compile("(?<![\u200b-\u200d\u2060-\u2064\ufeff])[\u200b-\u200d\u2060-\u2064\ufeff]{12,2000}")
_OVERRIDES = re.compile("[\u202d\u202e]")
_SPLIT_WORD = re.compile("[A-Za-z][\u00ad\u200b-\u200d\u2060-\u2064\ufeff]+[A-Za-z]")
_HIDING = (
    r"display\s{0,2}:\s{0,2}none|visibility\s{0,2}:\s{0,2}(?:hidden|collapse)|"
    r"font-size\s{0,2}:\s{0,2}[01](?:px|pt|em|rem|%)?\s{0,2}[;\"'}!]|opacity\s{0,2}:\s{0,2}0?\.?0?1?\s{0,2}[;\"'}!]|"
    r"(?<![\w-])color\s{0,2}:\s{0,2}(?:white|snow|transparent|#f{3}(?:f{3})?|#fefefe|rgba?\(255, ?255, ?255)|"
    r"text-indent\s{0,2}:\s{0,2}-\d{3,}|(?:left|top)\s{0,2}:\s{0,2}-\d{4,}|(?:width|height)\s{0,2}:\s{0,2}[01]px|"
    r"\bclip\s{0,2}:\s{0,2}rect\(0|mso-hide\s{0,2}:\s{0,2}all"
)
_STYLED = re.compile(rf"style\s{{0,2}}=\s{{0,2}}[\"'][^\"'<>]{{0,200}}?(?:{_HIDING})[^<>]{{0,300}}>?", re.IGNORECASE)
_HIDDEN_TAG = re.compile(
    r"<(?:\w{1,12})(?:\s[^<>]{0,200})?\s(?:hidden(?=[\s>=/])|type=[\"']?hidden|aria-hidden=[\"']?true)[^<>]{0,300}>?|"
    r"<(?:font\s[^<>]{0,80}color=[\"']?(?:white|#fff)|template\b|noscript\b)[^<>]{0,200}>",
    re.IGNORECASE,
)
_LATEX = re.compile(r"\\(?:text)?color(?:\[\w{1,8}\])?\{white\}|\\phantom\{|\\fontsize\{[01](?:pt)?\}")
_MARKDOWN = re.compile(r"^\[(?://|comment|_)\]:\s?(?:#|<>)\s?[(\"']", re.MULTILINE)
_TAG_END = re.compile(r"</")


class Region(msgspec.Struct, frozen=True):
    """A part of the text that a reader does not see."""

    start: int
    inner: int
    """Start of its content, after the markup that hides it."""
    end: int


class Payload(msgspec.Struct, frozen=True):
    """A text inside the text, encoded so that a person does not see it or cannot read it."""

    start: int
    end: int
    text: str
    feature: str
    """Feature that it is evidence of if it holds orders."""


def hidden_regions(text: str) -> Iterator[Region]:
    """Yield comments and elements hidden by a style, from the markup as it is in the text."""
    if "<!--" in text:
        for start in _places(text, "<!--"):
            end = text.find("-->", start, start + MAX_HIDDEN)
            yield Region(start, start + 4, end + 3 if end >= 0 else min(len(text), start + MAX_HIDDEN))
    if "<" in text:
        for opened in (*_styled(text), *_HIDDEN_TAG.finditer(text)):
            closed = _TAG_END.search(text, opened.end(), opened.end() + MAX_HIDDEN)
            yield Region(
                opened.start(), opened.end(), closed.start() if closed else min(len(text), opened.end() + MAX_HIDDEN)
            )
    if "\\" in text:
        for opened in _LATEX.finditer(text):
            yield Region(opened.start(), opened.end(), _line_end(text, opened.end()))
    if "]:" in text:
        for opened in _MARKDOWN.finditer(text):
            yield Region(opened.start(), opened.end(), _line_end(text, opened.end()))


def _styled(text: str) -> Iterator[re.Match[str]]:
    for start in _places(text, "style"):
        found = _STYLED.match(text, start)
        if found:
            yield found


def _places(text: str, mark: str) -> Iterator[int]:
    start = text.find(mark)
    while start >= 0:
        yield start
        start = text.find(mark, start + len(mark))


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start, start + MAX_HIDDEN)
    return end if end >= 0 else min(len(text), start + MAX_HIDDEN)


def invisible_hits(text: str) -> Iterator[Hit]:
    """Yield hits for invisible characters that are suspicious by themselves."""
    for pattern, feature in (
        (_TAGS, "tag_characters"),
        (_SELECTORS, "selector_row"),
        (_OVERRIDES, "direction_override"),
    ):
        for found in pattern.finditer(text):
            yield Hit(found.start(), found.end(), feature)
    for found in _ZERO_WIDTH.finditer(text):
        if len(set(found[0])) > 1:  # a run of one character is padding; data needs two
            yield Hit(found.start(), found.end(), "zero_width_row")
    for found in _SPLIT_WORD.finditer(text):
        yield Hit(found.start(), found.end(), "split_word")


def invisible_payloads(text: str) -> Iterator[Payload]:
    """Yield the texts that are spelled in invisible characters, or displayed in reverse."""
    for found in _TAGS.finditer(text):
        spelled = "".join(chr(ord(char) - 0xE0000) for char in found[0] if ord(char) >= 0xE0020)
        yield Payload(found.start(), found.end(), spelled, "hidden_order")
    for found in _SELECTORS.finditer(text):
        data = bytes(ord(c) - 0xFE00 if ord(c) < 0xFE10 else ord(c) - 0xE0100 + 16 for c in found[0])
        yield Payload(found.start(), found.end(), data.decode("utf-8", "replace"), "hidden_order")
    for found in _OVERRIDES.finditer(text):
        end = min(_line_end(text, found.end()), found.end() + MAX_HIDDEN)
        yield Payload(found.start(), end, text[found.end() : end][::-1], "hidden_order")
