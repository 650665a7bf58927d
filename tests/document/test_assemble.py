"""Records from events and results: in whatever order the results come, whoever reads and whoever scans."""

from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.core.finding import ChunkResult
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status, Unscanned
from guardrails_cli.core.source import Commit, Source
from guardrails_cli.core.text import Chunk, Document
from guardrails_cli.document.assemble import Assembly, Found, Place, assembled
from guardrails_cli.document.document_record import Tally
from guardrails_cli.inputs.reading.events import Began, Closed, Ended, Event, Opened, Piece, Refused
from guardrails_cli.policy.rulebook import Rulebook
from tests.builders import a_finding

CUT = Reason(ReasonCode.DAMAGED, "cut")


def tally(path: str, name: str) -> Tally:
    return Tally(Rulebook(()), path=path, format_=name)


def found_in(chunk: Chunk) -> Found:
    """Return a finding for each chunk, but for those that cannot be scanned."""
    if "?" in chunk.text:
        return Found(error=Reason(ReasonCode.ANALYSIS_FAILED, f"not possible at {chunk.start}"))
    return Found(ChunkResult((a_finding("US_SSN", start=chunk.start),), (), 0.25))


@st.composite
def sources(draw: st.DrawFn) -> list[Event]:
    """Return what reading a source with several documents tells."""
    told: list[Event] = []
    for number in range(draw(st.integers(1, 5))):
        path = f"a.zip!{number}.txt"
        told.append(Began(number, path, 10))
        if draw(st.booleans()):
            texts = draw(st.lists(st.sampled_from(("fine", "bad?")), max_size=4))
            told.append(Opened(number, path, "text"))
            told += [Piece(Chunk(text, 100 * place)) for place, text in enumerate(texts)]
            told.append(Closed(number, Document(path, 10, "00", "utf-8", failure=draw(st.none() | st.just(CUT)))))
            told.append(Ended(number))
        else:
            told.append(Refused(number, Unscanned(path, 10, Status.SKIPPED, Reason(ReasonCode.BINARY, "binary"))))
    return told


def one_after_the_other(events: list[Event]) -> list[DocumentResult]:
    ends = assembled(events, lambda _, chunk: found_in(chunk), tally)
    return [end.record for end in ends if end is not None]


@given(sources(), st.randoms(use_true_random=False))
def test_results_may_come_in_any_order(events: list[Event], random: st.DataObject) -> None:
    assembly, waiting, records = Assembly(tally), list[tuple[Place, int, Found]](), []
    for event in events:
        if isinstance(event, Piece):
            assert assembly.current is not None
            assert assembly.current.open is not None
            waiting.append((assembly.current, assembly.current.open.add_chunk(event.chunk), found_in(event.chunk)))
        else:
            assembly.follow(event)
        records += [end.record for end in assembly.ready()]
    random.shuffle(waiting)  # type: ignore[attr-defined]  # it is a random.Random
    for result in waiting:
        assembly.add_result(*result)
        records += [end.record for end in assembly.ready()]
    assert assembly.is_empty
    expected = one_after_the_other(events)
    assert [record.path for record in records] == [record.path for record in expected]
    for record, other in zip(records, expected, strict=True):
        if "not possible" not in (other.reason or ""):  # of several reasons the first to come is told
            assert record == other


@given(sources())
def test_the_answer_of_a_worker_gives_the_same_records(events: list[Event]) -> None:
    assembly = Assembly(tally)
    for event in events:
        assembly.tell(found_in(event.chunk) if isinstance(event, Piece) else event)
    assert [end.record for end in assembly.ready()] == one_after_the_other(events)


@given(sources(), st.integers(0, 20))
def test_whatever_is_begun_has_a_record(events: list[Event], stop: int) -> None:
    assembly = Assembly(tally)
    for event in events[:stop]:
        if not isinstance(event, Piece):
            assembly.follow(event)
        elif assembly.current is not None and assembly.current.open is not None:
            assembly.current.open.add_chunk(event.chunk)
    assembly.give_up(Status.SKIPPED, Reason(ReasonCode.INTERRUPTED, "interrupted"))
    begun = [event for event in events[:stop] if isinstance(event, Opened | Refused)]
    assert len(list(assembly.ready())) == len(begun)
    assert assembly.is_empty


def test_the_commit_of_a_source_is_in_its_records() -> None:
    commit = Commit("0" * 40, "A. Author", "2026-01-01T00:00:00Z")
    assembly = Assembly(tally, Source("a.txt", "oid", 3, commit=commit, added=((1, 1),)))
    assembly.tell(Opened(0, "a.txt", "text"))
    assert assembly.current is not None
    place, chunks = assembly.current, [Chunk("x\n", line=1), Chunk("y\n", 2, 2, line=2)]
    assert place.open is not None
    numbers = [place.open.add_chunk(chunk) for chunk in chunks]
    assembly.tell(Closed(0, Document("a.txt", 4, None, None)))
    for number, chunk in zip(numbers, chunks, strict=True):
        assembly.add_result(place, number, Found(ChunkResult((a_finding("US_SSN", start=chunk.start),), (), 0.0)))
    (end,) = assembly.ready()
    assert end.record.commit == commit
    assert [found.start for found in end.record.findings] == [0], "the second line is not new"


def test_a_document_that_breaks_off_after_it_was_opened_has_one_record() -> None:
    about = Unscanned("a.gz", 10, Status.FAILED, CUT)
    events: list[Event] = [Opened(0, "a.gz", "gzip"), Piece(Chunk("fine")), Refused(0, about)]
    (record,) = one_after_the_other(events)
    assert (record.path, record.status, record.reason, record.finding_count) == ("a.gz", Status.FAILED, "cut", 1)
