"""Copies take their places, and no original is ever lost."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from guardrails_cli.core.record import Status
from guardrails_cli.redact import replace_file
from tests.integration.support import environment
from tests.redact.support import CARD, MAIL, SECRETS, SSN, Redacting, guardrails

TEXT = f"SSN {SSN}, {MAIL}"
CLEAN = "SSN [US_SSN], [EMAIL_ADDRESS]"
FAST = ("--profile", "fast")


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    path.chmod(0o640)
    return path


def backup_of(path: Path) -> Path:
    return path.with_name(path.name + ".orig")


def test_mode_and_a_missing_line_end_stay(redacting: Redacting, original: Path, tmp_path: Path) -> None:
    assert redacting.copy(original, tmp_path / "deep" / "out" / "a.txt").reason is None
    copy = tmp_path / "deep" / "out" / "a.txt"
    assert (copy.read_text(), copy.stat().st_mode & 0o777) == (CLEAN, 0o640)
    assert redacting.copy(original, original, backup=backup_of(original)).reason is None
    assert (original.read_text(), original.stat().st_mode & 0o777) == (CLEAN, 0o640)
    assert (backup_of(original).read_text(), backup_of(original).stat().st_mode & 0o777) == (TEXT, 0o640)


def test_a_backup_is_never_overwritten(redacting: Redacting, original: Path) -> None:
    backup_of(original).symlink_to("nowhere")
    copy = redacting.copy(original, original, backup=backup_of(original))
    assert (copy.status, copy.reason) == (Status.FAILED, "a.txt.orig is there already: move it away first")
    assert original.read_text() == TEXT


def test_a_symbolic_link_is_refused_in_place(redacting: Redacting, original: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(original)
    copy = redacting.copy(link, link, backup=backup_of(link))
    assert copy.reason == "it is a symbolic link: name the file that it leads to"
    assert (link.is_symlink(), original.read_text()) == (True, TEXT)
    assert redacting.copy(link, tmp_path / "out.txt").reason is None
    assert (tmp_path / "out.txt").read_text() == CLEAN


def test_a_hard_link_is_refused_in_place(redacting: Redacting, original: Path, tmp_path: Path) -> None:
    (tmp_path / "other").hardlink_to(original)
    copy = redacting.copy(original, original, backup=backup_of(original))
    assert copy.reason == "it has other names (hard links), under which it would stay as it is"
    assert original.read_text() == TEXT


def test_a_copy_never_replaces_its_original_without_a_backup(
    redacting: Redacting, original: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").symlink_to(tmp_path)
    copy = redacting.copy(original, tmp_path / "out" / "a.txt")
    assert (copy.reason, original.read_text()) == ("the copy would replace the original", TEXT)


def test_where_there_are_no_hard_links_the_backup_is_a_copy(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = original.with_name("made")
    made.write_text(CLEAN, encoding="utf-8")

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    replace_file.put(made, str(original), original, backup_of(original))
    assert (original.read_text(), backup_of(original).read_text()) == (CLEAN, TEXT)
    assert backup_of(original).stat().st_ino != original.stat().st_ino


@pytest.mark.parametrize("call", ["fsync", "chown", "link", "replace", "rename"])
def test_a_crash_between_two_steps_loses_nothing(original: Path, call: str) -> None:
    """The process ends at each step in turn; whatever there is then, the file is whole under its own name."""
    original.with_name("made").write_text(CLEAN, encoding="utf-8")
    prelude = (
        f"import os\nos.{call} = lambda *a, **k: os._exit(9)\n"
        "from pathlib import Path\nfrom guardrails_cli.redact.replace_file import put\n"
        "put(Path('made'), 'a.txt', Path('a.txt'), Path('a.txt.orig'))"
    )
    ran = subprocess.run([sys.executable, "-c", prelude], env=environment(), cwd=original.parent, check=False)
    done = call == "rename"  # which it does not use: then all went well
    assert ran.returncode == (0 if done else 9)
    assert original.read_text() == (CLEAN if done else TEXT)
    if backup_of(original).exists():
        assert backup_of(original).read_text() == TEXT


def test_a_backup_is_not_redacted_in_the_next_run(original: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert guardrails("redact", str(tmp_path), "--in-place", *FAST).code == 0
    assert backup_of(original).read_text() == TEXT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "a.txt.orig"]


def test_what_is_restored_in_place_is_kept_sealed_too(original: Path, tmp_path: Path) -> None:
    sealing = ("redact", str(original), "--out", str(tmp_path / "out"), *FAST, "--strategy", "encrypt")
    assert guardrails(*sealing, GUARDRAILS_KEY="k").code == 0
    sealed = (tmp_path / "out" / "a.txt").read_text()
    assert guardrails("restore", str(tmp_path / "out"), "--in-place", GUARDRAILS_KEY="k").code == 0
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        "a.txt": TEXT,
        "a.txt.orig": sealed,
    }


def test_copies_do_not_go_where_the_originals_are(original: Path, tmp_path: Path) -> None:
    for path in (original, tmp_path):
        ran = guardrails("redact", str(path), "--out", str(tmp_path), *FAST)
        assert (ran.code, ran.err) == (
            2,
            f"guardrails: {path} lies in {tmp_path}, where the copies go: name another folder\n",
        )


@pytest.mark.usefixtures("permissions_count")
def test_a_folder_that_is_read_only_costs_its_documents_only(original: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "b.txt").write_text(TEXT, encoding="utf-8")
    closed.chmod(0o500)
    ran = guardrails("redact", str(tmp_path), "--in-place", *FAST)
    closed.chmod(0o700)
    assert (ran.code, original.read_text()) == (4, CLEAN)
    assert "cannot write the copy: Permission denied" in ran.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_clear_line_and_the_rest_goes_on(small_disk: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_text(f"{TEXT}\n" + "much more text\n" * 10_000, encoding="utf-8")
    (source / "b.txt").write_text(TEXT, encoding="utf-8")
    ran = guardrails("redact", str(source), "--out", str(small_disk), *FAST)
    assert ran.code == 4
    errors = [line for line in ran.err.splitlines() if "Key:" not in line]
    assert errors == [f"guardrails: no copy of {source / 'a.txt'}: cannot write the copy: No space left on device"]
    assert {path.name: path.read_text() for path in small_disk.iterdir()} == {"b.txt": CLEAN}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", TEXT.encode() + "é".encode() * 50 + b"\xff"),
        (
            "b.eml",
            f"From: {MAIL}\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nU1NOIDIxOS0wOS05OTk5\n".encode(),
        ),
        ("c.docx", b"PK\x03\x04" + TEXT.encode()),
        ("d.xml", f"<?xml version='1.0' encoding='iso-2022-jp'?><a>{TEXT}\x1b$B</a>".encode()),
        ("e.json", ("[" * 100_000 + f'"{TEXT}"').encode()),
    ],
)
def test_a_refusal_quotes_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "z.txt").write_text(f"{TEXT}, {CARD}", encoding="utf-8")
    ran = guardrails("redact", str(tmp_path / name), str(tmp_path / "z.txt"), "--out", str(tmp_path / "out"), *FAST)
    assert ran.code in (0, 4), ran.err
    assert [value for value in SECRETS if value in ran.err + ran.out] == []
    assert "Traceback" not in ran.err
    assert (tmp_path / "out" / "z.txt").exists()
