"""Speed and memory of the readers: `python -m benchmarks.formats [FORMAT…] [--size MB]`, in each case a fresh process.

Only reading is measured: format detection, the reader and the cut into chunks; what is found in them costs far more.
"""

import argparse
import contextlib
import json
import random
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks import container_files, document_files, markup_files, texts
from benchmarks.processes import run

MB = 1_000_000
SIZE = 100
"""MB of the file, about, where nothing else is asked for."""
READ = """
import json, sys, time
from pathlib import Path
from guardrails_cli.options.model import Limits
from guardrails_cli.inputs.reading.documents import documents
from guardrails_cli.inputs.reading.events import Closed, Piece, Refused
from guardrails_cli.formats.reader import Blob
path = Path(sys.argv[1])
begun, characters, count, reasons, name = time.process_time(), 0, 0, [], ""
with path.open("rb") as file:
    limits = Limits(expanded_bytes=1 << 50, members=1 << 30)
    for event in documents(Blob(path.name, file, path.stat().st_size, seekable=True), limits):
        if isinstance(event, Piece):
            end = len(event.chunk.text) if event.chunk.core_end < 0 else event.chunk.core_end - event.chunk.start
            characters += end - (event.chunk.core_start - event.chunk.start)
        elif isinstance(event, Closed):
            count, name = count + 1, event.document.format
            reasons += [event.document.failure] * bool(event.document.failure)
        elif isinstance(event, Refused):
            reasons.append(event.record.reason)
seconds = time.process_time() - begun
Path(sys.argv[2]).write_text(json.dumps([seconds, characters, count, name, reasons]))
"""


@dataclass(frozen=True, slots=True)
class Input:
    """A big file of one format."""

    name: str
    """Name of the file."""
    make: Callable[[Path, int], None]
    """Writes the file, of about so many MB; what its text is belongs to `texts`."""


def text(path: Path, size: int) -> None:
    _write(path, texts.make("logs", MB), size)


def one_line(path: Path, size: int) -> None:
    _write(path, texts.make("prose", MB).replace("\n", " "), size)


def csv(path: Path, size: int) -> None:
    _write(path, texts.make("CSV", MB).rpartition("\n")[0] + "\n", size)


def csv_quoted(path: Path, size: int) -> None:
    rows = ('"' + '","'.join(cells) + '","two\nlines"\n' for cells in records(MB // 130))
    _write(path, "".join(rows), size)


def csv_one_line(path: Path, size: int) -> None:
    _write(path, texts.make("CSV", MB).replace("\n", ","), size)


def xlsx(path: Path, size: int) -> None:
    kinds = '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    kinds += 'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    row = '<c t="inlineStr"><is><t>{}</t></is></c>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", f"<Types>{kinds}</Types>")
        archive.writestr("xl/workbook.xml", "<workbook><sheets/></workbook>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(b"<worksheet><sheetData>")
            block = "".join(f"<row>{''.join(map(row.format, cells))}</row>" for cells in records(MB // 100))
            _fill(part, block, path, size)
            part.write(b"</sheetData></worksheet>")


def ods(path: Path, size: int) -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        with archive.open("content.xml", "w", force_zip64=True) as part:
            part.write(b'<office:body xmlns:office="o" xmlns:table="t" xmlns:text="x"><table:table table:name="A">')
            rows = ("".join(map(cell.format, cells)) for cells in records(MB // 100))
            _fill(part, "".join(f"<table:table-row>{row}</table:table-row>" for row in rows), path, size)
            part.write(b"</table:table></office:body>")


def sqlite(path: Path, size: int) -> None:
    rows = records(size * MB // 115)
    names = next(rows)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"CREATE TABLE people ({', '.join(names)})")
        connection.executemany(f"INSERT INTO people VALUES ({', '.join('?' * len(names))})", rows)
        connection.commit()


def parquet(path: Path, size: int) -> None:
    from arro3.core import Array, DataType, RecordBatch, Table
    from arro3.io import write_parquet

    names, *rows = records(MB // 100)
    columns = [Array(list(values), type=DataType.utf8()) for values in zip(*rows, strict=True)]
    batch = RecordBatch.from_arrays(columns, names=names)
    write_parquet(Table.from_batches([batch] * size), path, max_row_group_size=1_000_000, dictionary_enabled=False)


INPUTS: dict[str, Input] = {
    "text": Input("a.log", text),
    "text, one line": Input("b.txt", one_line),
    "CSV": Input("a.csv", csv),
    "CSV, all quoted, line breaks in cells": Input("b.csv", csv_quoted),
    "CSV, one line": Input("c.csv", csv_one_line),
    "XLSX": Input("a.xlsx", xlsx),
    "ODS": Input("a.ods", ods),
    "SQLite": Input("a.db", sqlite),
    "Parquet": Input("a.parquet", parquet),
    "JSON, one line": Input("a.json", markup_files.json),
    "JSON, indented": Input("b.json", markup_files.json_pretty),
    "JSON, all letters escaped": Input("c.json", markup_files.json_escaped),
    "JSON, one string": Input("d.json", markup_files.json_one_string),
    "JSON Lines": Input("a.jsonl", markup_files.json_lines),
    "XML": Input("a.xml", markup_files.xml),
    "HTML": Input("a.html", markup_files.html),
    "HTML, one table": Input("b.html", markup_files.html_table),
    "YAML": Input("a.yaml", markup_files.yaml),
    "Markdown": Input("a.md", markup_files.markdown),
    "Jupyter notebook": Input("a.ipynb", markup_files.notebook),
    "DOCX": Input("a.docx", document_files.docx),
    "DOCX, tables": Input("b.docx", document_files.docx_tables),
    "PPTX": Input("a.pptx", document_files.pptx),
    "ODT": Input("a.odt", document_files.odt),
    "EPUB": Input("a.epub", document_files.epub),
    "RTF": Input("a.rtf", document_files.rtf),
    "PDF": Input("a.pdf", document_files.pdf),
    "gzip": Input("a.log.gz", container_files.gzipped),
    "bzip2": Input("a.log.bz2", container_files.bzipped),
    "xz": Input("a.log.xz", container_files.xz),
    "zstd": Input("a.log.zst", container_files.zstandard),
    "zip, one log": Input("a.zip", container_files.zip_of_one),
    "zip, 100,000 members": Input("b.zip", container_files.zip_of_many),
    "tar.gz": Input("a.tar.gz", container_files.tar_gz),
    "mbox": Input("a.mbox", container_files.box),
    "mail with attachments": Input("a.eml", container_files.mail),
}
"""Inputs by the name of their row in the table."""


def measure(names: tuple[str, ...] = (), size: int = SIZE) -> str:
    """Return the table of the formats named, or of all; files of about `size` MB."""
    rows = [_row(name, size) for name in names or INPUTS]
    return "\n".join(
        [
            "## Formats",
            "",
            "Processor time of reading only, from the file to the chunks that workers get; MB are 10^6 bytes.",
            "",
            "| format | file, MB | text, million characters | s | **MB/s of file** | MB/s of text | peak memory, MB |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _row(name: str, size: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path, told = Path(folder) / INPUTS[name].name, Path(folder) / "told.json"
        INPUTS[name].make(path, size)
        cost = run(READ, str(path), str(told))
        seconds, characters, _, _, reasons = json.loads(told.read_text())
        if reasons:
            raise RuntimeError(f"{name}: {reasons[0]}")
        megabytes = path.stat().st_size / MB
    return (
        f"| {name} | {megabytes:.0f} | {characters / MB:.0f} | {seconds:.1f} | {megabytes / seconds:.1f} "
        f"| {characters / MB / seconds:.1f} | {cost.peak:.0f} |"
    )


def _write(path: Path, block: str, size: int) -> None:
    """Write one MB of text again and again."""
    data = block.encode()
    with path.open("wb") as file:
        for _ in range(size):
            file.write(data)


def _fill(part: IO[bytes], block: str, path: Path, size: int) -> None:
    """Write a block of text into the part of a zip file until that has so many MB."""
    data = block.encode()
    while path.stat().st_size < size * MB:
        part.write(data)


def records(count: int, seed: int = 1) -> Iterator[list[str]]:
    """Yield the cells of a table's header, then those of `count` rows that are full of personal data."""
    lines = texts.csv(random.Random(seed))
    for _ in range(count + 1):
        yield next(lines).rstrip("\n").split(",")


def main() -> None:
    """Measure the formats named on the command line, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formats", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*INPUTS, []], metavar="FORMAT", help=", ".join(INPUTS))
    parser.add_argument("--size", type=int, default=SIZE, metavar="MB", help="of each file, about")
    arguments = parser.parse_args()
    print(measure(tuple(arguments.names), arguments.size))


if __name__ == "__main__":
    main()
