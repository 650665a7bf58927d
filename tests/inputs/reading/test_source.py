import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Document
from guardrails_cli.inputs.reading.events import Closed, Piece, Refused
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import Limits

MIB = 1024 * 1024


@dataclass(frozen=True)
class Read:
    """A document with its text."""

    document: Document
    text: str


def read_source(source: Source, max_bytes: int) -> Read | Unscanned:
    """Return what becomes of a source that is one document."""
    with SourceReader(Limits(max_bytes=max_bytes)) as reader:
        events = list(reader.read(source))
    text = "".join(event.chunk.text for event in events if isinstance(event, Piece))
    (end,) = (event for event in events if isinstance(event, Closed | Refused))
    return Read(end.document, text) if isinstance(end, Closed) else end.record


def source(path: Path, size_bytes: int | None = None) -> Source:
    return Source(str(path), str(path), path.stat().st_size if size_bytes is None else size_bytes)


def reason(result: Read | Unscanned) -> tuple[Status, str]:
    assert isinstance(result, Unscanned)
    return result.status, result.reason


def open_files() -> int:
    """Return how many descriptors this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


def test_a_document_has_text_encoding_size_and_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Zoë".encode("utf-16"))
    assert read_source(source(path), MIB) == Read(
        Document(str(path), 8, hashlib.sha256(path.read_bytes()).hexdigest(), "utf-16"), "Zoë"
    )


def test_an_empty_file_is_a_document(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert read_source(source(path), MIB) == Read(Document(str(path), 0, hashlib.sha256().hexdigest(), "utf-8"), "")


def test_a_binary_file_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF\x02\x01\x01\0\0")
    assert read_source(source(path), MIB) == Unscanned(
        str(path), 9, Status.SKIPPED, Reason(ReasonCode.BINARY, "binary file (ELF program)"), format="text"
    )


@pytest.mark.parametrize("size", [0, 9, 10])
def test_a_file_up_to_the_limit_is_read(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x" * size)
    assert isinstance(read_source(source(path), 10), Read)


@pytest.mark.parametrize(
    ("limit", "words"),
    [(10, "10 bytes"), (MIB, "1 MiB"), (MIB * 3 // 2, "1.5 MiB"), (100 * MIB, "100 MiB")],
)
def test_a_larger_file_is_skipped_unread_and_the_limit_named(tmp_path: Path, limit: int, words: str) -> None:
    missing = Source("big.log", str(tmp_path / "never opened"), limit + 1)
    reason = Reason(ReasonCode.TOO_LARGE, f"larger than the limit of {words}; see --max-size")
    assert read_source(missing, limit) == Unscanned("big.log", limit + 1, Status.SKIPPED, reason)


def test_a_file_that_grew_over_the_limit_since_the_walk_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("x" * 11)
    assert reason(read_source(source(path, size_bytes=3), 10)) == (
        Status.SKIPPED,
        "larger than the limit of 10 bytes; see --max-size",
    )


def test_a_file_that_changed_within_the_limit_is_read_as_it_is_now(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("now")
    document = read_source(source(path, size_bytes=9), 10)
    assert isinstance(document, Read)
    assert (document.text, document.document.size_bytes) == ("now", 3)


def test_a_file_that_vanished_since_the_walk_fails(tmp_path: Path) -> None:
    gone = source(tmp_path / "gone", size_bytes=3)
    assert reason(read_source(gone, MIB)) == (Status.FAILED, "cannot read: No such file or directory")


@pytest.mark.usefixtures("permissions_count")
def test_a_file_that_may_not_be_read_fails(tmp_path: Path) -> None:
    path = tmp_path / "locked"
    path.write_text("x")
    path.chmod(0o000)
    assert reason(read_source(source(path), MIB)) == (Status.FAILED, "cannot read: Permission denied")


def test_a_pipe_in_the_files_place_fails_without_waiting_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert reason(read_source(source(path, size_bytes=3), MIB)) == (
        Status.FAILED,
        "changed during the scan: no longer a file",
    )


def test_a_device_in_the_files_place_fails(tmp_path: Path) -> None:
    path = tmp_path / "zero"
    path.symlink_to("/dev/zero")
    assert reason(read_source(source(path, size_bytes=3), MIB)) == (
        Status.FAILED,
        "changed during the scan: no longer a file",
    )


def test_a_folder_in_the_files_place_fails(tmp_path: Path) -> None:
    status, _ = reason(read_source(source(tmp_path, size_bytes=3), MIB))
    assert status is Status.FAILED


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_any_more_is_closed_again(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    before = open_files()
    read_source(source(path, size_bytes=3), MIB)
    assert open_files() == before


def test_a_name_that_is_no_utf8_is_opened_by_its_bytes(tmp_path: Path) -> None:
    location = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    try:
        Path(location).write_text("x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    document = read_source(Source("shown", location, 1), MIB)
    assert isinstance(document, Read)
    assert (document.document.path, document.text) == ("shown", "x")


@pytest.mark.parametrize(("content", "failure"), [(b"from a pipe", None), (b"x" * 11, None), (b"x" * 12, "larger")])
def test_standard_input_is_read_up_to_the_limit(tmp_path: Path, content: bytes, failure: str | None) -> None:
    (tmp_path / "stdin").write_bytes(content)
    before = os.dup(0)
    try:
        with (tmp_path / "stdin").open("rb") as stdin:
            os.dup2(stdin.fileno(), 0)
            result = read_source(Source("<stdin>", "-", 0, input="stdin"), 11)
    finally:
        os.dup2(before, 0)
        os.close(before)
    assert isinstance(result, Read) is (failure is None)
    path = result.document.path if isinstance(result, Read) else result.path
    assert path == "<stdin>"
