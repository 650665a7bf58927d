"""Special categories win over the language model's groups."""

import pytest
from msgspec.structs import replace

from guardrails_cli.core.finding import Detection
from guardrails_cli.core.text import Chunk, Document, Segment
from guardrails_cli.detect.refine import refine
from guardrails_cli.detect.refine.special import with_special_categories
from guardrails_cli.document.scan_chunk import scan_chunk, scan_segments
from guardrails_cli.options.model import DetectOptions, EngineOptions
from guardrails_cli.policy.load import builtin_packs

TEXT = "He is a devout Catholic and of Turkish descent."
NRP = Detection("NRP", 15, 23, 0.85, "SpacyRecognizer")
RELIGION = Detection("RELIGION", 15, 23, 0.7, "ReligionRecognizer")


def test_the_category_wins_and_keeps_the_group_as_alternative() -> None:
    (found,) = refine(TEXT, [NRP, RELIGION])
    assert found == replace(RELIGION, alternatives=(NRP,))


@pytest.mark.parametrize("kept", [{"entities": ["NRP"]}, {"min_score": 0.8}])
def test_a_group_stays_where_the_category_is_not_wanted(kept: dict[str, object]) -> None:
    assert refine(TEXT, [NRP, RELIGION], **kept) == [NRP]  # type: ignore[arg-type]


def test_a_group_elsewhere_stays() -> None:
    other = replace(NRP, start=31, end=38)
    assert with_special_categories([NRP, RELIGION, other]) == [replace(RELIGION, alternatives=(NRP,)), other]
    assert with_special_categories([NRP]) == [NRP]


def test_with_the_language_model_too_and_the_rule_for_the_category_fires() -> None:
    options = DetectOptions(EngineOptions())
    found = [
        (each.entity_type, [other.entity_type for other in each.alternatives])
        for each in scan_chunk(Chunk(TEXT), options).findings
    ]
    assert found == [("RELIGION", ["NRP"]), ("ETHNICITY", ["NRP"])]
    record = scan_segments(Document("a.txt", len(TEXT), None, None), [Segment(TEXT)], options, builtin_packs(["GDPR"]))
    rules = {rule for each in record.findings for rule in each.rule_ids}
    names = {rule.rule_id: rule.entity_types for pack in builtin_packs(["GDPR"]) for rule in pack.rules}
    assert {kind for rule in rules for kind in names[rule]} >= {"RELIGION", "ETHNICITY"}
