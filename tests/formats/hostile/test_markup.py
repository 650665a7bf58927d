"""JSON, XML, HTML, YAML, Markdown and notebooks made to break their readers: each with what must come of it."""

import time
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails_cli.core.text import Segment
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.registry import FORMATS
from guardrails_cli.inputs.reading.documents import documents
from guardrails_cli.inputs.reading.events import Closed, Piece, Refused
from guardrails_cli.options.model import Limits
from tests.formats.support import FORMATS_DATA, findings_of, records_of

FIXTURES = sorted(path for path in FORMATS_DATA.iterdir() if path.stem in ("patients", "summary"))
SECONDS = 10.0
"""Far more than any of them takes on a busy machine, far less than anything quadratic."""

REPEATED = {
    "json": [
        "[",
        '{"a":',
        '{"a":{},',
        '"',
        '"\\',
        "\\u",
        "[[],",
        ",",
        "{}",
        "1 ",
        "//",
        "/*",
        "[1",
        '{"',
        '["\\ud800",',
        '{"a":[{"b":[{"c":["',
        '" ',
        "é",
        '{"k":"v"',
        ":",
        "]",
    ],
    "json lines": ['{"a": 1\n', '{"a": "\n', "x\n", "[\n", '{"a":\n1}\n', '"\\n"\n', "\n"],
    "xml": [
        "<a>",
        "<a ",
        "<a",
        "<a b='",
        "<a b=c ",
        "</a>",
        "<a/>",
        "<!--",
        "<![CDATA[",
        "<?",
        "<!",
        "<!x [",
        "&",
        "&#65;",
        "&amp",
        "<",
        ">",
        "<a><b>x</b>",
        "<a x='&#65;' y=\"",
        "<é>",
        "</",
        "<a b=\"<a b='",
        "]]>",
        "<x1><x2>y</x2></x1>",
    ],
    "html": [
        "<a>",
        "<a ",
        "<a",
        "<a b='",
        "<table>",
        "<tr>",
        "<td>",
        "<table><tr><td>",
        "<table><tr><td>x</table>",
        "<dl><dt>",
        "<p hidden>",
        "<div hidden>",
        "<script>",
        "<!--",
        "<title>",
        "<label>",
        "<input value=1>",
        "<template>x",
        "&",
        "&#65",
        "<td colspan=1000 rowspan=65000>x<tr>",
        "<table><tr><th colspan=999>a<th>b<tr><td>x<tr>",
        "<b>x</b>",
        "<p style='color:",
        "<option value=x>",
        "<dd>",
        "</p>",
        "<x hidden><y>",
        "<!doctype ",
        "\n",
        " \t",
        "<pre>\n",
    ],
    "yaml": [
        "- ",
        "[",
        "{a: ",
        "a: &a [*a]\n",
        "? ",
        "'",
        '"',
        '"\\n',
        "a: |\n b\n",
        "--- \n",
        "!",
        "&a ",
        "*a ",
        "\t",
        "#",
        "a:\n ",
        "- a: b\n",
        '"\\u0041',
        "%",
        ": ",
        "é",
    ],
    "markdown": ["|", "|a|b|\n", "-|-\n", "a|b\n-|-\n", "```\n", "x", "\n", "| a | b |\n|---|---|\n| 1 | 2 |\n"],
    "jupyter notebook": ['{"cells":[', '{"cells":[{"source":["x",', '{"cells":[{"outputs":[{"text":"', "[{"],
}


@pytest.mark.parametrize(("name", "piece"), [(name, piece) for name, pieces in REPEATED.items() for piece in pieces])
def test_repetition_is_read_in_linear_time_and_whole(name: str, piece: str) -> None:
    size = 60_000
    data = (piece * (size // len(piece)) + " 219-09-9999").encode()
    begun = time.perf_counter()
    segments = _read(name, data)
    count = sum(len(segment.text) for segment in cast(Iterator[Segment], segments))
    assert time.perf_counter() - begun < SECONDS
    if name in ("json", "json lines", "xml", "yaml", "markdown") and "\\" not in piece and "&" not in piece:
        assert count == len(data.decode())


def _read(name: str, data: bytes) -> Iterator[object]:
    return iter(FORMATS[name].reader().read(Blob("x", BytesIO(data), len(data)), Reading()))


class _Endless:
    """A file of so many bytes that repeats a piece."""

    def __init__(self, begin: bytes, piece: bytes, size: int) -> None:
        self._begin, self._piece, self._left = begin, piece * (65536 // len(piece) + 1), size

    def read(self, count: int = -1) -> bytes:
        data = (self._begin + self._piece)[: min(count, self._left)]
        self._begin = b""
        self._left -= len(data)
        return data


@pytest.mark.parametrize(
    ("name", "begin", "piece"),
    [
        ("json", "[", '"x\\n", '),
        ("json", "", "[1] "),
        ("xml", "<a>", "<b x='1'>&#65;</b>"),
        ("html", "<table><tr><th>a<th>b", "<tr><td>x<td>y"),
        ("html", "<table><tr><td>", "<b>x</b> "),
        ("html", "<p hidden>", "x<b>y</b>\n"),
        ("html", "<span>x", "<!--x-->"),
        ("html", "<table>", "<tr><td>x<!--y-->"),
        ("jupyter notebook", '{"cells": [{"source": [', '"x\\n", '),
    ],
)
def test_memory_does_not_grow_with_the_file(name: str, begin: str, piece: str) -> None:
    peaks = []
    for size in (20_000, 100_000):
        stream = cast(IO[bytes], _Endless(begin.encode(), piece.encode(), size))
        segments = FORMATS[name].reader().read(Blob("x", stream), Reading())
        tracemalloc.start()
        for _ in segments:
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 1_500_000


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_truncated_file_is_read_up_to_its_end(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    for end in range(1, len(data), max(1, len(data) // 8)):
        short = tmp_path / path.name
        short.write_bytes(data[:end])
        [(_, outcome)] = records_of(short).items()
        assert outcome in ("clean", "findings"), end


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".xml", ".html", ".yaml", ".md", ".ipynb"])
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_wrong_suffix_loses_nothing(path: Path, suffix: str, tmp_path: Path) -> None:
    wrong = tmp_path / f"a{suffix}"
    wrong.write_bytes(path.read_bytes())
    found = {entity for _, entity, _ in findings_of(wrong)}
    expected = {entity for _, entity, _ in findings_of(path)} - {"DATE_OF_BIRTH", "DATE_TIME", "PERSON", "CREDIT_CARD"}
    assert expected <= found


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".xml", ".html", ".yaml", ".md", ".ipynb"])
@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"", "clean"),
        (b"\xef\xbb\xbf", "clean"),
        (b" \n", "clean"),
        (b"219-09-9999\0", "findings"),
        (b'{"a": "219-09-9999 \\u0000\\ud800 \\u200b\\u202e"}', "findings"),
        ("<a>\u200b\u202e 219-09-9999 \ufeff</a>".encode(), "findings"),
        (b"<a>\xff\xfe 219-09-9999</a>", "findings"),
        ("ssn: 219-09-9999 \u2028\u0085".encode(), "findings"),
        ("219-09-9999".encode("utf-16"), "findings"),
        (b"\xca\xfe\xba\xbe" + bytes(range(60)), "binary file"),
        (b"\x89PNG\r\n\x1a\n\0\0", "needs OCR"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)), "binary file (ELF program)"),
    ],
)
def test_odd_bytes_have_one_outcome_in_each_format(suffix: str, data: bytes, outcome: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    assert records_of(path) == {f"a{suffix}": outcome}


@settings(deadline=None, max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(FIXTURES),
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 40),
            st.sampled_from(
                [b"", b"<", b'"', b"\\", b"\0", b"{", b"]", b"\n", b"&#", b"<!--", b"|", b"\xff", b"'", b"<table>"]
            ),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_mutated_files_are_read_to_their_end(path: Path, edits: list[tuple[float, int, bytes]]) -> None:
    data = path.read_bytes()
    for place, dropped, added in edits:
        at = int(place * len(data))
        data = data[:at] + added + data[at + dropped :]
    events = list(documents(Blob(path.name, BytesIO(data), len(data)), Limits()))
    last = events[-1]
    if isinstance(last, Refused):  # NUL and other bytes that are no text
        assert last.record.reason == "binary file"
        return
    assert isinstance(last, Closed)
    assert last.document.failure is None
    assert any(isinstance(event, Piece) for event in events)
