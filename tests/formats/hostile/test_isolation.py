"""A reader that breaks costs one document: real child processes with faults in them, and the whole program."""

import gzip
import io
import json
import os
import socket
import subprocess
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guardrails_cli.core.source import Source
from guardrails_cli.formats import registry
from guardrails_cli.inputs.reading.events import Closed, Event, Opened, Piece, Refused
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import Limits
from tests.formats.hostile import faulty
from tests.formats.hostile.faulty import TEXT
from tests.integration.support import ROOT, command, environment, guardrails, relatives, wait_until

SILENCE = 2.0


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the faulty reader here and in all child processes; at the end none of these may be left."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("from tests.formats.hostile import faulty\nfaulty.install()\n")
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{ROOT}")
    monkeypatch.setattr(registry, "_TELL", registry._TELL)
    monkeypatch.setitem(registry.FORMATS, "faulty", registry.Format("faulty"))
    faulty.install()
    yield folder
    wait_until(lambda: not relatives(str(folder)), "all processes end", 5)


def told(reader: SourceReader, path: Path) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return the records of a source (path to reason, None if it was read), and the text of what was read."""
    records: dict[str, str | None] = {}
    texts: dict[str, str] = {}
    opened: str | None = None
    for event in reader.read(Source(path.name, str(path), path.stat().st_size)):
        if isinstance(event, Opened):
            assert opened is None, "two documents are open"
            opened = event.path
            texts[opened] = ""
        elif isinstance(event, Piece):
            assert opened is not None
            texts[opened] += event.chunk.text
        elif isinstance(event, Closed | Refused):
            record = event.document if isinstance(event, Closed) else event.record
            assert record.path not in records, "a document has two records"
            if isinstance(event, Closed):
                assert record.path == opened
                opened = None
            records[record.path] = event.document.failure if isinstance(event, Closed) else event.record.reason
    assert opened is None, "a document has no record"
    return records, texts


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


CASES = [
    ("crash", "its reader crashed (SIGSEGV)"),
    ("kill", "its reader crashed (SIGKILL)"),
    ("exit", "its reader broke off"),
    ("hang", "reading it took longer than 2 s"),
    ("spin", "reading it took longer than 2 s"),
    ("fork", "reading it took longer than 2 s"),  # the child of the child holds the connection
    ("memory", "not enough memory to read it"),
    ("greed", "reading it took longer than 2 s"),
    ("raise", "damaged, or not what it seems (KeyError)"),
    ("recursion", "its reader crashed (SIGSEGV)"),
]


@pytest.mark.parametrize(("fault", "reason"), CASES[::3])
def test_a_fault_costs_the_document_and_no_other(faults: Path, tmp_path: Path, fault: str, reason: str) -> None:
    (tmp_path / "bad").write_text(f"FAULT {fault}")
    zipped(tmp_path / "good.zip", {"a.txt": TEXT.encode()})
    with SourceReader(Limits(), SILENCE) as reader:
        assert told(reader, tmp_path / "bad")[0] == {"bad": reason}
        assert told(reader, tmp_path / "good.zip") == (
            {"good.zip!a.txt": None, "good.zip": None},
            {"good.zip!a.txt": TEXT, "good.zip": ""},
        )


@pytest.mark.parametrize(("fault", "reason"), CASES)
def test_a_fault_in_the_middle_of_an_archive_costs_one_member(
    faults: Path, tmp_path: Path, fault: str, reason: str
) -> None:
    members = {f"{number}.txt": TEXT.encode() for number in range(4)}
    path = zipped(tmp_path / "a.zip", members | {"bad": f"FAULT {fault}".encode()} | {"z.txt": b"last\n"})
    with SourceReader(Limits(), SILENCE) as reader:
        records, texts = told(reader, path)
    expected: dict[str, str | None] = {f"a.zip!{number}.txt": None for number in range(4)}
    assert records == expected | {"a.zip!bad": reason, "a.zip!z.txt": None, "a.zip": None}
    assert list(records)[-2:] == ["a.zip!z.txt", "a.zip"]
    assert texts["a.zip!z.txt"] == "last\n"
    assert texts["a.zip!3.txt"] == TEXT


def test_what_a_document_told_before_it_broke_its_reader_counts(faults: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"bad": b"FAULT crash late", "good.txt": TEXT.encode()})
    with SourceReader(Limits(), SILENCE) as reader:
        records, texts = told(reader, path)
    assert records == {"a.zip!bad": "its reader crashed (SIGSEGV)", "a.zip!good.txt": None, "a.zip": None}
    assert texts["a.zip!bad"].startswith(TEXT)
    assert texts["a.zip!good.txt"] == TEXT


def test_members_around_a_nested_archive_that_breaks_are_told_once(faults: Path, tmp_path: Path) -> None:
    """The numbers of documents stay the same, though the nested ones are not read again."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", TEXT)
        archive.writestr("bad", "FAULT crash")
        archive.writestr("4.txt", TEXT)
    members = {"a.txt": b"a\n", "inner.zip": inner.getvalue(), "bad": b"FAULT exit", "b.txt": b"b\n", "c.txt": b"c\n"}
    with SourceReader(Limits(), SILENCE) as reader:
        records, texts = told(reader, zipped(tmp_path / "o.zip", members))
    assert records == {
        "o.zip!a.txt": None,
        "o.zip!inner.zip!0.txt": None,
        "o.zip!inner.zip!1.txt": None,
        "o.zip!inner.zip!2.txt": None,
        "o.zip!inner.zip!bad": "its reader crashed (SIGSEGV)",
        "o.zip!inner.zip!4.txt": None,
        "o.zip!inner.zip": None,
        "o.zip!bad": "its reader broke off",
        "o.zip!b.txt": None,
        "o.zip!c.txt": None,
        "o.zip": None,
    }
    assert (texts["o.zip!b.txt"], texts["o.zip!c.txt"]) == ("b\n", "c\n")


def test_a_container_that_breaks_its_reader_after_its_members_costs_the_rest_of_it(
    faults: Path, tmp_path: Path
) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "b@example.com", "x"
    mail.set_content(TEXT)
    for name in ("1.txt", "2.txt"):
        mail.add_attachment(TEXT.encode(), maintype="text", subtype="plain", filename=name)
    hook = faults / "sitecustomize.py"
    hook.write_text(
        hook.read_text() + "import os\nfrom guardrails_cli.formats import members\nrest = members.TextFirst._rest\n"
        "def _rest(self):\n    yield from rest(self)\n    os._exit(3)\nmembers.TextFirst._rest = _rest\n"
    )
    path = zipped(tmp_path / "o.zip", {"m.eml": mail.as_bytes(), "a.txt": b"a\n", "b.txt": b"b\n"})
    with SourceReader(Limits(), SILENCE) as reader:
        records, texts = told(reader, path)
    assert records == {
        "o.zip!m.eml": None,
        "o.zip!m.eml!1.txt": None,
        "o.zip!m.eml!2.txt": None,
        "o.zip!m.eml!(the rest)": "its reader broke off",
        "o.zip!a.txt": None,
        "o.zip!b.txt": None,
        "o.zip": None,
    }
    assert (texts["o.zip!a.txt"], texts["o.zip!b.txt"]) == ("a\n", "b\n")


def test_many_faults_in_one_source_end_it_with_a_record_for_each_document_begun(faults: Path, tmp_path: Path) -> None:
    members = {f"{number:02}": b"FAULT exit" for number in range(30)}
    with SourceReader(Limits(), SILENCE) as reader:
        records, _ = told(reader, zipped(tmp_path / "a.zip", members))
        assert told(reader, zipped(tmp_path / "b.zip", {"a.txt": b"a\n"}))[0] == {"b.zip!a.txt": None, "b.zip": None}
    assert records == {
        **{f"a.zip!{number:02}": "its reader broke off" for number in range(11)},
        "a.zip": "its reader broke off",
    }


def test_a_reader_that_writes_to_the_screen_is_not_heard(
    faults: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = zipped(tmp_path / "a.zip", {"loud": b"FAULT shout", "b.txt": b"b\n"})
    with SourceReader(Limits(), SILENCE) as reader:
        records, texts = told(reader, path)
    assert records == {"a.zip!loud": None, "a.zip!b.txt": None, "a.zip": None}
    assert texts["a.zip!loud"] == TEXT
    assert capfd.readouterr() == ("", "")


def test_a_child_that_died_between_two_sources_is_replaced(faults: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.txt": b"a\n"})
    with SourceReader(Limits(), SILENCE) as reader:
        told(reader, path)
        for process in relatives(str(faults)):
            os.kill(process, 9)
        wait_until(lambda: not relatives(str(faults)), "the child dies", 5)
        assert told(reader, path)[0] == {"a.zip!a.txt": None, "a.zip": None}


def test_a_source_that_is_given_up_halfway_does_not_leak_into_the_next(faults: Path, tmp_path: Path) -> None:
    many = zipped(tmp_path / "many.zip", {f"{number}.txt": TEXT.encode() for number in range(500)})
    with SourceReader(Limits(), SILENCE) as reader:
        events = reader.read(Source("many.zip", str(many), many.stat().st_size))
        next(events)
        events.close()  # type: ignore[attr-defined]
        assert told(reader, zipped(tmp_path / "a.zip", {"a.txt": b"a\n"}))[0] == {"a.zip!a.txt": None, "a.zip": None}


@pytest.mark.slow
def test_unpacking_for_longer_than_the_limit_of_silence_is_no_fault(faults: Path, tmp_path: Path) -> None:
    """A skipped member must still be unpacked to reach the next one, and no event can be sent meanwhile."""
    hook = faults / "sitecustomize.py"
    hook.write_text(
        hook.read_text()
        + "import time\nfrom guardrails_cli.formats import decompress\ngave = decompress.Account.gave\n"
        "def slow(self, count):\n    time.sleep(0.08)\n    gave(self, count)\ndecompress.Account.gave = slow\n"
    )
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in (("image", b"\x7fELF\0\0" + os.urandom(10 * 1024 * 1024)), ("b.txt", b"b\n")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    begun = time.monotonic()
    with SourceReader(Limits(), SILENCE) as reader:
        records, _ = told(reader, path)
    assert time.monotonic() - begun > 1.5 * SILENCE
    assert records == {"a.tar.gz!image": "binary file (ELF program)", "a.tar.gz!b.txt": None, "a.tar.gz": None}


def report(*arguments: str, stdin: bytes = b"") -> dict[str, tuple[str, str | None]]:
    """Return (status, reason) of each document by path, from the program's report; check that the counts add up."""
    paths = os.environ.get("PYTHONPATH", str(ROOT))
    ran = guardrails("scan", *arguments, "--inline", "--profile", "fast", "-f", "json", stdin=stdin, PYTHONPATH=paths)
    assert "219-09-9999" not in ran.out + ran.err
    data = ran.report
    records = {one["path"]: (one["status"], one["reason"]) for one in data["documents"]}
    assert len(records) == len(data["documents"])
    assert data["summary"]["documents"] == len(records), data["summary"]
    return records


def test_the_program_goes_on_with_the_next_file(faults: Path, tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "1-bad").write_text("FAULT crash")
    zipped(share / "2.zip", {"a.txt": TEXT.encode(), "bad": b"FAULT exit", "c.txt": TEXT.encode()})
    (share / "3-loud").write_text("FAULT shout")
    (share / "4.txt").write_text(TEXT)
    records = report(str(share))
    assert {path.rpartition("/")[2]: record for path, record in records.items()} == {
        "1-bad": ("failed", "its reader crashed (SIGSEGV)"),
        "2.zip!a.txt": ("findings", None),
        "2.zip!bad": ("failed", "its reader broke off"),
        "2.zip!c.txt": ("findings", None),
        "2.zip": ("clean", None),
        "3-loud": ("findings", None),
        "4.txt": ("findings", None),
    }


def test_standard_input_may_be_an_archive(tmp_path: Path) -> None:
    data = zipped(tmp_path / "a.zip", {"a.txt": TEXT.encode()}).read_bytes()
    assert report("-", stdin=data) == {"<stdin>!a.txt": ("findings", None), "<stdin>": ("clean", None)}


def test_standard_input_may_be_compressed(tmp_path: Path) -> None:
    assert report("-", stdin=gzip.compress(TEXT.encode())) == {
        "<stdin>!content": ("findings", None),
        "<stdin>": ("clean", None),
    }


def test_standard_input_may_be_a_pdf() -> None:
    pdf = Path(__file__).parent.parent.parent / "data" / "formats" / "letter.pdf"
    (path, (status, reason)), *_ = report("-", stdin=pdf.read_bytes()).items()
    assert (path, status, reason) == ("<stdin>", "findings", None)


def test_standard_input_that_is_too_large_to_be_held_is_one_skipped_document() -> None:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("a.bin", bytes(65 * 1024 * 1024))
    assert report("-", stdin=stored.getvalue()) == {
        "<stdin>": ("skipped", "larger than 64 MiB, and not a file of its own")
    }


def test_what_is_no_file_is_skipped_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.zip"))
        (tmp_path / "null.zip").symlink_to("/dev/null")
        (tmp_path / "a.txt").write_text(TEXT)
        records = report(str(tmp_path))
    assert {path.rpartition("/")[2]: record for path, record in records.items()} == {
        "pipe.zip": ("skipped", "named pipe"),
        "socket.zip": ("skipped", "socket"),
        "null.zip": ("skipped", "symbolic link, not followed"),
        "a.txt": ("findings", None),
    }


def events_of(path: Path, size: int) -> list[Event]:
    with SourceReader(Limits(), SILENCE) as reader:
        return [event for event in reader.read(Source("x", str(path), size)) if event is not None]


def only_reason(events: list[Event]) -> str:
    (record,) = [event for event in events if isinstance(event, Closed | Refused)]
    assert isinstance(record, Refused)
    return record.record.reason


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "changed during the scan: no longer a file"),
        (os.mkdir, "changed during the scan: no longer a file"),
        (lambda path: path.symlink_to("/dev/zero"), "changed during the scan: no longer a file"),
        (lambda path: None, "cannot read: No such file or directory"),
    ],
)
def test_what_took_a_files_place_since_the_walk_is_not_read(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / "x.zip")
    assert only_reason(events_of(tmp_path / "x.zip", 100)) == reason


def test_an_archive_that_shrinks_while_it_is_read_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(200):
            archive.writestr(f"{number}.txt", TEXT * 1000)
    with SourceReader(Limits(), SILENCE) as reader:
        records: list[str | None] = []
        for event in reader.read(Source("a.zip", str(path), path.stat().st_size)):
            if isinstance(event, Closed | Refused):
                records.append(event.document.failure if isinstance(event, Closed) else event.record.reason)
                if len(records) == 1:
                    os.truncate(path, 5000)
    assert len(records) == 201
    assert records[0] is None
    assert records[-2].startswith("damaged: ")  # type: ignore[union-attr]


def test_an_archive_that_grows_while_it_is_read_comes_to_its_end(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {f"{number}.txt": TEXT.encode() for number in range(200)})
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.wait(0.001):
                file.write(b"x" * 1000)
                file.flush()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        with SourceReader(Limits(), 20.0) as reader:
            records, _ = told(reader, path)
    finally:
        stop.set()
        thread.join()
    assert sum(reason is None for reason in records.values()) >= 200


def test_a_killed_program_leaves_no_reader_behind(faults: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("FAULT hang")
    process = subprocess.Popen(
        command("scan", str(tmp_path / "bad"), "--inline", "--profile", "fast"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(PYTHONPATH=os.environ["PYTHONPATH"]),
    )
    wait_until(lambda: len(relatives(str(faults))) >= 2, "the child starts", 20)
    process.kill()
    process.wait()
    wait_until(lambda: not relatives(str(faults)), "the child ends", 5)


def test_the_faulty_reader_is_only_in_these_tests() -> None:
    assert "faulty" not in json.dumps(sorted(registry.FORMATS))
