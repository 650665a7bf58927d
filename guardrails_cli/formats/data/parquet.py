"""Parquet files, a thousand rows at a time."""

import io
import json
from collections.abc import Iterator
from typing import Any

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats import table_text
from guardrails_cli.formats.data.blob_values import text_of
from guardrails_cli.formats.office import number_format
from guardrails_cli.formats.panics import caught
from guardrails_cli.formats.reader import Blob, Reading, RefusedError

_OWN = ("ARROW:schema",)
"""Metadata that programs write for each other: the schema in binary form."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the rows, then the metadata.

    Raises:
        RefusedError: if it is encrypted.

    """
    del reading
    if blob.head.startswith(b"PARE"):
        raise RefusedError(Reason(ReasonCode.ENCRYPTED, "encrypted"))
    from arro3.io import read_parquet

    with caught():
        batches = read_parquet(blob.file())
        schema = batches.schema
        names, metadata = list(schema.names), dict(schema.metadata)
    yield from table_text.named(None, names, _rows(batches))
    begins = True
    for key, value in metadata.items():
        name = key.decode("utf-8", "replace")
        if name not in _OWN:
            text = table_text.one_line(f"{name}: {value.decode('utf-8', 'replace')}")
            yield Segment(text + "\n", Location(part="metadata"), begins=begins)
            begins = False


def _rows(batches: Any) -> Iterator[table_text.Row]:
    number = 0
    while True:
        with caught():
            batch = next(iter(batches), None)
            rows = [] if batch is None else _values(batch)
        if batch is None:
            return
        for values in rows:
            number += 1
            yield number, values


def _values(batch: Any) -> list[list[str]]:
    """Return the rows of a batch as text, with nested values as JSON; columns may share a name."""
    from arro3.core import RecordBatch
    from arro3.io import write_json

    out = io.BytesIO()
    keys = [str(index) for index in range(batch.num_columns)]
    write_json(RecordBatch.from_arrays(batch.columns, names=keys), out)
    binary = {key for key in keys if "Binary" in str(batch.schema.field(int(key)).type)}
    rows = []
    for found in json.loads(out.getvalue(), parse_float=_number):
        values = [found.get(key, "") for key in keys]
        rows.append([value if type(value) is str else _text(value) for value in values])
    for key in map(int, binary):
        for row in rows:
            row[key] = _bytes(row[key])
    return rows


def _bytes(value: str) -> str:
    """Return the readable text of a binary value, which comes in hexadecimal digits unless it is nested."""
    return text_of(bytes.fromhex(value)) if not value.startswith(("{", "[")) else value


def _number(text: str) -> str:
    """Return a number with all its digits; only binary ones come with an exponent or a bare `.0`."""
    if "e" in text or "E" in text:
        return number_format.plain(float(text))
    return text.removesuffix(".0")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
