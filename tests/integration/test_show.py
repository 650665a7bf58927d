"""`guardrails show`: findings in their surroundings."""

from pathlib import Path

import pytest

from tests.integration.support import SSN_TEXT, guardrails

SSN = "219-09-9999"
MAIL = "jane.doe@example.com"
TEXT = f"First line.\nWrite to {MAIL}.\n{SSN_TEXT}Last line.\nNot shown.\n"


def fingerprint_of(path: Path, kind: str) -> str:
    report = guardrails("scan", str(path), "--profile", "fast", "--format", "json").report
    return next(str(one["fingerprint"]) for one in report["documents"][0]["findings"] if one["entity_type"] == kind)


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_finding_is_shown_with_the_lines_around_it_and_every_value_masked(note: Path) -> None:
    ran = guardrails(
        "show", str(note), "--finding", fingerprint_of(note, "US_SSN"), "--profile", "fast", "--lines", "1"
    )
    assert ran.code == 0
    assert "line 3, column 31: CRITICAL US_SSN" in ran.out
    assert ran.out.splitlines()[1:] == [
        "  | Write to ********************.",
        "  | Her social security number is ***-**-****.",
        "  | Last line.",
        "",
    ]


def test_the_first_digits_of_the_fingerprint_suffice(note: Path) -> None:
    mail = fingerprint_of(note, "EMAIL_ADDRESS")
    assert "EMAIL_ADDRESS" in guardrails("show", str(note), "--finding", mail[:8].upper(), "--profile", "fast").out


def test_values_are_shown_only_if_asked_for(note: Path) -> None:
    hidden, shown = (guardrails("show", str(note), "--profile", "fast", *more).out for more in ((), ("--show-values",)))
    assert SSN not in hidden
    assert MAIL not in hidden
    assert hidden.count("  | ") == shown.count("  | ")
    assert shown.count(SSN) > 1


def test_control_characters_of_a_document_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"\x1b[31mred {SSN_TEXT}", encoding="utf-8")
    out = guardrails("show", str(path), "--profile", "fast").out
    assert "\x1b" not in out
    assert "\\x1b[31mred" in out


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("word " * 50_000 + f"SSN {SSN} " + "word " * 50_000, encoding="utf-8")
    assert len(guardrails("show", str(path), "--profile", "fast", "--lines", "0").out) < 2000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.txt",), "no such file: missing.txt"),
        (("note.txt", "--finding", "0123"), "no finding 0123 in note.txt"),
        ((".",), ". is a folder; name a file"),
        (("picture.png",), "picture.png cannot be read: needs OCR"),
    ],
)
def test_what_cannot_be_shown_is_one_clear_line(note: Path, arguments: tuple[str, ...], message: str) -> None:
    (note.parent / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    ran = guardrails("show", *arguments, "--profile", "fast", cwd=note.parent)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"guardrails: {message}")
    assert ran.err.count("\n") == 1
