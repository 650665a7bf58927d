"""The files that a worker reads when a message names them."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrails_cli.cluster import build as compat
from guardrails_cli.cluster import by_reference
from guardrails_cli.cluster.by_reference import Access, Reference, open_reference, refer
from guardrails_cli.cluster.workers import Worker
from guardrails_cli.core import codec
from guardrails_cli.core.errors import ConfigError, MismatchError
from guardrails_cli.core.finding import ChunkResult
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Chunk
from guardrails_cli.document.assemble import Found, Told
from guardrails_cli.execute.transfer import Transfer, negotiate, require_alike
from guardrails_cli.inputs.input import NotHereError
from guardrails_cli.inputs.reading.events import Closed, Piece
from guardrails_cli.options.model import Limits
from tests.core.test_codec import EVENTS, REASONS, RESULTS


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "share"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "note.txt").write_text("A note for clerk@example.com.\n")
    (tmp_path / "secret.txt").write_text("not to be read\n")
    return folder


def reference_to(path: Path, whole: bool = False) -> Reference:
    found = refer(Source(str(path), str(path), path.stat().st_size), "run", whole)
    assert found is not None
    return found


def test_a_file_below_a_root_is_opened(root: Path) -> None:
    file, size = open_reference(reference_to(root / "inner" / "note.txt"), "run", [str(root)])
    with file:
        assert len(file.read(1000)) == size == 30


def test_a_link_of_the_users_is_resolved_by_the_client(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(root / "inner" / "note.txt")
    reference = reference_to(tmp_path / "link.txt")
    assert reference.location == str(root / "inner" / "note.txt")
    open_reference(reference, "run", [str(root)])[0].close()


def test_nothing_outside_of_the_roots_is_opened(root: Path, tmp_path: Path) -> None:
    secret = reference_to(tmp_path / "secret.txt")
    for location in (
        secret.location,
        f"{root}/../secret.txt",
        f"{root}/inner/../../secret.txt",
        f"{root}//x",
        f"{root}/",
    ):
        with pytest.raises(NotHereError):
            open_reference(replace(secret, location=location), "run", [str(root)])
    with pytest.raises(NotHereError, match="outside"):
        open_reference(replace(secret, location=f"{root}-too/x"), "run", [str(root)])


def test_no_link_is_followed_below_a_root(root: Path, tmp_path: Path) -> None:
    secret = reference_to(tmp_path / "secret.txt")
    (root / "file").symlink_to(tmp_path / "secret.txt")
    (root / "folder").symlink_to(tmp_path)
    for below in ("file", "folder/secret.txt"):
        with pytest.raises(NotHereError, match="cannot read it"):
            open_reference(replace(secret, location=f"{root}/{below}"), "run", [str(root)])


def test_another_file_in_its_place_is_noticed(root: Path) -> None:
    note = root / "inner" / "note.txt"
    reference = reference_to(note)
    before = note.stat()
    note.write_text("A note for nobody@example.com\n")
    os.utime(note, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert note.stat().st_size == before.st_size
    with pytest.raises(NotHereError, match="another file"):
        open_reference(reference, "run", [str(root)])


def test_a_pipe_in_its_place_does_not_hang(root: Path) -> None:
    note = root / "inner" / "note.txt"
    reference = reference_to(note)
    note.unlink()
    os.mkfifo(note)
    with pytest.raises(NotHereError):
        open_reference(reference, "run", [str(root)])
    assert refer(Source("note", str(note), 0), "run", False) is None


def test_a_reference_is_of_one_run(root: Path) -> None:
    with pytest.raises(NotHereError):
        open_reference(reference_to(root / "inner" / "note.txt"), "another run", [str(root)])


def scanned(path: Path, whole: bool) -> dict[str, Any]:
    data = by_reference.encode_reference(reference_to(path, whole))
    access = Access((str(path.parent),))
    return by_reference.scan_reference(data, "run", access, Limits(), lambda _: Found(ChunkResult((), (), 0.0)))


def test_what_is_too_long_for_one_worker_comes_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_reference, "MAX_CHUNKS", 3)
    long = root / "long.txt"
    long.write_text("One line of many.\n" * 20_000)
    assert scanned(long, whole=False) == {"error": by_reference.TOO_LONG.row}
    assert len(scanned(long, whole=True)["told"]) > 5


SECRET = bytes(range(32))


def note_for_own_worker(root: Path) -> Reference:
    note = root / "inner" / "note.txt"
    found = by_reference.refer_here(Source(str(note), str(note), note.stat().st_size), SECRET)
    assert found is not None
    return found


def read_by(access: Access, reference: Reference) -> dict[str, Any]:
    data = by_reference.encode_reference(reference)
    return by_reference.scan_reference(data, "run", access, Limits(), lambda _: Found(ChunkResult((), (), 0.0)))


def test_the_worker_of_a_scan_reads_what_that_names(root: Path) -> None:
    answer = read_by(Access(secret=SECRET), note_for_own_worker(root))
    assert [kind for kind, _ in answer["told"]] == ["began", "opened", "found", "closed"]
    (*_, closed) = by_reference.decode_told(answer["told"])
    assert isinstance(closed, Closed)
    assert closed.document.size_bytes == 30


@pytest.mark.parametrize(
    "access",
    [Access(), Access(secret=bytes(32)), Access(("/elsewhere",)), Access(("/elsewhere",), bytes(32))],
)
def test_no_other_worker_reads_it(root: Path, access: Access) -> None:
    assert read_by(access, note_for_own_worker(root)) == {"error": ["not_shared", "outside of the worker's --root"]}


def test_below_a_root_the_secret_of_another_scan_proves_nothing(root: Path) -> None:
    answer = read_by(Access((str(root),)), note_for_own_worker(root))
    assert answer == {"error": ["changed", "the worker sees another file there, or it was changed"]}


def test_a_proof_is_of_one_file(root: Path, tmp_path: Path) -> None:
    other = replace(note_for_own_worker(root), location=str(tmp_path / "secret.txt"))
    assert read_by(Access(secret=SECRET), other) == {"error": ["not_shared", "outside of the worker's --root"]}


def test_what_a_scans_worker_cannot_open_comes_back(root: Path) -> None:
    reference = note_for_own_worker(root)
    note = root / "inner" / "note.txt"
    note.unlink()
    assert read_by(Access(secret=SECRET), reference) == {"error": ["unreadable", "the worker cannot read it"]}
    os.mkfifo(note)
    assert read_by(Access(secret=SECRET), reference) == {"error": ["unreadable", "the worker cannot read it"]}


def test_what_is_long_is_spread_over_a_scans_workers_before_any_of_it_is_scanned(root: Path) -> None:
    note = root / "inner" / "note.txt"
    note.write_text("One line of many.\n" * 20_000)
    scans: list[Chunk] = []

    def scan(chunk: Chunk) -> Found:
        scans.append(chunk)
        return Found(ChunkResult((), (), 0.0))

    data = by_reference.encode_reference(note_for_own_worker(root))
    answer = by_reference.scan_reference(data, "run", Access(secret=SECRET), Limits(), scan)
    assert (answer, scans) == ({"error": by_reference.TOO_LONG.row}, [])


@pytest.mark.parametrize(
    "source",
    [
        Source("<stdin>", "-", 0, input="stdin"),
        Source("1234:a.txt", "1234", 5, input="git"),
        Source("a.txt", "https://example.com/a.txt", 5, input="object"),
        Source("/dev/stdin", "/dev/stdin", 5),
        Source("/proc/self/fd/0", "/proc/self/fd/0", 5),
        Source("a.txt", "a.txt", 5, added=((1, 2),)),
    ],
)
def test_streams_and_parts_of_files_go_by_content(source: Source) -> None:
    assert by_reference.refer_here(source, SECRET) is None


def test_children_of_a_worker_do_not_have_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(by_reference.ENV_SECRET, SECRET.hex())
    by_reference.local_secret.cache_clear()
    assert by_reference.local_secret() == SECRET
    assert by_reference.ENV_SECRET not in os.environ
    assert by_reference.local_secret() == SECRET, "it is kept"
    by_reference.local_secret.cache_clear()
    assert by_reference.local_secret() is None


@given(
    st.lists(
        EVENTS.filter(lambda event: not isinstance(event, Piece))
        | st.builds(Found, st.none() | RESULTS, st.none() | REASONS)
    )
)
def test_what_is_told_of_a_source_arrives_as_it_was_sent(told: list[Told]) -> None:
    sent = codec.from_bytes(codec.to_bytes([by_reference.encode_told(one) for one in told]))
    assert by_reference.decode_told(sent) == tuple(told)


ALIKE = compat.build()


def worker(*roots: str, **build: str) -> Worker:
    return Worker("w@host", {**ALIKE, **build}, ("default",), roots)


def test_documents_go_by_reference_where_all_workers_can_read_them(root: Path) -> None:
    both = negotiate("auto", [worker(str(root)), worker(str(root.parent))])
    note = root / "inner" / "note.txt"
    source = Source("note", str(note), note.stat().st_size)
    assert isinstance(both.refer(source, "run"), Reference)
    elsewhere = negotiate("auto", [worker(str(root)), worker(str(root / "other"))])
    assert elsewhere.refer(source, "run") is None
    assert isinstance(dataclasses.replace(elsewhere, only=True).refer(source, "run"), Unscanned)
    assert both.refer(Source("<stdin>", "-", 0, input="stdin"), "run") is None


@pytest.mark.parametrize(
    ("workers", "why"),
    [
        ([], "no worker has registered"),
        ([worker("/srv"), worker()], "without --root"),
        ([worker("/srv", readers="other")], "libraries of readers: it has other"),
    ],
)
def test_otherwise_they_go_by_content_and_it_is_said_why(workers: list[Worker], why: str) -> None:
    transfer = negotiate("auto", workers)
    assert transfer.name == "content"
    assert why in transfer.why
    with pytest.raises(ConfigError, match=why):
        negotiate("reference", workers)


def test_large_files_go_by_content_unless_that_is_forbidden(root: Path) -> None:
    big = root / "big.txt"
    big.write_bytes(bytes(2 * 1024 * 1024))
    source = Source("big", str(big), big.stat().st_size)
    transfer = Transfer(((str(root),),))
    assert transfer.refer(source, "run") is None
    assert isinstance(dataclasses.replace(transfer, only=True).refer(source, "run"), Reference)


@pytest.mark.parametrize("what", ["wire", "version", "code", "libraries", "policies"])
def test_a_worker_that_differs_is_no_worker(what: str) -> None:
    with pytest.raises(ConfigError, match=r"worker w@host .*needed is .*; install"):
        require_alike([worker(**{what: "x"})], compat.needs(None))
    assert require_alike([replace(worker(**{what: "x"}), queues=("compliance",))], compat.needs(None)) == []


def test_a_message_for_another_build_is_refused() -> None:
    compat.check(compat.needs(None), None)
    with pytest.raises(MismatchError, match="code and data: it has"):
        compat.check(compat.needs(None) | {"code": "x"}, None)
    with pytest.raises(MismatchError, match="not installed"):
        compat.check(compat.needs(None), "no_such_model")


def test_weights_of_a_model_count(tmp_path: Path) -> None:
    import json

    for name, weights in (("one", b"1"), ("two", b"2")):
        folder = tmp_path / name / "own_model"
        folder.mkdir(parents=True)
        (folder / "meta.json").write_text(json.dumps({"lang": "en", "name": "own", "version": "1.0"}))
        (folder / "config.cfg").touch()
        (folder / "weights").write_bytes(weights)
    one = compat.needs(str(tmp_path / "one" / "own_model"))
    two = compat.needs(str(tmp_path / "two" / "own_model"))
    (difference,) = compat.differences(one, two)
    assert "model own_model: it has 1.0" in difference
    assert "install the same model" in difference
