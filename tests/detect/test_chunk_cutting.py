import re
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.core.text import Chunk, Location, Segment
from guardrails_cli.detect.chunks import MARGIN, advance, cut, split
from guardrails_cli.document.describe_findings import Places
from guardrails_cli.options.model import MAX_TEXT_BYTES

LONG = st.lists(
    st.tuples(st.sampled_from(["word ", "a line\n", "\r\n", "😀", "é", "x", "山\n"]), st.integers(1, 20_000)),
    max_size=6,
).map(lambda parts: "".join(piece * times for piece, times in parts))
"""Texts of up to some hundred thousand characters, of any number of bytes each."""

SHORT = st.text(alphabet="ab \né😀\ud800", max_size=600)


def size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, the slow and simple way."""
    before = text[:offset].split("\n")
    return len(before), len(before[-1]) + 1


def check(text: str, chunks: list[Chunk], limit: int, margin: int) -> None:
    ends = [len(text) if chunk.core_end == -1 else chunk.core_end for chunk in chunks]
    assert chunks[0].core_start == 0
    assert ends[-1] == len(text)
    assert all(left == right.core_start for left, right in zip(ends, chunks[1:], strict=False)), "cores tile the text"
    for chunk, core_end in zip(chunks, ends, strict=True):
        assert text[chunk.start : chunk.start + len(chunk.text)] == chunk.text
        assert chunk.start <= chunk.core_start <= core_end <= chunk.start + len(chunk.text)
        assert chunk.core_start < core_end or not text
        assert size(chunk.text) <= limit
        assert (chunk.line, chunk.column) == place(text, chunk.start)
        assert chunk.core_start - chunk.start >= margin or chunk.start == 0
        assert chunk.start + len(chunk.text) - core_end >= margin or core_end == len(text)


@settings(max_examples=50)
@given(LONG)
def test_chunks_tile_any_text_within_the_limit(text: str) -> None:
    check(text, list(split(text)), MAX_TEXT_BYTES, MARGIN)


@given(SHORT, st.integers(1, 16), st.integers(0, 100))
def test_chunks_tile_any_text_at_the_smallest_limits(text: str, margin: int, more: int) -> None:
    limit = 10 * margin + 4 + more
    check(text, list(split(text, limit, margin)), limit, margin)


def test_a_limit_without_room_for_a_core_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves no room between margins of 2 characters"):
        next(split("😀" * 100, limit=23, margin=2))


@settings(max_examples=25)
@given(LONG, st.integers(1, 50_000))
def test_what_is_found_chunk_by_chunk_is_what_is_found_in_the_whole(padding: str, every: int) -> None:
    mail = "jane.doe@example.com"
    text = f" {mail} ".join(padding[start : start + every] for start in range(0, len(padding), max(every, 500)))
    found = [
        chunk.start + match.start()
        for chunk in split(text)
        for match in re.finditer(re.escape(mail), chunk.text)
        if chunk.core_start <= chunk.start + match.start() < (len(text) if chunk.core_end < 0 else chunk.core_end)
    ]
    assert found == [match.start() for match in re.finditer(re.escape(mail), text)]


@pytest.mark.parametrize("text", ["", "x", "a\nb", "x" * MAX_TEXT_BYTES, "é" * (MAX_TEXT_BYTES // 2)])
def test_text_up_to_the_limit_is_one_chunk(text: str) -> None:
    assert list(split(text)) == [Chunk(text)]


@pytest.mark.parametrize("text", ["x" * (MAX_TEXT_BYTES + 1), "é" * (MAX_TEXT_BYTES // 2 + 1), "😀" * MAX_TEXT_BYTES])
def test_text_over_the_limit_is_several_chunks(text: str) -> None:
    assert len(list(split(text))) > 1


@pytest.mark.parametrize(("separator", "piece"), [("\n", "a line of text"), (" ", "word")])
def test_cores_begin_after_a_line_break_or_else_a_space(separator: str, piece: str) -> None:
    text = f"{piece}{separator}" * 20_000
    assert all(text[chunk.core_start - 1] == separator for chunk in split(text) if chunk.core_start)


def test_a_line_break_is_a_better_place_to_cut_than_a_space() -> None:
    text = ("word " * 100 + "\n") * 500
    assert all(text[chunk.core_start - 1] == "\n" for chunk in split(text) if chunk.core_start)


def test_a_text_without_any_place_to_cut_is_cut_all_the_same() -> None:
    text = "x" * 500_000
    chunks = list(split(text))
    check(text, chunks, MAX_TEXT_BYTES, MARGIN)
    assert all(earlier.core_start < later.core_start for earlier, later in pairwise(chunks))


def test_overlap_is_a_small_part_of_the_work() -> None:
    text = "An ordinary sentence of an ordinary text.\n" * 20_000
    assert sum(len(chunk.text) for chunk in split(text)) < 1.5 * len(text)


@pytest.mark.parametrize(
    ("text", "start", "end", "line", "column", "expected"),
    [
        ("abc", 0, 2, 1, 1, (1, 3)),
        ("a\nbc", 0, 3, 1, 1, (2, 2)),
        ("a\nbc", 0, 2, 1, 1, (2, 1)),
        ("a\n\n", 0, 3, 7, 4, (9, 1)),
        ("a\r\nb", 0, 3, 1, 1, (2, 1)),
        ("a\rb\u2028c", 0, 5, 1, 1, (1, 6)),
        ("abc", 1, 1, 3, 5, (3, 5)),
    ],
)
def test_only_a_line_feed_ends_a_line(
    text: str, start: int, end: int, line: int, column: int, expected: tuple[int, int]
) -> None:
    assert advance(text, start, end, line, column) == expected


# Documents that come in pieces


@settings(max_examples=50)
@given(LONG, st.lists(st.integers(1, 70_000), max_size=20))
def test_the_pieces_that_a_text_comes_in_make_no_difference(text: str, sizes: list[int]) -> None:
    pieces, start = [], 0
    for size_ in sizes:
        pieces.append(text[start : start + size_])
        start += size_
    segments = [Segment(piece) for piece in [*pieces, text[start:]]]
    assert list(cut(segments)) == list(split(text))


PARTS = st.lists(
    st.tuples(st.text(alphabet="ab \né", min_size=1, max_size=30), st.booleans(), st.integers(0, 3)), max_size=40
)
"""Segments: their text, whether they begin a part, and where they lie (0: nowhere)."""


@given(PARTS, st.integers(1, 8))
def test_every_character_is_where_its_segment_is(parts: list[tuple[str, bool, int]], margin: int) -> None:
    segments, lines = [], []
    for number, (text, begins, place) in enumerate(parts):
        location = Location(page=place) if place else None
        segments.append(Segment(text, location, line=number * 1000 if place == 2 else 0, column=5, begins=begins))
        lines += [(location, number * 1000 if place == 2 else 0, text, at) for at in range(len(text))]
    seen = 0
    for chunk in cut(segments, limit=10 * margin + 4, margin=margin):
        end = chunk.core_end if chunk.core_end >= 0 else chunk.start + len(chunk.text)
        places = Places(chunk)
        for offset in range(chunk.core_start, end):
            location, base, text, at = lines[offset]
            line, column, found = places.at(offset - chunk.start)
            assert found == location
            if base:
                assert (line, column) == advance(text, 0, at, base, 5)
            seen += 1
    assert seen == len(lines)


@given(PARTS)
def test_no_chunk_reaches_over_the_border_of_a_part(parts: list[tuple[str, bool, int]]) -> None:
    segments = [Segment(text, begins=begins) for text, begins, _ in parts]
    borders, length = set(), 0
    for segment in segments:
        if segment.begins:
            borders.add(length)
        length += len(segment.text)
    for chunk in cut(segments, limit=44, margin=4):
        assert not any(chunk.start < border < chunk.start + len(chunk.text) for border in borders)
        assert chunk.header is None or chunk.start not in borders


def test_memory_does_not_grow_with_the_text() -> None:
    tracemalloc.start()
    try:
        for _ in cut(Segment("a line of text\n" * 1000, Location(page=page)) for page in range(2000)):
            pass
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
