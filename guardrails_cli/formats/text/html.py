"""HTML: the text as a person sees it, one line per block, with line and column in the file.

Invisible text is in lines of its own after its block, with its part name: attributes, comments, scripts, and the text
of hidden elements.
"""

import html
from collections.abc import Callable, Iterator

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.encoding import declared
from guardrails_cli.formats.markup import RAW_ELEMENTS, Attribute, Token, Tokenizer, advanced, attributes, unescaped
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.text.html_attributes import contents, hides
from guardrails_cli.formats.text.html_flow import Flow
from guardrails_cli.formats.text.html_tables import Row, Table
from guardrails_cli.formats.text.plain import decode

_BLOCKS_WORDS = """
address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure
footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option p pre
section select summary table tbody td textarea tfoot th thead title tr ul template
"""
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_VOID_WORDS = """
area base br col embed frame hr img input link meta param source track wbr
"""
_VOID = frozenset(_VOID_WORDS.split())
_ENDS: dict[str, Callable[[Flow], None]] = {
    "td": Flow.end_cell,
    "th": Flow.end_cell,
    "tr": Flow.end_row,
    "thead": Flow.end_head,
    "table": Flow.end_table,
}
_REPEATED = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option"})
"""Elements that end where the next one begins."""
_REACH = 64
"""Maximum number of open elements that one closing tag may close."""
_MAX_LABELS = 1_000
_MAX_LABEL = 200


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the text of the page."""
    tokens = Tokenizer(decode(blob, reading, declared(blob.head)), is_html=True).tokens()
    yield from segments(tokens)


def segments(tokens: Iterator[Token]) -> Iterator[Segment]:
    """Yield the segments of a tokenized page."""
    page = _Page()
    for token in tokens:
        page.take(token)
        if page.flow.out:
            yield from page.flow.taken()
    page.end()
    yield from page.flow.taken()


class _Page:
    """The open elements of a page."""

    def __init__(self) -> None:
        self.flow = Flow()
        self._hidden: list[str] = []
        """Open elements, beginning with the hidden one."""
        self._raw = ""
        """Last opened element, whose raw text may follow."""
        self._labels: dict[str, str] = {}
        """Labels by their field's id."""
        self._label: str | None = None
        """Text of the open label."""
        self._label_for = ""
        self._last_label = ""
        self._term = False
        """Whether a term was read whose description may follow on the same line."""
        self._in_term = False
        self._tables = 0

    def take(self, token: Token) -> None:
        """Process one token."""
        if token.kind == "text":
            self._text(token)
        elif token.kind == "open":
            self._open(token)
        elif token.kind == "close":
            self._close(token.name.lower())
        elif token.kind == "raw":
            self.flow.aside(token.text, token.line, token.column, Location(part=self._raw))
        elif token.kind == "comment":
            text = token.text.removeprefix("<!--")
            line, column = token.line, token.column + len(token.text) - len(text)
            if text:
                self.flow.aside(text.removesuffix("-->"), line, column, Location(part="comment"))
            if token.text.endswith(">"):
                self.flow.end_aside()

    def end(self) -> None:
        """End all open elements."""
        while self.flow.tables:
            self.flow.end_table()
        self.flow.end()

    def _text(self, token: Token) -> None:
        for text, line, column in unescaped(token.text, token.line, token.column, loose=True):
            if self._hidden:
                self.flow.hidden(text, line, column)
                continue
            if not self.flow.add(text, line, column):
                continue
            self._term = self._term and self._in_term
            if self._label is not None and len(self._label) < _MAX_LABEL:
                self._label += text

    def _open(self, tag: Token) -> None:
        name = tag.name.lower()
        self._raw = name
        found = list(attributes(tag)) if len(tag.text) > len(tag.name) + 3 else []
        named = {attribute.name.lower(): html.unescape(attribute.value) for attribute in found}
        if self._hidden and len(self._hidden) == 1 and name in _REPEATED and self._hidden[0] == name:
            self._show()
        if self._hidden:
            if name not in _VOID and not tag.text.endswith("/>"):
                self._hidden.append(name)
        else:
            self._structure(name, named, tag)
            if name not in _VOID and (name == "template" or (found and hides(named))):
                self._hidden.append(name)
        if found:
            self._contents(name, found, named, tag)

    def _structure(self, name: str, named: dict[str, str], tag: Token) -> None:
        """Apply an opening tag to the lines of the visible text."""
        if name == "dd" and (self._in_term or self._term):
            self._end_term()
        elif name in ("td", "th", "tr", "table", "thead"):
            self._table_tag(name, named, tag)
        elif name in _BLOCKS:
            self._in_term = self._term = False
            self.flow.end_line()
        if name == "dt":
            self._in_term = True
        elif name in ("pre", "textarea"):
            self.flow.preformatted += 1
            if name == "textarea" and (label := self._label_of(named)):
                self.flow.add(f"{label.rstrip(': ')}: ", tag.line, tag.column)
        elif name == "label":
            self._label, self._label_for = "", named.get("for", "")
        elif name == "wbr" or name in _BLOCKS:
            pass
        elif name in ("img", "input", "button"):
            self.flow.space()

    def _table_tag(self, name: str, named: dict[str, str], tag: Token) -> None:
        flow = self.flow
        if name == "table":
            self._tables += 1
            flow.begin_table(Table(self._tables))
            return
        if not flow.tables:
            flow.end_line()
            return
        table = flow.tables[-1]
        if name == "thead":
            table.in_head = True
        elif name == "tr":
            flow.end_row()
            table.row = Row(tag.line, tag.column)
        else:
            flow.end_cell()
            if table.row is None:
                table.row = Row(tag.line, tag.column)
            table.cell(
                table.row,
                is_head=name == "th",
                colspan=_number(named.get("colspan")),
                rowspan=_number(named.get("rowspan")),
            )

    def _close(self, name: str) -> None:
        if self._hidden and not self._is_shown_after(name):
            return
        flow = self.flow
        if name in RAW_ELEMENTS:
            flow.end_aside()
        elif name == "dt":
            self._end_term()
        elif name == "label":
            self._end_label()
        elif name in _ENDS:
            _ENDS[name](flow)
        elif name in _BLOCKS:
            flow.end_line()
        if name in ("pre", "textarea"):
            flow.preformatted = max(0, flow.preformatted - 1)

    def _is_shown_after(self, name: str) -> bool:
        """Close an element in hidden text; return whether the following text is visible."""
        if name in self._hidden[-_REACH:]:
            while self._hidden.pop() != name:
                pass
            if not self._hidden:
                self.flow.end_aside()
        elif name in _BLOCKS:  # a block around the hidden element
            self._show()
        return not self._hidden

    def _end_label(self) -> None:
        if self._label is None:
            return
        label = " ".join(self._label.split())
        if not self._label_for:
            self._last_label = label
        elif len(self._labels) < _MAX_LABELS:
            self._labels[self._label_for] = label
        self._label = None

    def _show(self) -> None:
        self._hidden.clear()
        self.flow.end_aside()

    def _end_term(self) -> None:
        if self._in_term:
            self.flow.colon()
        self._in_term, self._term = False, True

    def _label_of(self, named: dict[str, str]) -> str:
        """Return the label of a form field on the page."""
        label = self._labels.get(named.get("id", ""), "")
        if not label and self._label:
            label = " ".join(self._label.split())
        if not label:
            label, self._last_label = self._last_label, ""
        return label or named.get("name", "") or named.get("aria-label", "")

    def _contents(self, name: str, found: list[Attribute], named: dict[str, str], tag: Token) -> None:
        is_field = name == "input" and named.get("type", "").lower() not in ("hidden", "submit", "button", "image")
        label = self._label_of(named) if is_field else ""
        for attribute, title, read_as in contents(name, found, label):
            place = Location(part=f"attribute {attribute.name.lower()[:40]}")
            line, column = advanced(tag.text[: attribute.value_start], tag.line, tag.column)
            in_flow = is_field and attribute.name.lower() == "value" and self.flow.in_cell
            if title and not in_flow:
                self.flow.aside(
                    f"{title.rstrip(': ')}: ", *advanced(tag.text[: attribute.start], tag.line, tag.column), place
                )
            for text, at_line, at_column in unescaped(attribute.value, line, column, loose=True):
                shown = text if read_as is None else html.unescape(read_as)
                if in_flow:
                    self.flow.add(shown, at_line, at_column, place)
                else:
                    self.flow.aside(shown, at_line, at_column, place)
                if read_as is not None:
                    break
            if not in_flow:
                self.flow.end_aside()


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and value.isascii() and len(value) < 6 else 1
