"""The rules of docs/style.md that a program can check, over Markdown pages and the docstrings of finished rooms."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),  # the reference is generated from docstrings
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "benchmarks").glob("*.md")),
    *sorted((ROOT / "deploy").rglob("*.md")),
]
ROOMS: tuple[str, ...] = (
    "guardrails_cli/core",
    "guardrails_cli/system",
    "guardrails_cli/options",
    "guardrails_cli/formats",
    "guardrails_cli/detect",
    "guardrails_cli/inputs",
    "guardrails_cli/injection",
    "guardrails_cli/policy",
    "guardrails_cli/risk",
    "guardrails_cli/suppress",
    "guardrails_cli/document",
    "guardrails_cli/results",
    "guardrails_cli/reports",
    "guardrails_cli/redact",
    "guardrails_cli/scanning",
    "guardrails_cli/services",
    "guardrails_cli/api",
    "guardrails_cli/cli",
    "tasks",
    "benchmarks",
)
"""Folders below the root whose docstrings follow the rules."""
NOT_PROSE = re.compile(r"```.*?```|<!--.*?-->|`[^`\n]*`", re.DOTALL)
HEADLESS = re.compile(r"(?:\A|(?<=[.!?] )|(?<=[.!?]\*\* ))(?:Of|What|That)\b[^.!?]*")
BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*|#>]|\d+\.) ?)")
MARKER = re.compile(r"^\s*(?:[-*>]|\d+\.)\s+(?:\*\*)?")
FIRST_WORDS = re.compile(r"(?:Of|What|That|Which|Whose|For|From|With|Without|In|On|At|By|To|About|Against|Beside)\b")
BANNED = re.compile(
    r"\b(?:tells? of|take[sn]? note|what is there|nobody minds|(?:are|is|was|were) told\b|false alarms?)", re.IGNORECASE
)
QUOTES = ROOT / "docs" / "style.md"
"""The page that quotes the words to avoid."""


def sentences(markdown: str) -> Iterator[str]:
    """Yield the blocks of prose of a page, each on one line; table rows and headings are left out."""
    for block in BLOCK.split(NOT_PROSE.sub("`x`", markdown)):
        text = " ".join(MARKER.sub("", block.strip()).split())
        if text and not text.startswith(("|", "#")):
            yield text


def faults(text: str) -> list[str]:
    """Return the parts of a text that break a rule."""
    return [found.group() for pattern in (HEADLESS, BANNED) for found in pattern.finditer(text)]


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each docstring of a module, its classes and its functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text


def docstring_faults(text: str) -> list[str]:
    first = FIRST_WORDS.match(text)
    joined = [" ".join(block.split()) for block in NOT_PROSE.sub("`x`", text).split("\n\n")]
    return [*([first.group()] if first else []), *(fault for block in joined for fault in faults(block))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_in_plain_english(page: Path) -> None:
    if page == QUOTES:
        return
    found = [fault for text in sentences(page.read_text(encoding="utf-8")) for fault in faults(text)]
    assert found == []


def test_docstrings_of_finished_rooms_are_in_plain_english() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {fault}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, text in docstrings(path)
        for fault in docstring_faults(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["Done. What is left stays.", "Of a file only the head.", "It tells of faults.", "**Errors.** That is so."],
)
def test_the_rules_find_bad_prose(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize("text", ["The list of files. It shows what is left.", "Whatever happens, it ends."])
def test_the_rules_leave_good_prose_alone(text: str) -> None:
    assert faults(text) == []


def test_a_docstring_begins_with_a_verb_or_a_subject() -> None:
    assert docstring_faults("For the tests.") == ["For"]
    assert docstring_faults("Return the records.") == []
