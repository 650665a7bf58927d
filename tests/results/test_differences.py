"""Differences between two scans."""

from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.results.differences import Known, compare, is_unread, known
from tests.builders import a_finding, a_record

KNOWN = st.builds(
    Known, st.sampled_from(["a", "b", "b/c", "b/c!d"]), st.sampled_from(["US_SSN", "URL"]), st.text("01", max_size=2)
)
SETS = st.frozensets(KNOWN)


@given(SETS, SETS, st.frozensets(st.sampled_from(["a", "b", "b/c"])))
def test_every_finding_is_in_exactly_one_part(
    before: frozenset[Known], after: frozenset[Known], unread: frozenset[str]
) -> None:
    changes = compare(before, after, unread)
    parts = [set(changes.new), set(changes.fixed), set(changes.unchanged), set(changes.unknown)]
    assert set().union(*parts) == before | after
    assert sum(map(len, parts)) == len(before | after)
    assert parts[0] | parts[2] == after


@given(SETS, SETS)
def test_the_other_way_round_new_is_fixed(before: frozenset[Known], after: frozenset[Known]) -> None:
    there, back = compare(before, after), compare(after, before)
    assert (there.new, there.fixed, there.unchanged) == (back.fixed, back.new, back.unchanged)


def test_what_could_not_be_read_is_neither_fixed_nor_there() -> None:
    before = {Known(path, "US_SSN", "0") for path in ("a.txt", "b.zip!in/c.txt", "dir/d.txt", "dir2/e.txt", "b.zip2")}
    changes = compare(before, set(), {"a.txt", "b.zip", "dir"})
    assert {one.path for one in changes.unknown} == {"a.txt", "b.zip!in/c.txt", "dir/d.txt"}
    assert {one.path for one in changes.fixed} == {"dir2/e.txt", "b.zip2"}


def test_a_value_counts_once_in_a_document_wherever_it_stands() -> None:
    record = a_record("a", a_finding(start=1), a_finding(start=50))
    assert len(set(known(record))) == 1


def test_a_document_that_failed_or_was_skipped_says_nothing() -> None:
    unread = {status for status in Status if is_unread(DocumentResult("a", 1, None, status))}
    assert unread == {Status.FAILED, Status.SKIPPED}
