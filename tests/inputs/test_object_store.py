"""Documents on web servers and in object stores, read from real servers on this machine."""

import importlib.util
import io
import json
import os
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from msgspec.structs import replace

from guardrails_cli.cluster import by_reference
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.inputs import object_store
from guardrails_cli.inputs.input import NotHereError
from guardrails_cli.inputs.listing import Listing
from guardrails_cli.inputs.object_store import scheme_of
from guardrails_cli.inputs.reading import source_reader as reading
from guardrails_cli.inputs.reading.events import Closed, Piece, Refused
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.inputs.registry import shown as shown_path
from guardrails_cli.options.model import Limits, WalkOptions

pytest.importorskip("s3fs", reason="the extra `test` has it")


def archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner/a.csv", "name,mail\nMaria,maria@example.com\n")
    return held.getvalue()


ABSENT = "no such object, or no access to it"
FILES = {
    "note.txt": b"Write to clerk@example.com.\n" * 10_000,
    "archive.zip": archive(),
    "table.csv": b"id,card\n1,4111 1111 1111 1111\n",
}


class Handler(BaseHTTPRequestHandler):
    """Serves `FILES`, without ranges; `denied` is forbidden and `cut` breaks off."""

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].strip("/")
        if name == "denied":
            self.send_error(403)
        elif name == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"x" * 20_000)
        elif name in FILES:
            self.send_response(200)
            self.send_header("Content-Length", str(len(FILES[name])))
            self.send_header("ETag", f'"{len(FILES[name])}"')
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(FILES[name])
        else:
            self.send_error(404)

    do_HEAD = do_GET  # noqa: N815 - the name that the server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket at an S3 server on this machine, with folders in it: its URL."""
    pytest.importorskip("moto", reason="the extra `test` has it")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    client = boto3.client("s3")
    client.create_bucket(Bucket="guardrails-test")
    for name, data in FILES.items():
        client.put_object(Bucket="guardrails-test", Key=f"share/{name}", Body=data)
    client.put_object(Bucket="guardrails-test", Key="share/deep/er/odd ?#%41 name.txt", Body=b"a@example.com\n")
    client.put_object(Bucket="guardrails-test", Key="share/.hidden", Body=b"x")
    client.put_object(Bucket="guardrails-test", Key="share/big.log", Body=b"b@example.com filler\n" * 400_000)
    yield "s3://guardrails-test"
    server.stop()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


def found(*paths: str, options: WalkOptions | None = None) -> list[Source | Unscanned]:
    return list(Listing(paths, options or WalkOptions()))


def read(
    source: Source | Unscanned, limits: Limits | None = None
) -> tuple[list[str], dict[str, str | None], list[str]]:
    """Return the text of a source, the hash of each document in it, and why others have none."""
    assert isinstance(source, Source)
    text, hashes = [], {}
    refused: list[str] = []
    with SourceReader(limits or Limits()) as reader:
        for event in reader.read(source):
            if isinstance(event, Piece):
                text.append(event.chunk.text)
            elif isinstance(event, Closed):
                hashes[event.document.path] = event.document.sha256
                refused += [event.document.failure] if event.document.failure else []
            elif isinstance(event, Refused):
                refused.append(event.record.reason)
    return text, hashes, refused


@pytest.mark.parametrize("name", FILES)
def test_a_document_on_a_web_server_is_read_as_a_file(name: str, web: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    (source,) = found(f"{web}/{name}?signature=secret")
    local, remote_ = read(found(str(tmp_path / name))[0]), read(source)
    assert remote_[0] == local[0] != []
    assert list(remote_[1].values()) == list(local[1].values())
    assert remote_[2] == []
    assert next(iter(remote_[1])).startswith(f"{web}/{name}")
    assert "secret" not in str(remote_[1])
    assert isinstance(source, Source)
    assert source.stamp == f'"{len(FILES[name])}":{len(FILES[name])}'


@pytest.mark.parametrize("name", ["none", "denied"])
def test_what_a_server_refuses_is_told_without_the_signature(name: str, web: str) -> None:
    (failed,) = found(f"{web.replace('://', '://ann:password@')}/{name}?signature=secret")
    assert failed == Unscanned(
        f"{web}/{name}", 0, Status.FAILED, Reason(ReasonCode.NOT_FOUND, f"cannot open: {ABSENT}")
    )


def test_a_stream_that_breaks_off_is_a_failure(web: str) -> None:
    _, hashes, refused = read(found(f"{web}/cut")[0])
    assert not any(hashes.values())
    assert refused == ["cannot read: ClientPayloadError"]


def test_limits_hold(web: str) -> None:
    assert read(found(f"{web}/note.txt")[0], Limits(max_bytes=1000))[2] == [
        "larger than the limit of 1000 bytes; see --max-size"
    ]


def test_an_archive_over_the_memory_goes_through_a_file(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MEMORY_BYTES", 100)
    assert "maria@example.com" in "".join(read(found(f"{web}/archive.zip")[0])[0])
    monkeypatch.setattr(reading, "HELD_BYTES", 120)
    assert "not a file of this machine" in read(found(f"{web}/archive.zip")[0])[2][0]


def test_a_bucket_is_listed_in_the_order_of_names(bucket: str) -> None:
    listed = found(f"{bucket}/share")
    assert [one.path.removeprefix(f"{bucket}/share/") for one in listed] == [
        "archive.zip",
        "big.log",
        "deep/er/odd ?#%41 name.txt",
        "note.txt",
        "table.csv",
    ]
    assert all(isinstance(one, Source) and one.stamp and one.size_bytes for one in listed)
    options = WalkOptions(include=("*.txt",), exclude=("deep/",), hidden=True)
    assert [one.path.rpartition("/")[2] for one in found(f"{bucket}/share/", options=options)] == ["note.txt"]


@pytest.mark.parametrize("name", [*FILES, "deep/er/odd ?#%41 name.txt"])
def test_an_object_is_read(name: str, bucket: str) -> None:
    (source,) = found(f"{bucket}/share/{name}")
    text, hashes, refused = read(source)
    assert "@example.com" in "".join(text) or "4111" in "".join(text)
    assert all(hashes.values())
    assert refused == []


def test_a_large_object_is_read_in_blocks(bucket: str) -> None:
    (source,) = found(f"{bucket}/share/big.log")
    assert source.size_bytes > 2 * object_store.BLOCK_BYTES - 1024 * 1024
    text, _, refused = read(source)
    assert sum(map(len, text)) >= source.size_bytes
    assert refused == []


def test_no_such_bucket_and_no_such_object(bucket: str) -> None:
    for url in ("s3://guardrails-none/x", f"{bucket}/none"):
        (failed,) = found(url)
        assert isinstance(failed, Unscanned)
        assert failed.reason == f"cannot open: {ABSENT}"


def test_a_missing_library_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "gcsfs" else there(name))
    with pytest.raises(ConfigError, match=r"pip install 'guardrails-scan\[gcs\]'"):
        Listing(["gs://bucket/x"], WalkOptions())


@pytest.mark.parametrize(
    ("path", "scheme", "shown"),
    [
        ("https://ann:pw@host/a%20b.txt?X-Signature=1#x", "https", "https://host/a%20b.txt"),
        ("s3://bucket/what?#.txt", "s3", "s3://bucket/what?#.txt"),
        ("S3://key:secret@bucket/x", "s3", "s3://bucket/x"),
        ("file:///etc/passwd", None, "file:///etc/passwd"),
        ("ftp://host/x", None, "ftp://host/x"),
        ("https://", None, "https://"),
        ("plain.txt", None, "plain.txt"),
    ],
)
def test_what_is_a_url_and_what_of_it_is_shown(path: str, scheme: str | None, shown: str) -> None:
    assert scheme_of(path) == scheme
    assert shown_path(path) == shown


def test_the_report_of_a_scan_holds_no_signature(web: str, tmp_path: Path) -> None:
    from tests.integration.support import guardrails

    ran = guardrails(
        "scan", f"{web}/table.csv?signature=secret", "--no-ner", "--no-block", "-v", "--format", "json", "--inline",
        XDG_STATE_HOME=str(tmp_path),
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert ran.report["documents"][0]["path"] == f"{web}/table.csv"
    assert [one["entity_type"] for one in ran.report["documents"][0]["findings"]] == ["CREDIT_CARD"]
    assert "secret" not in ran.out + ran.err
    assert json.dumps(ran.report["run"]["options"]["paths"]) == f'["{web}/table.csv"]'


@pytest.mark.parametrize("where", ["web", "bucket"])
def test_a_worker_reads_an_object_below_its_roots(where: str, request: pytest.FixtureRequest) -> None:
    root = request.getfixturevalue(where) + {"web": "", "bucket": "/share"}[where]
    (source,) = found(f"{root}/table.csv")
    assert isinstance(source, Source)
    reference = by_reference.refer(source, "run", whole=False)
    assert reference is not None
    stream, _ = by_reference.open_reference(reference, "run", [root])
    with stream:
        assert stream.read(100) == FILES["table.csv"]
    for other, roots in (
        (reference, [f"{root}/inner"]),
        (replace(reference, location=f"{root}/inner/../table.csv"), [f"{root}/inner"]),
        (replace(reference, location=f"{root}/note.txt"), [root]),
        (replace(reference, location=f"{root}/none"), [root]),
    ):
        with pytest.raises(NotHereError):
            by_reference.open_reference(other, "run", roots)
