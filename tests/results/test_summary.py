from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.core.finding import Finding, Severity
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.results.summary import ALIKE_KEPT, FAILURES_KEPT, LOUDEST_KEPT, WORST_KEPT, Summary
from tests.builders import a_finding, a_record, a_violation

FINDINGS = st.lists(
    st.builds(a_finding, st.sampled_from(["EMAIL_ADDRESS", "US_SSN", "URL"]), severity=st.sampled_from(Severity)),
    max_size=5,
)
RECORDS = st.lists(
    st.one_of(
        st.builds(
            lambda findings, size, risk: a_record("a.txt", *findings, size_bytes=size, risk=risk),
            FINDINGS,
            st.integers(0, 1000),
            st.floats(0, 100),
        ),
        st.builds(
            lambda reason, status: a_record("b.bin", reason=reason, status=status),
            st.sampled_from(["binary file", "cannot read: Permission denied"]),
            st.sampled_from([Status.SKIPPED, Status.FAILED]),
        ),
    ),
    max_size=40,
)


def summary_of(*records: DocumentResult) -> Summary:
    summary = Summary()
    for record in records:
        summary.add(record)
    return summary


def test_a_run_without_documents_counts_nothing() -> None:
    summary = summary_of()
    assert (summary.documents, summary.bytes, summary.findings, summary.scanned) == (0, 0, 0, 0)
    assert (summary.worst, summary.loudest, summary.failures) == ([], [], [])
    assert summary.reaches(Severity.LOW) == 0


@given(RECORDS)
def test_counts_add_up(records: list[DocumentResult]) -> None:
    summary = summary_of(*records)
    findings = [finding for record in records for finding in record.findings]
    assert summary.documents == len(records) == summary.statuses.total()
    assert summary.bytes == sum(record.size_bytes for record in records)
    assert summary.findings == len(findings) == summary.severities.total() == summary.entity_types.total()
    assert summary.scanned == summary.risk_levels.total()
    assert summary.documents - summary.scanned == summary.reasons.total()
    assert summary.reaches(Severity.LOW) == summary.findings


@given(RECORDS)
def test_fewer_findings_reach_a_higher_level(records: list[DocumentResult]) -> None:
    summary = summary_of(*records)
    reached = [summary.reaches(severity) for severity in Severity]
    assert reached == sorted(reached, reverse=True)


@given(RECORDS)
def test_the_worst_documents_are_those_of_highest_risk_the_earlier_first(
    records: list[DocumentResult],
) -> None:
    expected = sorted(
        (record for record in records if record.findings and record.risk),
        key=lambda record: -record.risk.overall_score if record.risk else 0,
    )
    assert [(value, count) for _, value, _, count in summary_of(*records).worst] == [
        (record.risk.overall_score, len(record.findings)) for record in expected[:WORST_KEPT] if record.risk
    ]


@given(st.lists(FINDINGS, max_size=10))
def test_the_loudest_findings_are_the_most_severe_the_earlier_first(documents: list[list[Finding]]) -> None:
    records = [a_record(f"{number}.txt", *findings) for number, findings in enumerate(documents)]
    everything = [(record.path, finding) for record in records for finding in record.findings]
    seen: Counter[tuple[Severity, str]] = Counter()
    kept = []
    for path, finding in everything:
        seen[finding.severity, finding.entity_type] += 1
        if seen[finding.severity, finding.entity_type] <= ALIKE_KEPT:
            kept.append((path, finding))
    expected = sorted(kept, key=lambda found: -found[1].severity)[:LOUDEST_KEPT]
    assert summary_of(*records).loudest == expected


def test_one_entity_type_does_not_hide_the_others() -> None:
    cards = [a_finding("CREDIT_CARD", severity=Severity.CRITICAL, start=100 * number) for number in range(50)]
    other = a_finding("PROMPT_INJECTION", severity=Severity.HIGH, start=9000)
    shown = [finding.entity_type for _, finding in summary_of(a_record("a", *cards, other)).loudest]
    assert shown == ["CREDIT_CARD"] * ALIKE_KEPT + ["PROMPT_INJECTION"]


def test_statuses_are_counted() -> None:
    summary = summary_of(
        a_record("a", a_finding()),
        a_record("b"),
        a_record("c", reason="binary file"),
        a_record("d", reason="cannot read", status=Status.FAILED),
    )
    assert summary.statuses == dict.fromkeys(Status, 1)
    assert summary.scanned == 2
    assert summary.reasons == {"binary file": 1, "cannot read": 1}


def test_a_document_counts_once_for_each_rule_and_once_for_each_framework() -> None:
    summary = summary_of(
        a_record("a", violations=(a_violation("ACME_001", count=7), a_violation("ACME_002"))),
        a_record("b", violations=(a_violation("ACME_001"),)),
        a_record("c"),
    )
    assert summary.frameworks["ACME"].documents == 2
    assert summary.frameworks["ACME"].rules == {"ACME_001": 2, "ACME_002": 1}


def test_a_framework_that_nothing_violates_is_named() -> None:
    summary = summary_of(a_record("a", frameworks=("ACME", "GDPR"), violations=(a_violation(),)))
    assert {name: framework.documents for name, framework in summary.frameworks.items()} == {
        "ACME": 1,
        "GDPR": 0,
    }


def test_the_first_failures_are_kept_and_all_are_counted() -> None:
    records = [a_record(f"{n}", reason=f"reason {n}", status=Status.FAILED) for n in range(FAILURES_KEPT + 5)]
    summary = summary_of(a_record("skipped", reason="binary file"), *records)
    assert summary.failures == [(f"{n}", f"reason {n}") for n in range(FAILURES_KEPT)]
    assert summary.statuses[Status.FAILED] == FAILURES_KEPT + 5


def test_a_clean_document_is_never_among_the_worst() -> None:
    assert summary_of(a_record("clean", risk=40.0)).worst == []


@pytest.mark.parametrize(
    ("level", "count"), [(Severity.LOW, 4), (Severity.MEDIUM, 3), (Severity.HIGH, 2), (Severity.CRITICAL, 1)]
)
def test_findings_of_a_level_or_worse_are_counted(level: Severity, count: int) -> None:
    assert summary_of(a_record("a", *(a_finding(severity=severity) for severity in Severity))).reaches(level) == count
