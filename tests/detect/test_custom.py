"""A user's own recognizers: the file, its faults, and what they find."""

from pathlib import Path

import pytest

from guardrails_cli.cluster.messages import decode_options, encode_options
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.text import Chunk
from guardrails_cli.detect.custom import load_recognizers, schema, validate
from guardrails_cli.detect.engine import load_engine
from guardrails_cli.document.scan_chunk import scan_chunk
from guardrails_cli.options.model import CustomPattern, CustomRecognizer, DetectOptions, EngineOptions

FILE = """\
recognizers:
  - name: Employee badge
    entity_type: EMPLOYEE_BADGE
    patterns:
      - {regex: '\\bEMP-\\d{6}\\b', score: 0.8}
      - {regex: '\\b\\d{6}\\b', score: 0.2}
    context: [badge]
  - name: Projects
    entity_type: CODE_NAME
    deny_list: [Blue Heron, Red Fox]
    deny_list_score: 0.9
"""

BADGE = CustomRecognizer(
    "Employee badge",
    "EMPLOYEE_BADGE",
    (CustomPattern(r"\bEMP-\d{6}\b", 0.8), CustomPattern(r"\b\d{6}\b", 0.2)),
    context=("badge",),
)
PROJECTS = CustomRecognizer("Projects", "CODE_NAME", deny_list=("Blue Heron", "Red Fox"), deny_list_score=0.9)
OPTIONS = DetectOptions(EngineOptions(model=None, recognizers=(BADGE, PROJECTS)))


def test_a_file_becomes_recognizers(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(FILE, encoding="utf-8")
    assert load_recognizers(path) == (BADGE, PROJECTS)


def test_they_travel_in_a_message() -> None:
    assert decode_options(encode_options(OPTIONS)) == OPTIONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see EMP-123456", [("EMPLOYEE_BADGE", 4, 14, 0.8, "Employee badge")]),
        ("his badge is 123456", [("EMPLOYEE_BADGE", 13, 19, 0.55, "Employee badge")]),
        ("it costs 123456", []),
        ("in red fox we", [("CODE_NAME", 3, 10, 0.9, "Projects")]),
        ("Redfox", []),
    ],
)
def test_they_find_with_score_and_context(text: str, expected: list[tuple[str, int, int, float, str]]) -> None:
    findings = scan_chunk(Chunk(text), OPTIONS).findings
    found = [(each.entity_type, each.start, each.end, round(each.score, 2), each.recognizer) for each in findings]
    assert found == expected


def test_the_engine_knows_their_types() -> None:
    assert {"EMPLOYEE_BADGE", "CODE_NAME"} <= set(load_engine(OPTIONS.engine).entity_types())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (FILE, "", "own.yaml:1: the file is empty; a file of recognizers needs 'recognizers'"),
        ("context:", "contxt:", "own.yaml:7: recognizers[0]: unknown key 'contxt'; did you mean 'context'?"),
        ("score: 0.8", "score: 8", "own.yaml:5: recognizers[0].patterns[0].score: 8 is greater than the maximum of 1"),
        ("name: Projects", "name: Employee badge", "own.yaml:8: name: 'Employee badge' is used twice"),
        (
            "'\\b\\d{6}\\b'",
            "'(\\d+)+x'",
            "own.yaml:6: regex: a repetition inside a repetition can take exponential time; "
            "bound one of them, as in {1,20}",
        ),
        ("'\\b\\d{6}\\b'", "'(6'", "own.yaml:6: regex: not a regular expression: missing ) at position 2"),
    ],
)
def test_a_fault_names_line_and_key(old: str, new: str, fault: str) -> None:
    assert fault in validate(FILE.replace(old, new).encode(), "own.yaml")


def test_a_recognizer_needs_patterns_or_words() -> None:
    assert len(validate(b"recognizers:\n  - {name: A, entity_type: B}\n", "own.yaml")) == 1


def test_a_file_that_is_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the recognizers .*absent\.yaml: No such file"):
        load_recognizers(tmp_path / "absent.yaml")


def test_the_schema_is_one() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema())
