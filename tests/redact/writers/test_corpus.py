"""Every format over files of all kinds: clean copies, the way back, and refusals with their reasons."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from guardrails_cli.core.record import Status
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.formats.registry import FORMATS, format_of
from guardrails_cli.options.model import DetectOptions, EngineOptions
from guardrails_cli.policy.load import select_packs
from guardrails_cli.redact.inspect import HOLDS_DOCUMENTS
from guardrails_cli.redact.operators import OPERATORS
from guardrails_cli.redact.sanitize import REWRITERS, Sanitizer
from tests.redact.support import CARD, KEY, MAIL, PHONE, SECRETS, SSN, Redacting, guardrails, source_of

ROOT = Path(__file__).parent.parent.parent.parent
FOLDERS = (ROOT / "examples", ROOT / "tests" / "data" / "formats")
ROW = {"name": "Jane Roe", "ssn": SSN, "email": MAIL, "card": CARD, "phone": PHONE}
MADE = {
    "plain.txt": f"SSN {SSN}, card {CARD}\r\nmail {MAIL}\r\ncall {PHONE}",
    "rows.csv": f'name,ssn,email,card,phone\n"Roe, Jane",{SSN},{MAIL},{CARD},{PHONE}\n',
    "one.json": json.dumps([ROW, {"nested": [ROW], "n": 1.5e3}]),
    "lines.jsonl": "".join(json.dumps(ROW) + "\n" for _ in range(3)),
    "tree.xml": "<p>" + "".join(f"<{key} v='{value}'>{value}</{key}>" for key, value in ROW.items()) + "</p>",
    "page.html": f"<!DOCTYPE html><p>SSN {SSN} <a href='mailto:{MAIL}'>{MAIL}</a>, {CARD}, {PHONE}<!-- {SSN} --></p>",
    "note.md": f"# SSN {SSN}\n\n* <{MAIL}>\n\n| card | phone |\n|---|---|\n| {CARD} | {PHONE} |\n",
    "tree.yaml": "".join(f'{key}: "{value}"\n' for key, value in ROW.items()),
    "mail.eml": f"From: {MAIL}\nTo: b@example.com\nSubject: SSN {SSN}\nMIME-Version: 1.0\n\ncard {CARD}\n{PHONE}\n",
    "book.ipynb": json.dumps(
        {
            "cells": [{"cell_type": "markdown", "metadata": {}, "source": [f"SSN {SSN}\n", f"{MAIL} {CARD} {PHONE}"]}],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ),
}
"""Files that a program has made, by name: with the values of `SECRETS` wherever their format has places for them."""
BYTE_EXACT = frozenset(name for name, module in REWRITERS.items() if module == "text")
"""Formats of which the original comes back byte by byte; packed ones are packed anew."""

REFUSED = (
    HOLDS_DOCUMENTS,
    "encrypted",
    "a value is in Microsoft_Excel_Sheet1.xlsx inside of it: take that out first",
    "a value is in people.csv inside of it: take that out first",
    "a value is in lëtter.txt inside of it: take that out first",
)
"""Why a file of a format that can be written may still be refused."""


def format_in(path: Path) -> str:
    return format_of(path.read_bytes()[:4096], path.name)


STORED = [path for folder in FOLDERS for path in sorted(folder.rglob("*")) if path.is_file()]
WRITABLE = [path for path in STORED if format_in(path) in REWRITERS]
OTHERS = [path for path in STORED if format_in(path) not in REWRITERS]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for name, content in MADE.items():
        (folder / name).write_bytes(content.encode())
    return folder


def corpus(made: Path) -> Iterator[Path]:
    yield from WRITABLE
    yield from made.iterdir()


def test_every_format_has_a_file_here(made: Path) -> None:
    assert {format_in(path) for path in corpus(made)} == set(REWRITERS)
    assert set(REWRITERS) <= set(FORMATS)


@pytest.mark.parametrize("strategy", OPERATORS)
def test_what_was_made_keeps_none_of_its_values(
    redacting: Redacting, made: Path, tmp_path: Path, strategy: str
) -> None:
    for path in made.iterdir():
        copy = redacting.copy(path, tmp_path / path.name, strategy)
        assert (copy.status, copy.reason) == (Status.FINDINGS, None), path.name
        written = (tmp_path / path.name).read_bytes().decode()
        assert [value for value in SECRETS if value in written or value in json.dumps(written)] == [], path.name


def found_in(sanitizer: Sanitizer, path: Path) -> set[tuple[str, str]]:
    """Return type and value of what a scan finds; a copy of a PDF is pictures, in which a reader finds nothing."""
    try:
        return {(each.entity_type, str(each.value)) for each in sanitizer.scan(source_of(path)).findings}
    except RefusedError as error:
        assert (path.suffix, str(error)) == (".pdf", "needs OCR")
        return set()


@pytest.mark.parametrize("path", WRITABLE, ids=lambda path: path.name)
def test_a_scan_of_the_copy_finds_nothing(redacting: Redacting, tmp_path: Path, path: Path) -> None:
    copy = redacting.copy(path, tmp_path / path.name)
    if copy.reason in REFUSED:
        pytest.skip(str(copy.reason))
    assert copy.reason is None
    found = found_in(redacting.sanitizer(), tmp_path / path.name)
    assert [value for kind, value in found if value != f"[{kind}]"] == []
    assert (copy.replacements > 0) is (copy.status is Status.FINDINGS)
    assert ((tmp_path / path.name).read_bytes() == path.read_bytes()) is (copy.replacements == 0)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", OPERATORS)
@pytest.mark.parametrize("path", WRITABLE, ids=lambda path: path.name)
def test_with_names_and_policies_too(redacting: Redacting, tmp_path: Path, path: Path, strategy: str) -> None:
    sanitizer = redacting.sanitizer(strategy, select_packs(["all"]), DetectOptions(EngineOptions(), min_score=0.5))
    if (refused := redacting.copy(path, tmp_path / "first").reason) in REFUSED:
        pytest.skip(str(refused))
    copy = sanitizer.copy(source_of(path), tmp_path / path.name)
    if path.suffix == ".pdf" and strategy == "encrypt":
        assert "cannot be sealed" in str(copy.reason)
        return
    assert copy.reason is None
    before = found_in(sanitizer, path)
    after = found_in(sanitizer, tmp_path / path.name)
    assert strategy == "partial" or after & before == set()


def test_what_was_encrypted_comes_back_byte_by_byte(redacting: Redacting, made: Path, tmp_path: Path) -> None:
    for path in corpus(made):
        if format_in(path) not in BYTE_EXACT:
            continue
        sealed, back = tmp_path / path.name, tmp_path / f"back-{path.name}"
        copy = redacting.copy(path, sealed, "encrypt")
        if copy.reason in REFUSED:
            continue
        assert copy.reason is None, path
        assert redacting.restored(sealed, back).reason is None, path
        assert back.read_bytes() == path.read_bytes(), path


@pytest.mark.parametrize("key", [KEY, b"another"])
def test_nothing_is_restored_that_was_sealed_with_another_key_or_changed(
    redacting: Redacting, made: Path, tmp_path: Path, key: bytes
) -> None:
    for path in made.iterdir():
        if format_in(path) not in BYTE_EXACT:
            continue
        sealed, back = tmp_path / path.name, tmp_path / "back" / path.name
        redacting.copy(path, sealed, "encrypt")
        if key == KEY:  # one character of one sealed value is another
            text = sealed.read_text()
            at = text.index(":sealed:") + 20
            sealed.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
        copy = redacting.restored(sealed, back, key)
        assert copy.status is Status.FAILED
        assert "cannot be opened: of another key, or changed" in str(copy.reason)
        assert list(back.parent.iterdir()) == []


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_other_formats_are_refused_with_their_reason(redacting: Redacting, tmp_path: Path, path: Path) -> None:
    target = tmp_path / "out" / path.name
    copy = redacting.copy(path, target)
    assert copy.reason in (f"copies of the format {format_in(path)} cannot be written", "needs OCR", *REFUSED)
    assert not target.parent.exists()


def test_standard_input_is_refused(tmp_path: Path) -> None:
    ran = guardrails("redact", "-", "--out", str(tmp_path / "out"), "--profile", "fast")
    assert (ran.code, ran.err) == (2, "guardrails: no such file or folder: -\n")
    assert not (tmp_path / "out").exists()
