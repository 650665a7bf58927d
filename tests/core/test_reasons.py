"""Reasons: a code for programs beside the sentence for people, at every place that gives one."""

import ast
import copy
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from guardrails_cli.core.reasons import CODES, Reason, ReasonCode, known_code
from guardrails_cli.core.record import Status

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for top in ("guardrails_cli", "tasks") for path in (ROOT / top).rglob("*.py"))
DAMAGED = Reason(ReasonCode.DAMAGED, "damaged: it ends in the middle")
SAID = ("reason", "failure", "why")
"""The names that the program has for a reason."""


def test_each_code_has_a_status_or_none_and_one_sentence() -> None:
    statuses = {Status.SKIPPED.value, Status.FAILED.value, None}
    for code in ReasonCode:
        assert code.value == code.name.lower(), code
        assert code.means in statuses, code
        assert code.about.endswith("."), code
        assert ". " not in code.about, code
    assert len({code.about for code in ReasonCode}) == len(ReasonCode)


def test_a_reason_is_its_sentence_and_keeps_its_code_however_it_is_copied() -> None:
    assert DAMAGED == "damaged: it ends in the middle"
    for same in (copy.deepcopy(DAMAGED), pickle.loads(pickle.dumps(DAMAGED)), Reason.of_row(DAMAGED.row)):
        assert (same, same.code) == (DAMAGED, ReasonCode.DAMAGED)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotFoundError(2, "gone"), ReasonCode.NOT_FOUND),
        (PermissionError(13, "no"), ReasonCode.ACCESS_DENIED),
        (OSError(5, "broken disk"), ReasonCode.UNREADABLE),
        (ValueError("embedded null byte"), ReasonCode.UNREADABLE),
    ],
)
def test_an_error_of_the_system_has_a_code_by_its_kind(error: Exception, code: ReasonCode) -> None:
    assert Reason.of_error(error, "cannot open").code is code


def test_a_code_that_is_not_known_is_none() -> None:
    assert [known_code(value) for value in (None, "of_tomorrow", "damaged")] == [None, None, ReasonCode.DAMAGED]


def test_the_documentation_lists_each_code_as_the_table_has_it() -> None:
    lines = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line.startswith("| `") and line.split("`")[1] in CODES]
    assert listed == [
        f"| `{code}` | {code.means} | {code.about} |" if code.means else f"| `{code}` | {code.about} |"
        for code in sorted(ReasonCode, key=lambda code: code.means is None)
    ]


def nodes(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kind):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


def is_said(node: ast.expr) -> bool:
    """Return whether an expression is a reason's sentence, by its name."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
    return name in SAID


def is_words(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_every_code_is_given_somewhere() -> None:
    used = {
        node.attr
        for place, node in nodes(ast.Attribute)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ReasonCode"
    }
    assert {code.name for code in ReasonCode} - used == set()


def test_nothing_branches_on_the_words_of_a_reason() -> None:
    found = [
        place
        for place, node in nodes(ast.Compare)
        if isinstance(node, ast.Compare)
        and any(map(is_said, (node.left, *node.comparators)))
        and any(map(is_words, (node.left, *node.comparators)))
    ]
    found += [
        place
        for place, node in nodes(ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and is_said(node.func.value)
        and node.func.attr in ("startswith", "endswith", "find", "isupper", "partition", "split")
    ]
    assert found == []


def test_a_record_with_a_reason_has_its_code_as_well() -> None:
    made = [
        (place, {keyword.arg for keyword in node.keywords})
        for place, node in nodes(ast.Call)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "DocumentResult"
    ]
    assert len(made) >= 2
    assert [place for place, names in made if not {"reason", "reason_code"} <= names] == []
