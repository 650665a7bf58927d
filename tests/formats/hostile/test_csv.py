import io
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails_cli.core.text import Segment
from guardrails_cli.formats.data import csv as delimited
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.inputs.reading.documents import documents
from guardrails_cli.inputs.reading.events import Closed, Piece
from guardrails_cli.options.model import Limits
from tests.formats.support import findings_of, records_of


def segments(data: bytes) -> list[Segment]:
    return list(delimited.read(Blob("a.csv", io.BytesIO(data)), Reading()))


def text(data: bytes) -> str:
    return "".join(segment.text for segment in segments(data))


class Endless(io.RawIOBase):
    """A file of any size that is nowhere."""

    def __init__(self, begin: bytes, block: bytes, size: int) -> None:
        self._begin, self._block, self._left = begin, block, size

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        data = (self._begin + self._block * (max(count, 0) // len(self._block) + 1))[: min(count, self._left)]
        self._begin = b""
        self._left -= len(data)
        return data


@pytest.mark.parametrize(
    "block",
    [b"219-09-9999", b"a,", b'"', b'"a"",', b'"\n', b'""""""\n"', b'x,"a""\n', b",", b"\n", b";|\t,", b' "'],
)
def test_a_single_line_and_stray_quotes_take_linear_time_and_lose_nothing(block: bytes) -> None:
    data = b"id,name,ssn\n" + block * (400_000 // len(block))
    begun = time.process_time()
    assert text(data) == data.decode()
    assert time.process_time() - begun < 5


def test_100_000_columns_survive(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    names = ",".join(f"column_{number}" for number in range(100_000))
    values = ",".join("219-09-9999" if number == 99_998 else "1" for number in range(100_000))
    path.write_text(f"{names}\n{values}\n")
    assert findings_of(path) == [("a.csv", "US_SSN", "row 2, column 99999")]


@pytest.mark.parametrize("block", [b"x" * 1000, b'"' + b"x" * 998 + b"\n", b"x" * 499 + b"," + b"y" * 499 + b","])
def test_what_is_held_does_not_grow_with_the_file(block: bytes) -> None:
    import tracemalloc

    peaks = []
    for size in (18_000_000, 36_000_000):
        tracemalloc.start()
        for _ in documents(Blob("a.csv", io.BufferedReader(Endless(b"id,name\n", block, size))), Limits()):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 48_000_000  # one block that the encoding is told by, and what is decoded of it
    assert max(peaks) < 1.1 * min(peaks)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b'"',
        b"sep=",
        b"sep=,\n",
        b"\xef\xbb\xbf",
        b"id,ssn\n1,219-09-9999\0\n",
        "id,ssn\n1,\u200b219-09-9999\u202e\n".encode(),
        b"id,ssn\n1,219-09-9999,\xff\n",
        b"id,ssn\n1,\xed\xa0\x80219-09-9999\n",
        b"id,ssn\r1,219-09-9999\r",
        b"=cmd|'/c calc'!A1,219-09-9999\n" * 3,
    ],
)
def test_odd_bytes_neither_stop_nor_hide_anything(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert records_of(path) == {"a.csv": "findings" if b"219-09-9999" in data else "clean"}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xls"])
def test_what_is_no_table_is_read_as_text(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("Dear Anna,\nyour number is 219-09-9999.\n\nRegards,\nBen, Carla, Dave and the others\n")
    assert findings_of(path) == [(path.name, "US_SSN", "2:16")]


@settings(max_examples=150, deadline=2000, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet='ab1 ",;\n\r\t|é𝒳', max_size=200), st.sampled_from([b"", b"id,ssn,name\n", b"a;b\n1;2\n"]))
def test_the_text_is_always_whole_and_rows_rise(body: str, begin: bytes) -> None:
    data = begin + body.encode()
    found = segments(data)
    assert "".join(one.text for one in found) == re.sub(r"\r(?!\n)", "\n", data.decode())
    numbers = [one.location.row for one in found if one.location and one.location.row]
    assert numbers == sorted(numbers)


@settings(max_examples=100, deadline=2000, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.sampled_from([",", ";", "\t", "|"]))
def test_what_python_writes_is_read_back_cell_by_cell(random_: random.Random, delimiter: str) -> None:
    import csv

    rows = [["id", "ssn", "remark"]]
    rows += [[str(n), "219-09-9999", random_.choice(["a", 'b"c', "d\ne", f"{delimiter}", ""])] for n in range(30)]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    found = segments(out.getvalue().encode())
    assert [one.location.row for one in found[1:] if one.location] == list(range(2, 32))
    for one, row in zip(found[1:], rows[1:], strict=True):
        cells = delimited.cells(one.text.removesuffix("\n"), delimiter)
        assert [cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell for cell in cells] == row


def test_a_file_that_breaks_off_is_read_up_to_there() -> None:
    whole = b'id,ssn,note\n1,219-09-9999,"two\nlines"\n2,078-05-1120,x\n'
    for end in range(len(whole)):
        events = list(documents(Blob("a.csv", io.BytesIO(whole[:end])), Limits()))
        assert "".join(one.chunk.text for one in events if isinstance(one, Piece)) == whole[:end].decode()
        assert isinstance(events[-1], Closed) and events[-1].document.failure is None


def test_a_row_without_end_is_read_quickly_and_its_cells_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,name\n" + "1234567,10111," * 60_000 + "219-09-9999,5")
    begun = time.process_time()
    [(_, entity, place)] = findings_of(path)
    assert time.process_time() - begun < 20
    assert entity == "US_SSN"
    assert place.startswith("row 2, column 119")
