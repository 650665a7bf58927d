"""Parquet files, a thousand rows at a time."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from guardrails_cli.model import Location, Segment
from guardrails_cli.sources import number_format, tables
from guardrails_cli.sources.base import Blob, Reading, RefusedError
from guardrails_cli.sources.blob_values import text_of
from guardrails_cli.sources.panics import caught

_OWN = ("ARROW:schema",)
"""Metadata that programs write for each other: the schema in binary form."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the rows, then the metadata.

    Raises:
        RefusedError: if it is encrypted.

    """
    del reading
    if blob.head.startswith(b"PARE"):
        raise RefusedError("encrypted")
    from arro3.io import read_parquet

    with caught():
        batches = read_parquet(blob.file())
        schema = batches.schema
        names, metadata = list(schema.names), dict(schema.metadata)
    yield from tables.named(None, names, _rows(batches))
    begins = True
    for key, value in metadata.items():
        name = key.decode("utf-8", "replace")
        if name not in _OWN:
            text = tables.one_line(f"{name}: {value.decode('utf-8', 'replace')}")
            yield Segment(text + "\n", Location(part="metadata"), begins=begins)
            begins = False


def _rows(batches: Any) -> Iterator[tables.Row]:
    number = 0
    while True:
        with caught():
            batch = next(iter(batches), None)
            columns = [] if batch is None else [_values(column, field) for column, field in _columns(batch)]
        if batch is None:
            return
        for values in zip(*columns, strict=True):
            number += 1
            yield number, list(values)


def _columns(batch: Any) -> Iterator[tuple[Any, Any]]:
    return zip(batch.columns, (batch.schema.field(index) for index in range(batch.num_columns)), strict=True)


def _values(column: Any, field: Any) -> Sequence[str]:
    """Return a column's values as text, what is nested as JSON."""
    from arro3.core import RecordBatch
    from arro3.io import write_ndjson

    out = io.BytesIO()
    write_ndjson(RecordBatch.from_arrays([column], names=["v"]), out)
    found = [json.loads(line, parse_float=_number).get("v") for line in out.getvalue().splitlines()]
    if "Binary" in str(field.type) and all(value is None or isinstance(value, str) for value in found):
        return [text_of(bytes.fromhex(value)) if value else "" for value in found]
    return [value if isinstance(value, str) else _text(value) for value in found]


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
