"""The books of what is in flight: what goes out again, what goes alone, who is given up."""

from guardrails_cli.cluster.batch import Suspicion, Unit, UnitResult
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Chunk
from guardrails_cli.execute.in_flight import InFlight, Parcel
from guardrails_cli.execute.in_flight_limit import Fixed


class Batches:
    """A feed of the given batches."""

    def __init__(self, *batches: list[Unit]) -> None:
        self._batches = list(batches)

    @property
    def exhausted(self) -> bool:
        return not self._batches

    def take(self) -> list[Unit] | None:
        return self._batches.pop(0) if self._batches else None


NONE = Batches()


def units(*documents: int) -> list[Unit]:
    return [Unit(document, 0, Chunk("text")) for document in documents]


def sent(books: InFlight, feed: Batches = NONE) -> tuple[str, list[int], bool]:
    """Hand the next parcel out; return its name, its documents and whether it is alone."""
    parcel = books.next(feed)
    assert parcel is not None
    return books.hand_out(parcel), [unit.document for unit in parcel.units], parcel.alone


def reasons(results: list[UnitResult]) -> dict[int, str | None]:
    return {result.document: result.error for result in results}


def test_no_more_is_taken_than_the_window_holds() -> None:
    books, feed = InFlight(Fixed(2)), Batches(units(1), units(2), units(3))
    first, _, _ = sent(books, feed)
    sent(books, feed)
    assert books.next(feed) is None
    assert books.answered(first)
    assert sent(books, feed)[1] == [3]


def test_only_the_first_answer_of_a_parcel_counts() -> None:
    books = InFlight(Fixed(2))
    parcel = Parcel(units(1))
    first, second = books.hand_out(parcel), books.hand_out(parcel)
    assert books.answered(second)
    assert not books.answered(first)
    assert not books.answered("unheard of")
    assert not books


def test_a_name_that_is_lost_matters_only_if_it_was_the_last() -> None:
    books = InFlight(Fixed(2))
    parcel = Parcel(units(1))
    first, second = books.hand_out(parcel), books.hand_out(parcel)
    books.lost(first)
    assert books.next(NONE) is None
    books.lost(second)
    assert sent(books)[1] == [1]


def test_suspects_go_out_one_by_one_with_nothing_beside_them() -> None:
    books, feed = InFlight(Fixed(4)), Batches(units(1, 2), units(3), units(4), units(5))
    names = [sent(books, feed)[0] for _ in range(3)]
    assert list(books.killed_its_worker(names[0])) == []
    assert list(books.killed_its_worker(names[1])) == []
    assert books.next(feed) is None, "the third is still out"
    assert books.answered(names[2])
    alone = sent(books, feed)
    assert alone[1:] == ([1, 2], True)
    assert books.next(feed) is None, "one suspect at a time"
    assert books.answered(alone[0])
    assert sent(books, feed)[1:] == ([3], True)


def test_whoever_kills_its_worker_is_found_among_its_neighbours_and_given_up() -> None:
    books, feed = InFlight(Fixed(4)), Batches(units(1, 2, 3), units(4))
    for name in [sent(books, feed)[0] for _ in range(2)]:
        assert list(books.killed_its_worker(name)) == []
    failed: list[UnitResult] = []
    deaths = 1
    while (parcel := books.next(feed)) is not None:
        name = books.hand_out(parcel)
        if any(unit.document == 2 for unit in parcel.units):
            deaths += 1
            failed += books.killed_its_worker(name)
        else:
            assert books.answered(name)
    assert reasons(failed) == {2: "its worker died while scanning it, 3 times"}
    assert deaths == 5


def test_a_process_that_dies_blames_only_what_it_had() -> None:
    books, feed = InFlight(Fixed(4)), Batches(units(1, 2), units(3))
    first, second = sent(books, feed)[0], sent(books, feed)[0]
    assert list(books.killed_its_process(first)) == []
    assert [sent(books)[1:] for _ in range(2)] == [([1], False), ([2], False)]
    failed: list[UnitResult] = []
    for _ in range(3):
        failed += books.killed_its_process(second)
        second = sent(books)[0] if not failed else ""
    assert reasons(failed) == {3: "its worker process died while scanning it, 3 times"}


TOO_SLOW = Reason(ReasonCode.TIMED_OUT, "too slow")
NO_MODEL = Reason(ReasonCode.WORKER_UNUSABLE, "no model")


def test_a_batch_that_fails_is_taken_apart_unless_the_reason_is_one_of_all() -> None:
    books, feed = InFlight(Fixed(4)), Batches(units(1, 2), units(3, 4))
    first, second = sent(books, feed)[0], sent(books, feed)[0]
    assert list(books.failed(first, TOO_SLOW, every=False)) == []
    assert reasons(list(books.failed(second, NO_MODEL, every=True))) == {3: "no model", 4: "no model"}
    one, other = sent(books)[0], sent(books)[0]
    assert reasons(list(books.failed(one, TOO_SLOW, every=False))) == {1: "too slow"}
    assert books.answered(other)


def test_what_the_broker_lost_goes_out_again_and_nobody_is_blamed() -> None:
    books, feed = InFlight(Fixed(4)), Batches(units(1), units(2))
    for _ in range(10):
        names = [sent(books, feed)[0] for _ in range(2)]
        books.lost_all()
    assert not books.answered(names[0])
    assert sorted(sent(books)[1] for _ in range(2)) == [[1], [2]]


def test_a_parcel_is_passed_once_a_later_one_is_begun() -> None:
    books, feed = InFlight(Fixed(4)), Batches(units(1), units(2), units(3))
    first, second, third = (sent(books, feed)[0] for _ in range(3))
    books.reached(second)
    assert [books.is_passed(name) for name in (first, second, third)] == [True, False, False]


def test_a_source_that_was_alone_with_a_worker_that_died_comes_back_at_once() -> None:
    books = InFlight(Fixed(4))
    source = Unit(1, 0, Reference("a.zip", "/a.zip", 10, ""))
    feed = Batches([source, *units(2)], units(3))
    for _ in range(2):  # with its neighbours, then with its batch
        name = sent(books, feed)[0]
        assert list(books.killed_its_worker(name)) == []
    (result,) = books.killed_its_worker(sent(books)[0])
    assert (result.document, result.suspicion) == (1, Suspicion(1, alone=True))
    assert sent(books)[1:] == ([2], True), "its neighbour goes on"


def test_chunks_of_a_suspect_go_out_alone_with_the_attempts_that_are_left() -> None:
    held = Suspicion(1, alone=True)
    suspects = [Unit(1, index, Chunk("text"), held) for index in range(2)]
    books, feed = InFlight(Fixed(4)), Batches([*units(5), *suspects], units(6))
    first = sent(books, feed)
    assert first[1:] == ([5], False)
    assert books.next(feed) is None
    assert books.answered(first[0])
    failed: list[UnitResult] = []
    for _ in range(2):
        name, documents, alone = sent(books, feed)
        assert (documents, alone) == ([1], True)
        failed += books.killed_its_worker(name)
    assert reasons(failed) == {1: "its worker died while scanning it, 3 times"}
    assert books.answered(sent(books, feed)[0])
    assert sent(books, feed)[1:] == ([6], False)


def test_chunks_of_a_source_whose_process_died_go_out_one_by_one_beside_others() -> None:
    suspects = [Unit(1, index, Chunk("text"), Suspicion(1, alone=False)) for index in range(2)]
    books, feed = InFlight(Fixed(4)), Batches(suspects, units(6))
    assert [sent(books, feed)[1:] for _ in range(3)] == [([1], False), ([1], False), ([6], False)]
