"""The record of a document's findings."""

import pytest
from msgspec.structs import replace

from guardrails_cli.core.finding import ChunkResult, Finding, Severity
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status, Unlisted
from guardrails_cli.core.text import Document, Location
from guardrails_cli.document.document_record import Tally
from guardrails_cli.policy.packs import Pack
from guardrails_cli.policy.rulebook import Rulebook
from tests.builders import a_finding, a_pack, a_rule

DOCUMENT = Document("a.txt", 100, "f" * 64, "utf-8")


def record_of(*findings: Finding, packs: tuple[Pack, ...] = (), most: int = 100, chunks: int = 1) -> DocumentResult:
    """Return the record of a document whose findings come in `chunks` pieces."""
    tally = Tally(Rulebook(packs), most)
    step = max(1, -(-len(findings) // chunks))
    for start in range(0, len(findings), step):
        tally.add(ChunkResult(findings[start : start + step], (), 0.5))
    return tally.record(DOCUMENT)


def test_a_finding_is_marked_with_the_violated_rules_it_counts_towards() -> None:
    packs = (a_pack(a_rule("B_001"), a_rule("A_001"), a_rule("C_001", entity_types=("URL",))),)
    (marked,) = record_of(a_finding(), packs=packs).findings
    assert marked.rule_ids == ("A_001", "B_001")


@pytest.mark.parametrize(
    ("own", "of_the_rule", "shown"),
    [
        (Severity.LOW, Severity.CRITICAL, Severity.CRITICAL),
        (Severity.MEDIUM, Severity.MEDIUM, Severity.MEDIUM),
        (Severity.CRITICAL, Severity.LOW, Severity.CRITICAL),
    ],
)
def test_a_rule_raises_a_findings_severity_and_never_lowers_it(
    own: Severity, of_the_rule: Severity, shown: Severity
) -> None:
    (marked,) = record_of(a_finding(severity=own), packs=(a_pack(a_rule(severity=of_the_rule)),)).findings
    assert marked.severity is shown


def test_a_finding_below_a_rules_score_is_not_marked_with_it() -> None:
    record = record_of(a_finding(score=0.9), a_finding(start=30, score=0.4), packs=(a_pack(a_rule(min_score=0.5)),))
    assert [finding.rule_ids for finding in record.findings] == [("ACME_001",), ()]


def test_a_finding_is_not_marked_with_a_rule_whose_count_is_not_reached() -> None:
    finding = a_finding()
    packs = (a_pack(a_rule(min_count=2, severity=Severity.CRITICAL)),)
    assert record_of(finding, packs=packs).findings == (finding,)


@pytest.mark.parametrize("chunks", [1, 2, 7])
def test_what_is_not_listed_is_counted_by_type_and_severity(chunks: int) -> None:
    found = [a_finding(start=start) for start in range(10)]
    found += [a_finding("US_SSN", severity=Severity.CRITICAL, start=start) for start in range(10, 15)]
    record = record_of(*found, most=8, chunks=chunks)
    assert [finding.start for finding in record.findings] == list(range(8))
    assert record.unlisted == (
        Unlisted("EMAIL_ADDRESS", Severity.MEDIUM, 2),
        Unlisted("US_SSN", Severity.CRITICAL, 5),
    )
    assert record.finding_count == 15
    assert record.severity is Severity.CRITICAL
    assert record.risk is not None
    assert record.risk.total_entities == 15


def test_the_limit_of_the_list_changes_nothing_else() -> None:
    packs = (a_pack(a_rule(min_count=5)),)
    found = [a_finding(start=start, score=0.5 + start / 40) for start in range(20)]
    short, long = (record_of(*found, packs=packs, most=most) for most in (3, 100))
    assert (short.risk, short.compliance, short.finding_count) == (long.risk, long.compliance, long.finding_count)
    assert short.findings == long.findings[:3]


def test_the_columns_of_a_table_are_summed_up() -> None:
    def cell(row: int, column: str, kind: str = "EMAIL_ADDRESS", start: int = 0) -> Finding:
        place = Location(table="Sheet1", row=row, column=column)
        return replace(a_finding(kind, start=row * 100 + start), location=place)

    tally = Tally(Rulebook([]))
    tally.add(ChunkResult((cell(2, "mail"), cell(2, "mail", start=30), cell(3, "mail")), (), 0.0))
    tally.add(ChunkResult((cell(3, "note", "URL", start=60), cell(4, "mail")), (), 0.0))
    record = tally.record(replace(DOCUMENT, rows=(("Sheet1", 10),)))
    assert [(one.column, one.entity_type, one.findings, one.rows, one.of_rows) for one in record.columns] == [
        ("mail", "EMAIL_ADDRESS", 4, 3, 10),
        ("note", "URL", 1, 1, 10),
    ]


def test_a_document_that_broke_off_is_failed_with_what_was_found_in_it() -> None:
    tally = Tally(Rulebook([]))
    tally.add(ChunkResult((a_finding(),), (), 0.0))
    record = tally.record(replace(DOCUMENT, failure=Reason(ReasonCode.DAMAGED, "damaged after page 3")))
    assert (record.status, record.reason, record.finding_count) == (Status.FAILED, "damaged after page 3", 1)
