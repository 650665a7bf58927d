"""Replace values in one XML part of an Office document: texts over several runs, attributes, cells."""

from collections.abc import Callable, Sequence

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.office import number_format
from guardrails_cli.formats.office.xlsx_sheet import Style
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.redact.sealing import QUOTED
from guardrails_cli.redact.value_search import LONG, Hit, Values
from guardrails_cli.redact.writers.xml_edits import ATTRIBUTE, TOKEN, Edits, Piece, shown

INNER = Reason(ReasonCode.NOT_REPLACEABLE, "a value stands in its inner structure, where it cannot be replaced")
NEUTRAL_DATE = "2000-01-01T00:00:00Z"
"""Replacement where only a date is allowed."""
_RUNS = frozenset({"t", "delText", "instrText", "delInstrText"})
"""Elements whose texts form one text within a paragraph."""
_PARAGRAPHS = frozenset({"p", "si", "is", "rPh", "text"})
_CHANGES = frozenset({"del", "moveFrom"})
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_FORMULAS = frozenset({"f", "definedName", "formula", "formula1", "formula2"})
_NUMBERS = frozenset({"numCache", "numLit"})
_DATES = frozenset({"created", "modified", "lastPrinted", "filetime"})
_DATE_ATTRIBUTES = frozenset({"date", "dT", "dt", "refreshedDateIso"})
_SAID_NAMES = """
    descr title alt string instr tooltip display displayText displayName author userId userName prompt promptTitle
    error errorTitle caption description sourceFile refreshedBy lastRefreshedBy comment oldName command connection
    location placeholder lastEdited initials providerId
"""
_SAID = frozenset(_SAID_NAMES.split())
"""Attributes that hold people's words in any element."""
_SAID_IN = frozenset({
    ("docVar", "name"), ("docVar", "val"), ("listEntry", "val"), ("listItem", "value"), ("default", "val"),
    ("statusText", "val"), ("helpText", "val"), ("alias", "val"), ("tag", "val"), ("tblCaption", "val"),
    ("tblDescription", "val"), ("connectString", "val"), ("query", "val"), ("docPr", "name"), ("cNvPr", "name"),
    ("cmAuthor", "name"), ("s", "v"), ("property", "name"), ("tableColumn", "name"), ("cacheField", "name"),
})  # fmt: skip
_STRUCTURE = frozenset({("sheet", "name"), ("definedName", "name"), ("table", "name"), ("table", "displayName")})
"""Names that other parts refer to in formulas."""
_REFERENCES = frozenset({"id", "Id", "Type", "ContentType", "PartName", "Target", "styleId", "uri", "anchor", "ref"})
"""Attributes by which parts and elements refer to each other, or that have a fixed form."""
_REFERENCE_IN = frozenset({
    ("bookmarkStart", "name"), ("pStyle", "val"), ("rStyle", "val"), ("tblStyle", "val"), ("basedOn", "val"),
    ("next", "val"), ("link", "val"), ("numStyleLink", "val"), ("styleLink", "val"),
})  # fmt: skip


def edit_part(
    edits: Edits,
    values: Values,
    *,
    own: bool = False,
    links: bool = False,
    cells: Callable[[str, int], str] | None = None,
) -> None:
    """Replace the values in a part.

    Args:
        edits: the edits of the part's text; new ones are added.
        values: values to replace.
        own: whether the part is the user's own XML, in which all attributes are values.
        links: whether the part holds relationships.
        cells: for a worksheet, the displayed text of a number, given its style.

    Raises:
        RefusedError: if a value is where it cannot be replaced.

    """
    _Walk(edits, values, own, links, cells).run()


def shown_with(styles: Sequence[Style], *, since_1904: bool) -> Callable[[str, int], str]:
    """Return the function that formats a number as the workbook displays it."""

    def cell(raw: str, number: int) -> str:
        style = styles[number] if number < len(styles) else Style()
        return number_format.shown(raw, style.code, date=style.date, since_1904=since_1904)

    return cell


class _Paragraph:
    """The texts of a paragraph as its readers may join them."""

    def __init__(self) -> None:
        self.all: list[Piece] = []
        self.kept: list[Piece] = []
        self.aside: list[Piece] = []


class _Cell:
    """The state of the open cell."""

    def __init__(self, start: int, end: int, attributes: dict[str, tuple[str, int, int]]) -> None:
        self.tag = (start, end)
        self.type = attributes.get("t")
        style = attributes.get("s", ("0", 0, 0))[0]
        self.style = int(style) if style.isdecimal() else 0
        self.value: list[Piece] = []
        self.formula: list[Piece] = []
        self.formula_tag: tuple[int, int] | None = None


class _Walk:
    def __init__(
        self, edits: Edits, values: Values, own: bool, links: bool, cells: Callable[[str, int], str] | None
    ) -> None:
        self._edits = edits
        self._text = edits.text
        self._values = values
        self._own = own
        self._links = links
        self._shown = cells
        self._names: list[tuple[str, int]] = []
        """Open elements, each with the end of its start tag."""
        self._paragraphs: list[_Paragraph] = []
        self._deleted = 0
        self._cell: _Cell | None = None

    def run(self) -> None:
        position = 0
        for token in TOKEN.finditer(self._text):
            if token.start() > position:
                self._data(position, token.start())
            position = token.end()
            name = token["name"]
            if name is None:
                if self._values.are_in(token[0]):
                    self._edits.put(*token.span(), "")
                continue
            local = name.rpartition(":")[2]
            empty = token["rest"].endswith("/")
            if not token["close"]:
                self._start(local, token.start(), token.end(), token.start("rest"), token.end("rest"))
            if token["close"] or empty:
                self._end(local)

    def _start(self, name: str, start: int, end: int, low: int, high: int) -> None:
        self._names.append((name, end))
        attributes = {}
        for match in ATTRIBUTE.finditer(self._text, low, high):
            group = 2 if match[2] is not None else 3
            attributes[match[1]] = (match[group], *match.span(group))
        self._attributes(name, attributes)
        if name in _PARAGRAPHS:
            self._paragraphs.append(_Paragraph())
        elif name in _CHANGES:
            self._deleted += 1
        elif name in _BREAKS:
            self._add(Piece(start, start, _BREAKS[name]))
        elif name == "c" and self._shown is not None:
            self._cell = _Cell(start, end, attributes)
        elif name == "f" and self._cell is not None:
            self._cell.formula_tag = (start, end)

    def _end(self, name: str) -> None:
        if self._names:
            self._names.pop()
        if name in _PARAGRAPHS and self._paragraphs:
            paragraph = self._paragraphs.pop()
            for pieces in (paragraph.kept, paragraph.aside, paragraph.all):
                self._strand(pieces)
        elif name in _CHANGES:
            self._deleted = max(0, self._deleted - 1)
        elif name == "c" and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None

    def _add(self, piece: Piece, *, deleted: bool = False) -> None:
        if self._paragraphs:
            paragraph = self._paragraphs[-1]
            paragraph.all.append(piece)
            (paragraph.aside if deleted else paragraph.kept).append(piece)

    def _data(self, start: int, end: int) -> None:
        name, tag_end = self._names[-1] if self._names else ("", -1)
        if name in _RUNS:
            piece = Piece(start, end, tag_end=tag_end)
            if self._paragraphs:
                self._add(piece, deleted=bool(self._deleted) or name != "t")
            else:
                self._strand([piece])
            return
        if self._cell is not None and name in ("v", "f"):
            (self._cell.value if name == "v" else self._cell.formula).append(Piece(start, end))
            return
        text = self._text[start:end]
        if text.isspace():
            return
        if name in _DATES:
            if self._values.are_in(text):
                self._edits.put(start, end, NEUTRAL_DATE)
        elif name == "v" and any(one in _NUMBERS for one, _ in self._names[-4:]):
            if self._values.are_in(text):
                self._edits.put(start, end, "0")
        elif name in ("text", "author", "v") or self._own or not text.strip().lstrip("-").isdigit():
            self._strand([Piece(start, end)], formula=name in _FORMULAS)

    def _strand(self, pieces: list[Piece], *, uri: bool = False, formula: bool = False) -> bool:
        if not pieces:
            return False
        hits = list(self._values.hits(shown(self._text, pieces, uri=uri)))
        if not hits:
            return False
        done = self._edits.replace(pieces, hits, uri=uri, formula=formula)
        if done and not self._text.startswith("<a:", self._text.rfind("<", 0, max(0, pieces[0].tag_end))):
            self._edits.keep_spaces(pieces)
        return done

    def _attributes(self, name: str, attributes: dict[str, tuple[str, int, int]]) -> None:
        external = attributes.get("TargetMode", ("", 0, 0))[0] == "External"
        for full, (value, start, end) in attributes.items():
            one = full.rpartition(":")[2]
            if self._links:
                if one == "Target" and external:
                    self._strand([Piece(start, end)], uri=True)
            elif (name, one) in _STRUCTURE:
                if self._values.are_in(value):
                    raise RefusedError(
                        Reason(
                            ReasonCode.NOT_REPLACEABLE, "the name of a sheet or range holds a value: rename it first"
                        )
                    )
            elif one in _DATE_ATTRIBUTES:
                if self._values.are_in(value):
                    self._edits.put(start, end, NEUTRAL_DATE)
            elif one in _SAID or (name, one) in _SAID_IN or (self._own and not full.startswith(("xmlns", "xsi:"))):
                self._strand([Piece(start, end)])
            elif len(value) >= LONG:
                self._unknown(name, full, Piece(start, end))

    def _unknown(self, name: str, full: str, piece: Piece) -> None:
        """Replace values in an attribute that no reader takes for text, if they do not occur by chance.

        Raises:
            RefusedError: if the attribute cannot hold any text: it is a reference, or a word that a program knows.

        """
        said, one = shown(self._text, [piece]), full.rpartition(":")[2]
        if next(self._values.certain(said), None) is None:
            return
        known = said.isalpha() and said.islower()
        if known or one in _REFERENCES or (name, one) in _REFERENCE_IN or full.startswith(("xmlns", "xsi:")):
            raise RefusedError(INNER)
        self._strand([piece])

    def _end_cell(self, cell: _Cell) -> None:
        kind = cell.type[0] if cell.type else "n"
        replaced = False
        if kind in ("n", "d") and cell.value and self._shown is not None:
            replaced = self._number(cell, kind)
        elif kind not in ("s", "b", "e") and cell.value:
            replaced = self._strand(cell.value)
        if replaced and cell.formula_tag is not None:
            self._constant(cell, *cell.formula_tag)
        elif cell.formula:
            self._strand(cell.formula, formula=True)

    def _number(self, cell: _Cell, kind: str) -> bool:
        """Replace a number with a text; it stays one cell."""
        raw = shown(self._text, cell.value)
        seen = self._shown(raw, cell.style) if kind == "n" and self._shown else raw
        hit = next(self._values.hits(seen), None) or next(self._values.hits(raw), None)
        if hit is None:
            return False
        new = self._edits.replacement(Hit(0, len(seen), seen, hit.entity_type), raw, QUOTED)
        for index, piece in enumerate(cell.value):
            self._edits.put(piece.start, piece.end, "" if index else new)
        if cell.type is not None:
            self._edits.put(cell.type[1], cell.type[2], "str")
        else:
            at = cell.tag[1] - 1
            self._edits.put(at, at, ' t="str"')
        return True

    def _constant(self, cell: _Cell, start: int, end: int) -> None:
        """Put the replacement of a formula's result in place of the formula, which would bring the value back.

        Raises:
            RefusedError: if other cells share the formula.

        """
        tag = self._text[start:end]
        if " ref=" in tag:
            raise RefusedError(
                Reason(
                    ReasonCode.NOT_REPLACEABLE,
                    "the result of a shared formula is to be replaced: make it a value first",
                )
            )
        pieces = cell.value
        new = self._edits.between(pieces[0].start, pieces[-1].end)
        literal = '"' + new.replace('"', '""').replace("&quot;", '""') + '"'
        if tag.endswith("/>"):
            name = tag[1:].split("/")[0].split()[0]
            self._edits.put(start, end, f"<{name}>{literal}</{name}>")
        elif cell.formula:
            self._edits.put(cell.formula[0].start, cell.formula[-1].end, literal)
