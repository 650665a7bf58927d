"""The use of a verdict: findings to redact, documents to block, and wording of the result."""

import pytest
from msgspec.structs import replace

from guardrails_cli.core.display import is_masked
from guardrails_cli.core.finding import Detection, Severity
from guardrails_cli.core.record import Action, DocumentResult
from guardrails_cli.core.text import Chunk, Document, Segment
from guardrails_cli.document.describe_findings import describe
from guardrails_cli.document.scan_chunk import scan_segments
from guardrails_cli.options.model import DetectOptions, EngineOptions
from guardrails_cli.policy.actions import is_blocked, to_redact
from guardrails_cli.policy.coverage import unchecked
from guardrails_cli.policy.evaluate import judge
from guardrails_cli.policy.load import builtin_packs
from guardrails_cli.policy.packs import Near, Rule
from guardrails_cli.results.json_form import report_violation
from guardrails_cli.results.summary import Summary
from guardrails_cli.results.summary_form import report_framework, report_summary
from tests.builders import a_pack, a_record, a_rule, a_violation

FAST = EngineOptions(model=None, profile="fast")
TEXT = "Write to jane@example.com or john@example.com, card 4111 1111 1111 1111."


def scan(text: str, *rules: Rule) -> DocumentResult:
    document = Document("a.txt", len(text), None, None)
    return scan_segments(document, [Segment(text)], DetectOptions(FAST), [a_pack(*rules)])


@pytest.mark.parametrize("action", Action)
def test_what_a_violated_rule_wants_redacted_is_told(action: Action) -> None:
    rule = a_rule(action=action, min_count=2)
    wanted = to_redact(scan(TEXT, rule))
    assert [finding.entity_type for finding in wanted] == ([] if action is Action.FLAG else ["EMAIL_ADDRESS"] * 2)
    assert to_redact(scan("Write to jane@example.com", rule)) == ()
    compliance = scan(TEXT, rule).compliance
    assert compliance is not None
    assert is_blocked(compliance) is (action is Action.BLOCK)


def test_a_violation_names_its_findings() -> None:
    record = scan(TEXT, a_rule(), a_rule("ACME_002", entity_types=("CREDIT_CARD",)))
    assert record.compliance is not None
    ids = {finding.id: finding for finding in record.findings}
    for violation in record.compliance.violations:
        assert len(violation.evidence) == violation.count
        assert all(violation.rule_id in ids[name].rule_ids for name in violation.evidence)
    assert len(ids) == len(record.findings)


def test_a_finding_has_the_same_id_in_every_scan_and_no_value_in_it() -> None:
    first, second = (scan(TEXT, a_rule()).findings for _ in range(2))
    assert [finding.id for finding in first] == [finding.id for finding in second]
    assert all(finding.id == f"{finding.fingerprint[:12]}-{finding.start}" for finding in first)


def test_the_specified_keys_of_a_violation_are_first_and_unchanged() -> None:
    shown = report_violation(replace(a_violation(), remediation="Delete it", evidence=("a-1",)))
    assert list(shown) == [
        "rule_id", "framework", "rule_name", "severity", "action", "message",
        "citation", "count", "evidence", "remediation",
    ]  # fmt: skip


# Wording of a run's result


def summary_of(*records: DocumentResult) -> Summary:
    rules = [a_rule(f"ACME_00{number}") for number in range(1, 5)]
    summary = Summary(packs=[a_pack(*rules)], unchecked={"ACME_003": "pictures", "ACME_001": "no model"})
    for record in records:
        summary.add(record)
    return summary


def test_every_rule_is_violated_passed_or_not_checked() -> None:
    summary = summary_of(
        a_record("a", violations=(a_violation("ACME_001", count=7), a_violation("ACME_002"))),
        a_record("b", violations=(a_violation("ACME_002", severity=Severity.CRITICAL),)),
        a_record("c", frameworks=("ACME",)),
        a_record("d", reason="binary file"),
    )
    shown = report_framework(summary, "ACME")
    assert shown["verdict"] == "evidence of violation in 2 of 3 documents"
    assert [shown[f"rules_{name}"] for name in ("checked", "violated", "passed", "not_checked")] == [3, 2, 1, 1]
    assert [(each["rule_id"], each["severity"], each["documents"], each["findings"]) for each in shown["violated"]] == [
        ("ACME_002", "CRITICAL", 2, 2),
        ("ACME_001", "MEDIUM", 1, 7),
    ]
    assert shown["not_checked"] == [{"rule_id": "ACME_003", "rule_name": "Mail", "reason": "pictures"}]


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        (0, "no document was checked"),
        (1, "no evidence of violation in 1 document"),
        (1200, "no evidence of violation in 1,200 documents"),
    ],
)
def test_that_nothing_was_found_is_no_promise(number: int, verdict: str) -> None:
    summary = summary_of(*[a_record("a", frameworks=("ACME",))] * number)
    assert report_framework(summary, "ACME")["verdict"] == verdict
    assert "compliant" not in verdict


def test_documents_are_counted_by_action() -> None:
    block = replace(a_violation(), action=Action.BLOCK)
    summary = summary_of(a_record("a", violations=(block, block, a_violation())), a_record("b", violations=(block,)))
    assert report_summary(summary)["by_action"] == {"FLAG": 1, "REDACT": 0, "BLOCK": 2}


# Rules that a scan cannot check

MODEL = DetectOptions(EngineOptions())


@pytest.mark.parametrize(
    ("types", "options", "reason"),
    [
        (("EMAIL_ADDRESS",), DetectOptions(FAST), None),
        (("PERSON",), MODEL, None),
        (("PERSON",), DetectOptions(FAST), "without the language model PERSON is found in fields and tables only"),
        (("PERSON", "URL"), DetectOptions(FAST), None),
        (("URL",), DetectOptions(FAST, excluded=("URL",)), "the options leave out URL"),
        (("URL",), DetectOptions(FAST, entities=("US_SSN",)), "the options leave out URL"),
        (("BADGE",), MODEL, "nothing finds BADGE; see --recognizers"),
        (("BADGE",), DetectOptions(EngineOptions(countries=("de",))), None),
    ],
)
def test_a_rule_that_the_options_cannot_check_is_told(
    types: tuple[str, ...], options: DetectOptions, reason: str | None
) -> None:
    for rule in (
        a_rule(entity_types=types),
        replace(a_rule(entity_types=("US_SSN", "EMAIL_ADDRESS")), near=Near(frozenset(types), 0.0, 9)),
    ):
        told = unchecked([a_pack(rule)], options)
        assert told.get("ACME_001", "").startswith(reason or "")
        assert bool(told) is (reason is not None)


def test_rules_that_nothing_can_find_are_never_checked() -> None:
    told = unchecked(builtin_packs(), MODEL)
    assert set(told) == {rule.rule_id for pack in builtin_packs() for rule in pack.rules if not rule.detectable}


# Masked numbers (PCI DSS 3.4.1)


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("411111******1111", True),
        ("4111 11XX XXXX 1111", True),
        ("41111111****1111", True),
        ("************1111", True),
        ("XXXX-XXXX-XXXX-1111", True),
        ("***-**-9999", True),
        ("4111111111111111", False),
        ("411111111***1111", False),
        ("411111*****11111", False),
        ("4111********", True),
        ("219-09-9999", False),
        ("", False),
    ],
)
def test_a_number_is_masked_if_it_shows_no_more_than_the_standard_allows(value: str, masked: bool) -> None:
    assert is_masked(value) is masked


@pytest.mark.parametrize(("text", "fires"), [("411111******1111", False), ("41111111****11111", True)])
def test_a_masked_card_number_that_somebodys_recognizer_finds_is_no_violation(text: str, fires: bool) -> None:
    (finding,) = describe([Detection("CREDIT_CARD", 5, 5 + len(text), 0.9, "own")], Chunk(f"card {text}"), b"key")
    assert judge([finding], builtin_packs(["PCI_DSS"])).compliance.compliant is not fires
