"""Big structured texts for the measurements: `size` is about how many MB the file has."""

import json as library
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks import texts

MB = 1_000_000
RECORDS = 5_000
"""About a MB; the file repeats them."""


def people() -> Iterator[dict[str, object]]:
    """Yield records with a list and an object inside; one in five has a note with escapes."""
    random_ = random.Random(1)
    rows = texts.csv(random_)
    names = next(rows).rstrip("\n").split(",")
    for number, row in enumerate(islice(rows, RECORDS)):
        record: dict[str, object] = dict(zip(names, row.rstrip("\n").split(","), strict=True))
        record["phones"] = [record.pop("phone")]
        record["place"] = {"city": record.pop("city"), "ip": record.pop("ip")}
        record["note"] = 'said: "call back"\nand hung up, café & all' if number % 5 == 0 else "nothing new"
        yield record


def json(path: Path, size: int) -> None:
    block = ", ".join(library.dumps(record) for record in people())
    _write(path, '{"people": [', block, ", ", "]}\n", size)


def json_pretty(path: Path, size: int) -> None:
    block = ",\n".join(library.dumps(record, indent=2) for record in people())
    _write(path, '{"people": [\n', block, ",\n", "\n]}\n", size)


def json_escaped(path: Path, size: int) -> None:
    block = ", ".join(library.dumps({"text": "Всё хорошо, спасибо за помощь\n" * 3}) for _ in range(RECORDS))
    _write(path, "[", block, ", ", "]\n", size)


def json_one_string(path: Path, size: int) -> None:
    _write(path, '["', texts.make("prose", MB).replace("\n", " "), " ", '"]\n', size)


def json_lines(path: Path, size: int) -> None:
    _write(path, "", "\n".join(library.dumps(record) for record in people()), "\n", "\n", size)


def xml(path: Path, size: int) -> None:
    _write(path, "<people>", "".join(_element("person", record) for record in people()), "\n", "</people>\n", size)


def html(path: Path, size: int) -> None:
    lines = [line for line in texts.make("prose", MB).splitlines() if line]
    block = "".join(
        f'<div class="x"><p>{line.replace("the", "<b>the</b>", 1)} <a href="/a">more</a></p></div>\n' for line in lines
    )
    _write(path, "<!doctype html><html><body>", block, "", "</body></html>", size)


def html_table(path: Path, size: int) -> None:
    rows = texts.csv(random.Random(1))
    head = "".join(f"<th>{name}</th>" for name in next(rows).rstrip("\n").split(","))
    block = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row.rstrip("\n").split(",")) + "</tr>\n"
        for row in islice(rows, RECORDS)
    )
    _write(path, f"<!doctype html><table><tr>{head}</tr>", block, "", "</table>", size)


def yaml(path: Path, size: int) -> None:
    lines = []
    for record in people():
        mark = "- "
        for name, value in record.items():
            lines.append(f"{mark}{name}: {library.dumps(value)}\n")
            mark = "  "
    _write(path, "", "".join(lines), "", "", size)


def markdown(path: Path, size: int) -> None:
    _write(path, "# Text\n\n", texts.make("prose", MB), "\n", "", size)


def notebook(path: Path, size: int) -> None:
    lines = [f"{line}\n" for line in texts.make("code", MB).splitlines()]
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": lines[start : start + 20]}
        for start in range(0, len(lines), 20)
    ]
    _write(path, '{"cells": [', ",\n".join(library.dumps(cell, indent=1) for cell in cells), ",\n", "]}\n", size)


def _element(name: str, value: object) -> str:
    if isinstance(value, dict):
        inner = "".join(_element(key, one) for key, one in value.items())
    elif isinstance(value, list):
        inner = "".join(_element("item", one) for one in value)
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>\n"


def _write(path: Path, begin: str, block: str, between: str, end: str, size: int) -> None:
    """Write a block again and again until the file has so many MB."""
    data = (between + block).encode()
    with path.open("wb") as file:
        file.write(begin.encode() + block.encode())
        while file.tell() < size * MB:
            file.write(data)
        file.write(end.encode())
