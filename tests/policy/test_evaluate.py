"""The rules that findings violate: by examples, and against a slow evaluator that sees all findings at once."""

from collections.abc import Callable, Iterable, Sequence
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrails_cli.core.finding import ChunkResult, Finding, Severity
from guardrails_cli.core.record import Action, Violation
from guardrails_cli.core.text import Document, Location
from guardrails_cli.document.assemble import Found, OpenDocument
from guardrails_cli.document.document_record import Tally
from guardrails_cli.inputs.reading.events import Opened
from guardrails_cli.policy import evaluate
from guardrails_cli.policy.evaluate import Evaluator, judge, severity_for
from guardrails_cli.policy.load import builtin_packs
from guardrails_cli.policy.packs import Exemption, Near, Pack, Place, Rule, Scope
from guardrails_cli.policy.rulebook import Rulebook, column_fits, column_name
from tests.builders import a_finding, a_pack, a_rule

PERSON, HEALTH = "PERSON", "HEALTH_DATA"


def found(*entities: tuple[str, float]) -> list[Finding]:
    return [a_finding(name, score=score, start=100 * number) for number, (name, score) in enumerate(entities)]


def at(
    entity_type: str, start: int, end: int = 0, row: int | None = None, column: str | None = None, mark: str = ""
) -> Finding:
    """Return a finding of five characters, in a row of a table if there is one."""
    place = None if row is None else Location(row=row, column=column)
    finding = a_finding(entity_type, start=start)
    return replace(finding, end=end or start + 5, location=place, fingerprint=mark.ljust(32, "0"))


def near_rule(within: int | Scope, **changes: object) -> Rule:
    rule = a_rule("ACME_001", entity_types=(PERSON,))
    return replace(rule, near=Near(frozenset({HEALTH}), 0.0, within), **changes)


def violated(findings: Iterable[Finding], *rules: Rule, path: str = "", format_: str = "text") -> dict[str, int]:
    verdict = judge(findings, [a_pack(*rules)], path, format_)
    return {violation.rule_id: violation.count for violation in verdict.compliance.violations}


# One finding


@pytest.mark.parametrize(
    ("entity_type", "score", "counts"),
    [
        ("EMAIL_ADDRESS", 1.0, True),
        ("EMAIL_ADDRESS", 0.5, True),
        ("EMAIL_ADDRESS", 0.49, False),
        ("URL", 1.0, True),
        ("US_SSN", 1.0, False),
        ("email_address", 1.0, False),
    ],
)
def test_a_rule_counts_findings_of_its_types_from_its_score_on(entity_type: str, score: float, counts: bool) -> None:
    rule = a_rule(entity_types=("EMAIL_ADDRESS", "URL"), min_score=0.5)
    assert violated(found((entity_type, score)), rule) == ({"ACME_001": 1} if counts else {})


@pytest.mark.parametrize(("number", "breaks"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_a_rule_is_violated_from_its_count_on(number: int, breaks: bool) -> None:
    compliance = judge(found(*[("EMAIL_ADDRESS", 1.0)] * number), [a_pack(a_rule(min_count=3))]).compliance
    assert bool(compliance.violations) is breaks
    assert compliance.compliant is not breaks


def test_a_violation_says_what_its_rule_says() -> None:
    rule = replace(a_rule("ACME_007", severity=Severity.HIGH, action=Action.BLOCK), remediation="Delete it")
    assert judge([a_finding()], [a_pack(rule)]).compliance.violations == (
        Violation("ACME_007", "ACME", "Mail", Severity.HIGH, Action.BLOCK, "Ask first", "Handbook 1", 1, "Delete it"),
    )


def test_violations_come_worst_first_then_by_rule() -> None:
    rules = [
        a_rule("B_002"),
        a_rule("B_001"),
        a_rule("C_001", severity=Severity.CRITICAL),
        a_rule("A_001", severity=Severity.LOW),
    ]
    assert list(violated([a_finding()], *rules)) == ["C_001", "B_001", "B_002", "A_001"]


def test_frameworks_checked_are_named_sorted_even_if_nothing_violates_them() -> None:
    packs = [a_pack(a_rule("B_001"), framework="B"), a_pack(a_rule("A_001"), framework="A")]
    assert judge([], packs).compliance.frameworks_checked == ("A", "B")


def test_no_pack_means_no_violation() -> None:
    compliance = judge([a_finding()], []).compliance
    assert (compliance.frameworks_checked, compliance.violations) == ((), ())


def test_a_rule_that_nothing_can_find_is_never_violated() -> None:
    assert violated([a_finding()], replace(a_rule(), detectable=False)) == {}


@pytest.mark.parametrize(
    ("number", "severity"), [(1, "LOW"), (9, "LOW"), (10, "HIGH"), (499, "HIGH"), (500, "CRITICAL"), (9999, "CRITICAL")]
)
def test_severity_grows_with_the_count(number: int, severity: str) -> None:
    steps = ((10, Severity.HIGH), (500, Severity.CRITICAL))
    assert severity_for(replace(a_rule(severity=Severity.LOW), severity_by_count=steps), number).name == severity


def test_distinct_values_count_once() -> None:
    rule = replace(a_rule(min_count=2), distinct=True)
    assert violated([at("EMAIL_ADDRESS", start, mark="a") for start in (0, 10, 20)], rule) == {}
    assert violated([at("EMAIL_ADDRESS", start, mark=mark) for start, mark in ((0, "a"), (9, "b"))], rule) == {
        "ACME_001": 2
    }


@pytest.mark.parametrize(("masked", "unless_masked", "breaks"), [(True, True, 0), (False, True, 1), (True, False, 1)])
def test_a_masked_value_does_not_count_if_the_rule_says_so(masked: bool, unless_masked: bool, breaks: int) -> None:
    finding = replace(a_finding(), masked=masked)
    assert len(violated([finding], replace(a_rule(), unless_masked=unless_masked))) == breaks


# Places


@pytest.mark.parametrize(
    ("place", "path", "format_", "column", "breaks"),
    [
        (Place(paths=("*.log",)), "srv/app.log", "text", None, True),
        (Place(paths=("*.log",)), "srv/app.txt", "text", None, False),
        (Place(paths=("/srv/**", "!/srv/old/**")), "/srv/old/a", "text", None, False),
        (Place(paths=("old/*.csv",)), "a.zip!old/b.csv", "csv", None, False),
        (Place(paths=("**/old/*.csv",)), "a.zip!old/b.csv", "csv", None, True),
        (Place(formats=("pdf", "docx")), "a", "pdf", None, True),
        (Place(formats=("pdf", "docx")), "a", "text", None, False),
        (Place(columns=("fax_number",)), "a", "csv", "Fax Number", True),
        (Place(columns=("fax_*",)), "a", "csv", "faxNumber", True),
        (Place(columns=("fax",)), "a", "csv", "phone", False),
        (Place(columns=("fax",)), "a", "text", None, False),
        (Place(paths=("*.csv",), columns=("fax",)), "a.tsv", "csv", "fax", False),
    ],
)
def test_a_rule_may_be_limited_to_places(
    place: Place, path: str, format_: str, column: str | None, breaks: bool
) -> None:
    finding = at("EMAIL_ADDRESS", 0, row=2 if column else None, column=column)
    assert bool(violated([finding], replace(a_rule(), place=place), path=path, format_=format_)) is breaks
    exemption = Exemption(place, "the vault's own export", None)
    assert (
        bool(violated([finding], replace(a_rule(), exemptions=(exemption,)), path=path, format_=format_)) is not breaks
    )


def test_each_exception_works_by_itself() -> None:
    exemptions = (Exemption(Place(columns=("a",)), "x", None), Exemption(Place(columns=("b",)), "y", None))
    findings = [at("EMAIL_ADDRESS", 10 * number, row=2, column=name) for number, name in enumerate("abc")]
    assert violated(findings, replace(a_rule(), exemptions=exemptions)) == {"ACME_001": 1}


@pytest.mark.parametrize("written", ["card_number", "Card Number", "cardNumber", "CARD-NUMBER", "card.number"])
def test_a_columns_name_may_be_written_in_many_ways(written: str) -> None:
    assert column_name(written) == "card_number"
    assert column_fits(("card_*",), written)


# Nearness


@pytest.mark.parametrize(
    ("within", "person", "health", "breaks"),
    [
        (10, at(PERSON, 0), at(HEALTH, 15), True),
        (10, at(PERSON, 0), at(HEALTH, 16), False),
        (10, at(PERSON, 15), at(HEALTH, 0), True),
        (10, at(PERSON, 16), at(HEALTH, 0), False),
        (0, at(PERSON, 0), at(HEALTH, 5), True),
        (0, at(PERSON, 0, end=50), at(HEALTH, 10), True),
        (10, at(PERSON, 0, row=1), at(HEALTH, 8, row=2), False),
        (10, at(PERSON, 0, row=1), at(HEALTH, 500, row=1), True),
        (10, at(PERSON, 0), at(HEALTH, 8, row=2), True),
        (10, at(PERSON, 0), at(HEALTH, 80, row=2), False),
        (Scope.ROW, at(PERSON, 0, row=1), at(HEALTH, 500, row=1), True),
        (Scope.ROW, at(PERSON, 0, row=1), at(HEALTH, 8, row=2), False),
        (Scope.ROW, at(PERSON, 0), at(HEALTH, 6), False),
        (Scope.DOCUMENT, at(PERSON, 0), at(HEALTH, 10**9), True),
    ],
)
def test_a_finding_counts_if_its_partner_is_near(
    within: int | Scope, person: Finding, health: Finding, breaks: bool
) -> None:
    assert bool(violated([person, health], near_rule(within))) is breaks
    assert violated([person], near_rule(within)) == violated([health], near_rule(within)) == {}


def test_all_that_take_part_are_marked_and_the_others_are_not() -> None:
    findings = (at(PERSON, 0), at(HEALTH, 20), at(PERSON, 40), at(PERSON, 400), at(HEALTH, 900))
    tally = Tally(Rulebook([a_pack(near_rule(50))]))
    tally.add(ChunkResult(findings, (), 0.0))
    record = tally.record(Document("a.txt", 1, None, None))
    assert [bool(finding.rule_ids) for finding in record.findings] == [True, True, True, False, False]
    assert record.compliance is not None
    (violation,) = record.compliance.violations
    assert (violation.count, violation.evidence) == (2, tuple(finding.id for finding in record.findings[:3]))


def test_a_finding_is_no_partner_of_itself() -> None:
    rule = replace(a_rule(entity_types=(PERSON,)), near=Near(frozenset({PERSON}), 0.0, 50))
    assert violated([at(PERSON, 0)], rule) == {}
    assert violated([at(PERSON, 0), at(PERSON, 10)], rule) == {"ACME_001": 2}


@pytest.mark.parametrize("within", [50, Scope.DOCUMENT, Scope.ROW])
@pytest.mark.parametrize("kinds", [("BOTH",), ("BOTH", PERSON), (PERSON, "BOTH"), ("BOTH", HEALTH), ("BOTH", "BOTH")])
def test_what_counts_may_be_a_partner_of_others(kinds: tuple[str, ...], within: int | Scope) -> None:
    rule = replace(a_rule(entity_types=(PERSON, "BOTH")), near=Near(frozenset({HEALTH, "BOTH"}), 0.0, within))
    findings = [replace(at(kind, 10 * n, row=1), line=n + 1) for n, kind in enumerate(kinds)]
    counts = {("BOTH",): 0, ("BOTH", "BOTH"): 2}.get(kinds, 1)
    assert record_of([findings], rule) == (counts, set(range(len(kinds))) if counts else set())


# Against a slow evaluator

TYPES = ("PERSON", "HEALTH_DATA", "US_SSN")


def are_near(one: Finding, other: Finding, within: int | Scope) -> bool:
    if within is Scope.DOCUMENT:
        return True
    if one.location is not None and other.location is not None:
        return one.location.row == other.location.row
    gap = max(one.start, other.start) - (one.end if one.start <= other.start else other.end)
    return not isinstance(within, Scope) and gap <= within


def slowly(findings: Sequence[Finding], rule: Rule) -> tuple[int, set[int]]:
    """Return what the rule counts, and the numbers of the findings that take part, by comparing all with all."""
    numbers = range(len(findings))

    def fits(types: frozenset[str], least: float) -> list[int]:
        return [n for n in numbers if findings[n].entity_type in types and findings[n].score >= least]

    counting = fits(rule.entity_types, rule.min_score)
    counting = [n for n in counting if not (rule.unless_masked and findings[n].masked)]
    taking = set(counting)
    if rule.near is not None:
        partners = fits(rule.near.entity_types, rule.near.min_score)
        pairs = [
            (n, m)
            for n in counting
            for m in partners
            if n != m and are_near(findings[n], findings[m], rule.near.within)
        ]
        counting = sorted({n for n, _ in pairs})
        taking = {number for pair in pairs for number in pair}
    amount = len({findings[n].fingerprint for n in counting}) if rule.distinct else len(counting)
    return (amount, taking) if amount >= rule.min_count else (0, set())


@st.composite
def documents(draw: st.DrawFn, types: Sequence[str] = TYPES, widest: int = 12, plain: bool = False) -> list[Finding]:
    """Findings in the order of their places, some in the rows of a table, none overlapping; `plain`: all alike."""
    start, row = 0, 0
    findings = []
    for number in range(draw(st.integers(0, 14))):
        start += draw(st.integers(0, widest))
        row += draw(st.integers(0, 1))
        end = start + draw(st.integers(1, 4))
        findings.append(
            replace(
                a_finding(draw(st.sampled_from(types)), start=start),
                score=0.9 if plain else draw(st.sampled_from([0.4, 0.9])),
                end=end,
                location=Location(row=row) if draw(st.booleans()) else None,
                fingerprint=("a" if plain else draw(st.sampled_from("ab"))) * 32,
                masked=not plain and draw(st.integers(0, 5)) == 0,
                line=number + 1,
            )
        )
        start = end
    return findings


RULES = st.builds(
    lambda types, near, least, number, distinct, masked: replace(
        a_rule(entity_types=types, min_count=number, min_score=least),
        near=near,
        distinct=distinct,
        unless_masked=masked,
    ),
    st.sets(st.sampled_from(TYPES), min_size=1).map(tuple),
    st.none()
    | st.builds(
        Near,
        st.frozensets(st.sampled_from(TYPES), min_size=1),
        st.sampled_from([0.0, 0.5]),
        st.integers(0, 25) | st.sampled_from(Scope),
    ),
    st.sampled_from([0.0, 0.5]),
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
)


def record_of(chunks: Iterable[Sequence[Finding]], rule: Rule, most: int = 100) -> tuple[int, set[int]]:
    """Return what the tally counts, and the lines of the findings that it marks."""
    tally = Tally(Rulebook([a_pack(rule)]), most)
    for chunk in chunks:
        tally.add(ChunkResult(tuple(chunk), (), 0.0))
    record = tally.record(Document("a.txt", 1, None, None))
    assert record.compliance is not None
    counts = [violation.count for violation in record.compliance.violations]
    return (counts or [0])[0], {finding.line - 1 for finding in record.findings if finding.rule_ids}


@given(documents(), RULES)
def test_the_verdict_is_that_of_a_slow_evaluator(findings: list[Finding], rule: Rule) -> None:
    assert record_of([findings], rule) == slowly(findings, rule)


@settings(max_examples=400)
@given(
    documents((PERSON, HEALTH, "BOTH"), widest=4, plain=True),
    st.integers(0, 6) | st.sampled_from(Scope),
    st.sampled_from(["", "counts", "partner", "both"]),
    st.integers(1, 2),
)
def test_what_is_near_is_what_a_slow_evaluator_finds_near(
    findings: list[Finding], within: int | Scope, both: str, least: int
) -> None:
    counting = {PERSON, *(["BOTH"] if both in ("counts", "both") else [])}
    partners = {HEALTH, *(["BOTH"] if both in ("partner", "both") else [])}
    rule = replace(a_rule(entity_types=tuple(counting), min_count=least), near=Near(frozenset(partners), 0.0, within))
    assert record_of([findings], rule) == slowly(findings, rule)


@given(documents(), RULES, st.lists(st.integers(0, 14)))
def test_it_does_not_matter_where_chunks_are_cut(findings: list[Finding], rule: Rule, cuts: list[int]) -> None:
    edges = sorted({0, len(findings), *(cut for cut in cuts if cut < len(findings))})
    chunks = [findings[start:end] for start, end in pairwise(edges)]
    assert record_of(chunks, rule) == record_of([findings], rule)


@given(documents(), RULES, st.permutations(range(14)))
def test_it_does_not_matter_in_which_order_chunks_arrive(
    findings: list[Finding], rule: Rule, arrival: list[int]
) -> None:
    pending = OpenDocument(Opened(0, "a.txt", "text"), Tally(Rulebook([a_pack(rule)])))
    for number in arrival:
        pending.add_result(number, Found(ChunkResult(tuple(findings[number : number + 1]), (), 0.0)))
    compliance = pending.record(Document("a.txt", 1, None, None)).compliance
    assert compliance is not None
    assert [violation.count for violation in compliance.violations] == ([n] if (n := slowly(findings, rule)[0]) else [])


@given(documents(), RULES, st.data())
def test_another_finding_never_removes_a_violation(findings: list[Finding], rule: Rule, data: st.DataObject) -> None:
    if not findings:
        return
    left_out = data.draw(st.integers(0, len(findings) - 1))
    fewer = findings[:left_out] + findings[left_out + 1 :]
    assert record_of([fewer], rule)[0] <= record_of([findings], rule)[0]


@given(st.lists(st.tuples(st.sampled_from(["EMAIL_ADDRESS", "US_SSN", "HEALTH_DATA", "PERSON"]), st.floats(0, 1))))
def test_adding_findings_to_the_builtin_packs_never_removes_a_violation(entities: list[tuple[str, float]]) -> None:
    packs = builtin_packs()
    all_of_them = {each.rule_id: each for each in judge(found(*entities), packs).compliance.violations}
    for each in judge(found(*entities[:-1]), packs).compliance.violations:
        assert all_of_them[each.rule_id].severity >= each.severity


# Memory


def counted(make: Callable[[int], Finding], rule: Rule, number: int) -> tuple[int, int]:
    """Return the most findings held at once, and how many come out settled."""
    evaluator = Evaluator(Rulebook([a_pack(rule)]))
    most = settled = 0
    for index in range(number):
        settled += len(evaluator.add(make(index)))
        most = max(most, index + 1 - settled)
    return most, settled + len(evaluator.close())


@pytest.mark.parametrize("within", [200, Scope.ROW, Scope.DOCUMENT])
@pytest.mark.parametrize("kind", [PERSON, HEALTH])
def test_no_more_is_held_than_what_may_still_meet_a_partner(within: int | Scope, kind: str) -> None:
    most, settled = counted(lambda n: at(kind, 10 * n, row=n // 20), near_rule(within), 5_000)
    assert most <= 41
    assert settled == 5_000


def test_those_that_met_are_let_go() -> None:
    kinds = (HEALTH, PERSON, PERSON)
    assert counted(lambda n: at(kinds[n % 3], 10 * n), near_rule(200), 5_000) == (1, 5_000)


def test_a_row_without_end_is_held_in_part_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "MAX_HELD", 50)
    most, settled = counted(lambda n: at(PERSON, 10 * n, row=1), near_rule(Scope.ROW), 1_000)
    assert (most, settled) == (50, 1_000)
    persons = [at(PERSON, 10 * number, row=1) for number in range(1_000)]
    assert violated([*persons, at(HEALTH, 10**6, row=1)], near_rule(Scope.ROW)) == {"ACME_001": 50}


def test_different_values_are_counted_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "MAX_DISTINCT", 10)
    numbers = count()
    findings = [at("EMAIL_ADDRESS", 10 * n, mark=str(next(numbers))) for n in range(100)]
    assert violated(findings, replace(a_rule(), distinct=True)) == {"ACME_001": 10}


# Built-in packs


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ([("US_SSN", 0.85)], ["GDPR_003", "HIPAA_008"]),
        ([("CREDIT_CARD", 1.0)], ["PCI_DSS_001", "GDPR_005", "HIPAA_011"]),
        ([("CREDIT_CARD", 1.0)] * 10, ["PCI_DSS_001", "PCI_DSS_002", "GDPR_005", "HIPAA_011"]),
        ([("EMAIL_ADDRESS", 1.0)], ["GDPR_001", "HIPAA_007"]),
        ([("PERSON", 0.85), ("HEALTH_DATA", 0.85)], ["HIPAA_001", "GDPR_008", "GDPR_001", "HIPAA_002"]),
        ([("DATE_TIME", 1.0), ("URL", 1.0)], []),
    ],
)
def test_builtin_packs_find_what_they_are_for(entities: list[tuple[str, float]], expected: list[str]) -> None:
    packs: tuple[Pack, ...] = builtin_packs(["HIPAA", "GDPR", "PCI_DSS", "SECRETS"])
    assert [each.rule_id for each in judge(found(*entities), packs).compliance.violations] == expected
