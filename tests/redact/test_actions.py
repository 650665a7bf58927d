"""FLAG, REDACT and BLOCK in a redaction: the table in docs/policies.md."""

import dataclasses
from pathlib import Path

import pytest
from msgspec.structs import replace

from guardrails_cli.core.finding import Detection
from guardrails_cli.core.record import Action
from guardrails_cli.core.text import Chunk
from guardrails_cli.document.describe_findings import describe
from guardrails_cli.options.model import DEFAULT_MIN_SCORE, MAX_LISTED, DetectOptions
from guardrails_cli.policy.actions import lowest_score, redacting
from guardrails_cli.policy.load import builtin_packs
from guardrails_cli.policy.packs import Near, Pack, Place, Rule
from guardrails_cli.redact.writers.writer import Scanned
from tests.builders import a_pack, a_rule
from tests.integration.support import EXAMPLES
from tests.redact.support import FAST, MAIL, SSN, Redacting, guardrails, source_of

BANK = "123456789012"
"""Digits without a label, which are nothing."""
STRICT = dataclasses.replace(FAST, min_score=0.97)
TEXT = f"SSN {SSN}, number {BANK}, mail {MAIL}\n"


def copied(redacting: Redacting, folder: Path, detect: DetectOptions, *rules: Rule, text: str = TEXT) -> str:
    (folder / "a.txt").write_text(text, encoding="utf-8")
    packs: list[Pack] = [a_pack(*rules)] if rules else []
    copy = redacting.sanitizer("token", packs, detect).copy(source_of(folder / "a.txt"), folder / "out")
    assert copy.reason is None
    return (folder / "out").read_text(encoding="utf-8")


@pytest.mark.parametrize("action", Action)
def test_what_a_violated_rule_names_is_redacted_below_the_threshold(
    redacting: Redacting, tmp_path: Path, action: Action
) -> None:
    assert f"SSN {SSN}" in copied(redacting, tmp_path, STRICT)
    got = copied(redacting, tmp_path, STRICT, a_rule(entity_types=("US_SSN",), action=action))
    assert ("SSN [US_SSN]," in got) is (action is not Action.FLAG)
    assert BANK in got


def test_a_rule_reaches_as_low_as_it_states(redacting: Redacting, tmp_path: Path) -> None:
    rule = a_rule(entity_types=("PASSWORD",), action=Action.REDACT)
    text = "password: changeme\n"  # a stand-in, which scores below the default
    assert "changeme" in copied(redacting, tmp_path, FAST, rule, text=text)
    assert "changeme" not in copied(redacting, tmp_path, FAST, replace(rule, min_score=0.01), text=text)


def test_the_unnamed_stays_below_the_threshold(redacting: Redacting, tmp_path: Path) -> None:
    low = a_rule(entity_types=("PASSWORD",), action=Action.BLOCK, min_score=0.01)
    assert copied(redacting, tmp_path, FAST, low) == copied(redacting, tmp_path, FAST)


@pytest.mark.parametrize(
    "change",
    [
        {"min_count": 2},
        {"near": Near(frozenset({"CREDIT_CARD"}), 0.0, 100)},
        {"place": Place(paths=("*.csv",))},
        {"place": Place(formats=("csv",))},
    ],
)
def test_a_rule_that_is_not_violated_asks_for_nothing(
    redacting: Redacting, tmp_path: Path, change: dict[str, object]
) -> None:
    rule = replace(a_rule(entity_types=("US_SSN",), action=Action.REDACT), **change)
    assert SSN in copied(redacting, tmp_path, STRICT, rule)


def test_a_rule_for_a_path_is_judged_by_the_originals_path(redacting: Redacting, tmp_path: Path) -> None:
    rule = replace(a_rule(entity_types=("US_SSN",), action=Action.REDACT), place=Place(paths=("a.txt",)))
    assert SSN not in copied(redacting, tmp_path, STRICT, rule)


def test_the_copy_is_judged_by_the_same_rules(redacting: Redacting, tmp_path: Path) -> None:
    """Removing one number makes another of what is left: below the threshold, but the rule names it."""
    rule = a_rule(entity_types=("US_SSN",), action=Action.REDACT)
    (tmp_path / "a.txt").write_text(f"SSN 219-0{SSN}9-9999\n", encoding="utf-8")
    sanitizer = redacting.sanitizer("remove", [a_pack(rule)], STRICT)
    assert sanitizer.copy(source_of(tmp_path / "a.txt"), tmp_path / "out").reason is None
    again = redacting.sanitizer("remove", [a_pack(rule)], STRICT).scan(source_of(tmp_path / "out"))
    assert again.findings == ()


@pytest.mark.parametrize("min_score", [0.05, DEFAULT_MIN_SCORE, 0.9])
def test_the_scan_is_as_low_as_the_packs_ask(min_score: float) -> None:
    flag = a_rule("A", action=Action.FLAG, min_score=0.01)
    block = a_rule("B", action=Action.BLOCK, min_score=0.7)
    silent = a_rule("C", action=Action.REDACT)
    near = replace(block, near=Near(frozenset({"PERSON"}), 0.02, 9))

    def lowest(*rules: Rule) -> float:
        return lowest_score(redacting([a_pack(*rules)], min_score), min_score)

    assert lowest(flag) == min_score
    assert lowest(flag, block) == min(min_score, 0.7)
    assert lowest(silent) == min(min_score, DEFAULT_MIN_SCORE)
    assert lowest(near) == 0.02
    assert lowest_score(redacting(builtin_packs(), DEFAULT_MIN_SCORE), DEFAULT_MIN_SCORE) == DEFAULT_MIN_SCORE


def test_all_findings_are_replaced_however_many_a_report_lists(redacting: Redacting, tmp_path: Path) -> None:
    count = MAX_LISTED + 500
    text = "".join(f"u{number}@example.com\n" for number in range(count))
    assert copied(redacting, tmp_path, FAST, text=text) == "[EMAIL_ADDRESS]\n" * count


def test_what_lost_to_a_finding_and_reaches_further_goes_too(redacting: Redacting, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0123456789", encoding="utf-8")
    low, long = Detection("LOCATION", 0, 9, 0.3, "b"), Detection("PERSON", 2, 6, 0.6, "a")
    (found,) = describe([Detection("US_SSN", 4, 8, 0.9, "a", (long, low))], Chunk("0123456789"), b"", show_values=True)
    sanitizer = redacting.sanitizer()
    whole = list(sanitizer._with_overlapping(Scanned("text", "0123456789", (), (found,))))
    assert [(each.entity_type, each.value) for each in whole] == [("US_SSN", "4567"), ("PERSON", "2345")]


@pytest.mark.parametrize("path", [*EXAMPLES.rglob("*.csv"), *EXAMPLES.rglob("*.md"), *EXAMPLES.rglob("*.log")])
def test_a_lower_scan_loses_nothing_of_a_usual_one(redacting: Redacting, path: Path) -> None:
    usual = redacting.sanitizer(detect=FAST).scan(source_of(path)).findings
    packs = [a_pack(a_rule(entity_types=("NOBODY",), min_score=0.01, action=Action.REDACT))]
    lower = redacting.sanitizer(packs=packs).scan(source_of(path)).findings
    assert [(each.entity_type, each.value) for each in lower] == [(each.entity_type, each.value) for each in usual]


PACK = """\
framework: ACME
title: House rules
version: "1"
source: Handbook
rules:
  - id: ACME_001
    name: Numbers
    citation: Handbook 1
    entity_types: [US_SSN]
    severity: LOW
    action: {action}
    message: Ask first
"""


@pytest.mark.parametrize(
    ("action", "scanned", "redacted"), [("FLAG", 0, False), ("REDACT", 0, True), ("BLOCK", 1, True)]
)
def test_the_table_of_actions_is_true(tmp_path: Path, action: str, scanned: int, redacted: bool) -> None:
    pack, source, out = tmp_path / "acme.yaml", tmp_path / "a.txt", tmp_path / "out"
    pack.write_text(PACK.format(action=action), encoding="utf-8")
    source.write_text(TEXT, encoding="utf-8")
    policies = ("--profile", "fast", "--frameworks", "ACME", "--policy", str(pack))
    scan = ("scan", str(source), "--inline", "--quiet", *policies)
    assert guardrails(*scan).code == scanned
    assert guardrails(*scan, "--no-block").code == 0
    assert guardrails(*scan, "--fail-on", "low").code == 1
    assert guardrails(*scan, "--min-score", "0.97").code == 0
    ran = guardrails("redact", str(source), "--out", str(out), *policies, "--min-score", "0.97")
    assert ran.code == 0, ran.err
    assert (SSN not in (out / "a.txt").read_text()) is redacted
