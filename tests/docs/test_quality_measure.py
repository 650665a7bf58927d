"""The measure of the quality benchmark, on spans counted by hand."""

from benchmarks.quality import Counts, disjoint, judge

SCOPE = frozenset({"PERSON", "LOCATION"})


def test_an_overlap_of_the_same_type_counts_and_what_touches_only_other_labels_does_not() -> None:
    counts = Counts()
    labels = [(0, 8, "PERSON", 1.0), (20, 30, "LOCATION", 1.0), (40, 44, "TITLE", 1.0)]
    predicted = [(4, 8, "PERSON", 0.9), (22, 24, "PERSON", 0.9), (40, 44, "PERSON", 0.9), (50, 54, "LOCATION", 0.9)]
    kept = judge(labels, predicted, SCOPE, counts)
    assert sorted(span[0] for span in kept) == [4, 22, 50]
    assert (counts.gold.total(), counts.predicted.total(), counts.found.total(), counts.right.total()) == (2, 3, 1, 1)
    assert round(counts.f1(SCOPE), 3) == 0.4  # precision 1/3, recall 1/2


def test_predictions_are_made_disjoint_by_score_then_length() -> None:
    spans = [(0, 4, "PERSON", 0.5), (2, 9, "PERSON", 0.5), (8, 10, "PERSON", 0.9)]
    assert disjoint(spans) == [(8, 10, "PERSON", 0.9), (0, 4, "PERSON", 0.5)]
