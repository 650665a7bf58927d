"""`guardrails redact` and `guardrails restore`: sanitized copies and the way back, on real files."""

import csv
import filecmp
import json
from pathlib import Path

import docx
import pytest

from tests.integration.support import EXAMPLES, Ran
from tests.integration.support import guardrails as process
from tests.redact.support import guardrails

SSN = "219-09-9999"
MAIL = "jane.doe@example.com"
FAST = ("--profile", "fast")
KEY = "a key for tests"


def redact(source: Path, out: Path, *options: str) -> Ran:
    return guardrails("redact", str(source), "--out", str(out), *FAST, *options, GUARDRAILS_KEY=KEY)


def texts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("strategy", ["mask", "replace", "encrypt"])
def test_a_scan_of_the_copies_finds_nothing_but_what_was_written(tmp_path: Path, strategy: str) -> None:
    assert redact(EXAMPLES, tmp_path / "out", "--strategy", strategy).code == 4  # there is a picture
    report = tmp_path / "report.json"
    found = ("--inline", "--format", "json", "--show-values", "--output", str(report))
    guardrails("scan", str(tmp_path / "out"), *FAST, *found)
    scan = json.loads(report.read_bytes())
    left = [one["value"] for document in scan["documents"] for one in document["findings"]]
    originals = b"\n".join(texts(EXAMPLES).values()).decode("utf-8", "replace")
    assert [value for value in left if value in originals and len(value) > 4] == []


def test_what_was_encrypted_is_restored_byte_by_byte(tmp_path: Path) -> None:
    redact(EXAMPLES, tmp_path / "out", "--strategy", "encrypt", "--exclude", "*.png")
    assert texts(tmp_path / "out") != texts(EXAMPLES)
    ran = guardrails("restore", str(tmp_path / "out"), "--out", str(tmp_path / "back"), GUARDRAILS_KEY=KEY)
    assert ran.code == 0
    originals = {name: data for name, data in texts(EXAMPLES).items() if not name.endswith(".png")}
    assert texts(tmp_path / "back") == originals


def test_another_key_restores_nothing_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"SSN {SSN}\n", encoding="utf-8")
    redact(tmp_path / "a.txt", tmp_path / "out", "--strategy", "encrypt")
    back = tmp_path / "back"
    ran = guardrails("restore", str(tmp_path / "out"), "--out", str(back), GUARDRAILS_KEY="another")
    assert (ran.code, list(back.iterdir())) == (4, [])
    assert "1 values cannot be opened" in ran.err


def test_pseudonyms_keep_format_and_identity_over_the_whole_run(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(
        f"full name,ssn,email\nJane Doe,{SSN},{MAIL}\nJohn Roe,078-05-1120,john@example.org\n", encoding="utf-8"
    )
    (tmp_path / "in" / "b.json").write_text(json.dumps({"ssn": SSN, "email": MAIL}), encoding="utf-8")
    assert redact(tmp_path / "in", tmp_path / "out", "--strategy", "replace").code == 0
    rows = list(csv.DictReader((tmp_path / "out" / "a.csv").open(encoding="utf-8")))
    one = json.loads((tmp_path / "out" / "b.json").read_text(encoding="utf-8"))
    assert rows[0]["ssn"] == one["ssn"] != SSN
    assert rows[0]["email"] == one["email"] != MAIL
    assert rows[0]["ssn"][3] == "-"
    assert rows[0]["email"].partition("@")[2] in ("example.com", "example.net", "example.org")
    assert len(rows[0]["full name"].split()) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("utf16.txt", f"SSN {SSN}, Zoë\r\n".encode("utf-16")),
        ("utf16be.txt", b"\xfe\xff" + f"SSN {SSN}, Zoë\r\n".encode("utf-16-be")),
        ("bom.txt", b"\xef\xbb\xbf" + f"SSN {SSN}, Zoë\n".encode()),
        ("latin.txt", f"Müller, Köln, Jürgen, SSN {SSN}\n".encode("latin-1")),
        ("quoted.csv", f'name,ssn\r\n"Doe, ""J""","{SSN}"\r\n'.encode()),
        ("escaped.json", rb'{"note": "mail jane.doe\u0040example.com \"now\"", "ssn": "219-09-9999"}'),
        ("lines.jsonl", b'{"ssn": "219-09-9999"}\n{"ssn": "078-05-1120"}\n'),
    ],
)
def test_encoding_and_structure_stay_and_encryption_is_reversible(tmp_path: Path, name: str, content: bytes) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    assert redact(source, tmp_path / "out", "--strategy", "encrypt").code == 0
    copy = (tmp_path / "out" / name).read_bytes()
    assert SSN.encode() not in copy.replace(b"\0", b"")
    assert copy[:2] == content[:2]
    if name.endswith(".json"):
        json.loads(copy)
    assert guardrails("restore", str(tmp_path / "out"), "--out", str(tmp_path / "back"), GUARDRAILS_KEY=KEY).code == 0
    assert (tmp_path / "back" / name).read_bytes() == content


def test_a_number_of_json_is_replaced_by_a_string_and_restored_as_a_number(tmp_path: Path) -> None:
    source = tmp_path / "a.json"
    source.write_text('{"card": 4111111111111111, "n": 12}', encoding="utf-8")
    assert redact(source, tmp_path / "out").code == 0
    assert json.loads((tmp_path / "out" / "a.json").read_text()) == {"card": "[CREDIT_CARD]", "n": 12}
    redact(source, tmp_path / "sealed", "--strategy", "encrypt")
    json.loads((tmp_path / "sealed" / "a.json").read_text())
    guardrails("restore", str(tmp_path / "sealed"), "--out", str(tmp_path / "back"), GUARDRAILS_KEY=KEY)
    assert (tmp_path / "back" / "a.json").read_text() == source.read_text()


def test_a_type_can_have_a_strategy_of_its_own(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text(f"SSN {SSN}, mail {MAIL}\n", encoding="utf-8")
    redact(source, tmp_path / "out", "--strategy-for", "us_ssn=partial")
    assert (tmp_path / "out" / "a.txt").read_text() == "SSN *******9999, mail [EMAIL_ADDRESS]\n"


def test_in_place_keeps_the_original(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text(f"SSN {SSN}\n", encoding="utf-8")
    clean = tmp_path / "b.txt"
    clean.write_text("nothing\n", encoding="utf-8")
    assert guardrails("redact", str(tmp_path), "--in-place", *FAST).code == 0
    assert source.read_text() == "SSN [US_SSN]\n"
    assert texts(tmp_path) == {
        "a.txt": b"SSN [US_SSN]\n",
        "a.txt.orig": f"SSN {SSN}\n".encode(),
        "b.txt": b"nothing\n",
    }
    again = guardrails("redact", str(source), "--in-place", *FAST)
    assert again.code == 0


def test_originals_are_never_touched_and_nothing_is_left_behind(tmp_path: Path) -> None:
    before = texts(EXAMPLES)
    assert process("redact", str(EXAMPLES), "--out", str(tmp_path / "out"), *FAST).code == 4  # there is a picture
    assert texts(EXAMPLES) == before
    assert [path.name for path in (tmp_path / "out").rglob(".guardrails*")] == []
    assert filecmp.cmp(EXAMPLES / "clinic" / "hand-hygiene.md", tmp_path / "out" / "clinic" / "hand-hygiene.md", False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say where the copies go: --out DIR, or --in-place"),
        (("--out", "x", "--in-place"), "say where the copies go"),
        (("--out", "x", "--strategy", "maks"), "unknown strategy 'maks'; did you mean 'mask'"),
        (("--out", "x", "--strategy-for", "US_SSN"), "--strategy-for takes TYPE=STRATEGY"),
        (("--out", "x", "--strategy", "hash", "--key-file", "missing"), "cannot read the key missing"),
    ],
)
def test_a_wrong_call_is_one_clear_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    ran = guardrails("redact", "a.txt", *arguments, *FAST, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"guardrails: {message}")
    assert texts(tmp_path) == {"a.txt": b"x"}


def test_what_cannot_be_copied_without_loss_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_bytes(f"SSN {SSN} {'é' * 50}\n".encode() + b"\xff\n")
    ran = redact(source, tmp_path / "out")
    assert ran.code == 4
    assert "no text in its encoding" in ran.err
    assert texts(tmp_path / "out") == {}


def test_an_office_file_is_rewritten_and_restored(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Her SSN is ")
    for piece in (SSN[:5], SSN[5:], f", her mail {MAIL}"):
        paragraph.add_run(piece)
    document.save(str(tmp_path / "a.docx"))
    assert redact(tmp_path / "a.docx", tmp_path / "out", "--strategy", "encrypt").code == 0
    copy = docx.Document(str(tmp_path / "out" / "a.docx")).paragraphs[0].text
    assert ":sealed:" in copy
    assert SSN not in copy
    assert guardrails("restore", str(tmp_path / "out"), "--out", str(tmp_path / "back"), GUARDRAILS_KEY=KEY).code == 0
    assert docx.Document(str(tmp_path / "back" / "a.docx")).paragraphs[0].text == f"Her SSN is {SSN}, her mail {MAIL}"
