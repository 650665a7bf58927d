"""Random documents of each format with random places to redact: the copy has the same shape, and no redacted letter.

The letters are Cyrillic, which no strategy writes.
"""

import csv
import io
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrails_cli.core.finding import Detection
from guardrails_cli.core.text import Chunk
from guardrails_cli.document.describe_findings import describe
from guardrails_cli.redact.operators import OPERATORS
from guardrails_cli.redact.writers import text as rewriter
from guardrails_cli.redact.writers.writer import Choice, Scanned
from tests.redact.support import KEY, Redacting, source_of

LETTER = re.compile("[а-я]+")
TYPES = ("PERSON", "US_SSN", "CREDIT_CARD", "DATE_TIME", "SOMEBODY_S")
Rows = list[list[str]]
Shape = object

words = st.text("абвгд ,;\"'<&>:#\\|-*\t\nё1", min_size=1, max_size=12).map(lambda text: f"я{text.strip()}я")
rows = st.lists(st.lists(words, min_size=3, max_size=3), min_size=1, max_size=4)


def leaves(value: object) -> object:
    """Return the structure of a value with lists and mappings, keys included, its strings and numbers gone."""
    if isinstance(value, dict):
        return [(leaves(key), leaves(one)) for key, one in value.items()]
    return [leaves(one) for one in value] if isinstance(value, list) else 0


def made_csv(delimiter: str, end: str, encoding: str) -> Callable[[Rows, random.Random], bytes]:
    def made(table: Rows, _: random.Random) -> bytes:
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
        writer.writerow(["alpha", "beta", "это обычный русский текст для проверки кодировки файла"])
        writer.writerows(table)
        return out.getvalue().encode(encoding)

    return made


def csv_shape(delimiter: str, encoding: str) -> Callable[[bytes], Shape]:
    def shape(data: bytes) -> Shape:
        return [len(row) for row in csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter)]

    return shape


def made_json(table: Rows, chance: random.Random) -> bytes:
    content = [{"list": row, "inner": {"one": row[0], "number": 12.5e3, "none": None}} for row in table]
    return json.dumps(content, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 2])).encode()


def made_lines(table: Rows, chance: random.Random) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=chance.random() < 0.5) for row in table).encode()


def made_notebook(table: Rows, _: random.Random) -> bytes:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": row} for row in table]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def made_yaml(table: Rows, chance: random.Random) -> bytes:
    content = {"rows": table, "first": {"name": table[0][0]}, table[0][1]: 1}
    flow = chance.choice([None, True, False])
    return yaml.safe_dump(content, allow_unicode=chance.random() < 0.7, default_flow_style=flow).encode()


def made_xml(table: Rows, chance: random.Random) -> bytes:
    inner = "".join(
        f"<row at={quoteattr(row[0])}>{escape(row[1])}<b>{escape(row[2])}</b>"
        + ("<![CDATA[" + row[0].replace("]]>", "") + "]]>" if chance.random() < 0.5 else "")
        + f"<!--{row[1].replace('-', '')}--></row>"
        for row in table
    )
    return f'<?xml version="1.0"?>\n<rows>{inner}</rows>'.encode()


def made_html(table: Rows, _: random.Random) -> bytes:
    inner = "".join(
        f"<p title={quoteattr(row[0])}>{escape(row[1])} <b>{escape(row[2])}</b></p><table><tr>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row)
        + "</tr></table>"
        for row in table
    )
    return f"<!DOCTYPE html><html><body>{inner}</body></html>".encode()


def xml_shape(data: bytes) -> Shape:
    def tree(node: ElementTree.Element) -> object:
        return node.tag, sorted(node.attrib), [tree(one) for one in node]

    return tree(ElementTree.fromstring(data))


def html_shape(data: bytes) -> Shape:
    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, [name for name, _ in attrs]))

        def handle_endtag(self, tag: str) -> None:
            found.append((tag, []))

    found: list[tuple[str, list[str]]] = []
    Tags().feed(data.decode())
    return found


def lines_shape(data: bytes) -> Shape:
    return [leaves(json.loads(line)) for line in data.decode().split("\n")]


@dataclass(frozen=True)
class Kind:
    """A format: how its documents are made, and what of them a copy must keep."""

    name: str
    made: Callable[[Rows, random.Random], bytes]
    shape: Callable[[bytes], Shape]
    encoding: str = ""
    """Encoding of a text that is its own text view: it cannot be detected in so short a copy."""


KINDS = [
    Kind("a.txt", lambda table, _: "\r\n".join(map(" ".join, table)).encode(), lambda data: data.count(b"\n"), "utf-8"),
    *(
        Kind("a.csv", made_csv(delimiter, end, encoding), csv_shape(delimiter, encoding), encoding)
        for delimiter, end, encoding in [
            (",", "\n", "utf-8"),
            (";", "\r\n", "utf-8-sig"),
            ("\t", "\n", "utf-16"),
            ("|", "\r\n", "cp1251"),
        ]
    ),
    Kind("a.json", made_json, lambda data: leaves(json.loads(data))),
    Kind("a.jsonl", made_lines, lines_shape),
    Kind("a.ipynb", made_notebook, lambda data: leaves(json.loads(data))),
    Kind("a.yaml", made_yaml, lambda data: leaves(yaml.safe_load(data))),
    Kind("a.xml", made_xml, xml_shape),
    Kind("a.html", made_html, html_shape),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.made.__qualname__ + kind.name)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=rows, seed=st.integers(0, 2**32), strategy=st.sampled_from(sorted(OPERATORS)))
def test_a_copy_has_the_shape_of_its_original(
    redacting: Redacting, tmp_path: Path, kind: Kind, table: Rows, seed: int, strategy: str
) -> None:
    chance = random.Random(seed)
    path = tmp_path / kind.name
    path.write_bytes(kind.made(table, chance))
    scanned = redacting.sanitizer().scan(source_of(path))
    runs = [match.span() for match in LETTER.finditer(scanned.text)]
    found = []
    for start, end in chance.sample(runs, min(len(runs), 6)):
        first, last = sorted((chance.randint(start, end), chance.randint(start, end)))
        if first < last:
            found += [Detection(chance.choice(TYPES), first, last, 1.0, "test")]
            found += [Detection(chance.choice(TYPES), chance.randint(start, first), last, 1.0, "test")]
    chosen = replace(scanned, findings=tuple(describe(found, Chunk(scanned.text), b"", show_values=True)))
    out = io.BytesIO()
    rewriter.rewrite(io.BytesIO(path.read_bytes()), out, chosen, Choice(strategy, key=KEY))
    assert kind.shape(out.getvalue()) == kind.shape(path.read_bytes())
    if strategy == "encrypt":
        back = io.BytesIO()
        assert rewriter.restore(io.BytesIO(out.getvalue()), back, KEY)[1] == 0
        assert back.getvalue() == path.read_bytes()
    (tmp_path / f"copy-{kind.name}").write_bytes(out.getvalue())
    told = not kind.encoding or scanned.text == path.read_bytes().decode(
        kind.encoding
    )  # else of which letters, who knows
    if told and strategy not in ("partial", "remove"):  # what `remove` leaves may be read as another thing
        again = (
            out.getvalue().decode(kind.encoding)
            if kind.encoding
            else redacting.sanitizer().scan(source_of(tmp_path / f"copy-{kind.name}")).text
        )
        letters = sum(map(len, LETTER.findall(again)))
        outside = letters_outside(scanned, found)
        assert letters == outside or (kind.name == "a.yaml" and strategy == "encrypt" and letters < outside)


def letters_outside(scanned: Scanned, found: list[Detection]) -> int:
    hidden = {at for each in found for at in range(each.start, each.end)}
    return sum(at not in hidden for match in LETTER.finditer(scanned.text) for at in range(*match.span()))
