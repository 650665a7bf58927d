"""Workers on other machines: who may work, how documents reach them, and what a broker gets to see."""

import asyncio
import base64
import contextlib
import datetime
import hashlib
import ipaddress
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from guardrails_cli.cluster import build, by_reference, workers
from guardrails_cli.cluster.batch import TASK_NAME, Unit, decode_answers, encode_batch
from guardrails_cli.cluster.celery_app import configure
from guardrails_cli.cluster.envelope import ANSWER, MESSAGE, seal, unseal
from guardrails_cli.cluster.keys import run_key, stream_key
from guardrails_cli.core import codec
from guardrails_cli.core.source import Source
from guardrails_cli.execute.local import EmbeddedServer, find_server
from guardrails_cli.options.model import DetectOptions, EngineOptions
from tests.integration.support import (
    EXAMPLES,
    ROOT,
    SSN_TEXT,
    Ran,
    environment,
    guardrails,
    small_texts,
    stable,
    start,
    wait_until,
    worker,
)

KEY = "a cluster key for tests only"
MARK = "Project Blue Heron"
QUICK = {"GUARDRAILS_MODEL": "none", "GUARDRAILS_PROFILE": "fast"}
"""No model: these tests are not about what is found."""


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is scanned: small and large, text and not, in folders and archives."""
    folder = small_texts(tmp_path_factory.mktemp("cluster") / "share", 40)
    shutil.copytree(EXAMPLES, folder / "examples")
    filler = "The committee met again and nothing was decided. " * 3000
    (folder / "long.txt").write_text(f"{filler * 7}{SSN_TEXT}{filler}")  # over what goes by reference
    (folder / "mark.txt").write_text(f"{MARK}: write to maria@example.com.\n" * 20)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (folder / "empty.txt").touch()
    return folder


@pytest.fixture(scope="module")
def cluster(share: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker, and a worker with a key that may read the share."""
    binary = find_server()
    assert binary is not None
    home = str(tmp_path_factory.mktemp("worker"))
    with (
        EmbeddedServer(binary) as server,
        worker(
            server.url,
            "--concurrency",
            "1",
            "--root",
            str(share),
            GUARDRAILS_CLUSTER_KEY=KEY,
            **QUICK,
            XDG_STATE_HOME=home,
        ),
    ):
        wait_until(lambda: workers.present(client_of(server.url)), "the worker registers")
        yield server.url


def client_of(url: str) -> Any:
    return redis.Redis(unix_socket_path=url.partition("://")[2].partition("?")[0])


def scan(share: Path, *options: str, **changes: str) -> Ran:
    asked = ("--no-block", "--no-ner", "--format", "json", "-v", *options)
    return guardrails("scan", str(share), *asked, cwd=None, stdin=b"", **{"GUARDRAILS_KEY": "a"} | changes)


@pytest.fixture(scope="module")
def expected(share: Path) -> dict[str, Any]:
    return stable(scan(share, "--inline").report)


@pytest.mark.parametrize("transfer", ["content", "auto"])
def test_a_report_is_the_same_whichever_way_documents_went(
    transfer: str, share: Path, cluster: str, expected: dict[str, Any]
) -> None:
    ran = scan(share, "--broker", cluster, "--transfer", transfer, GUARDRAILS_CLUSTER_KEY=KEY)
    assert ran.report["run"]["transfer"]["encrypted"] is True
    by = {"content": "content", "auto": "reference"}[transfer]
    assert ran.report["run"]["transfer"]["by"] == by
    assert f"documents by {by}, encrypted" in ran.err
    assert stable(ran.report) == expected


@pytest.mark.slow
def test_by_reference_only_sends_no_content(share: Path, cluster: str, expected: dict[str, Any]) -> None:
    ran = scan(share, "--broker", cluster, "--transfer", "reference", GUARDRAILS_CLUSTER_KEY=KEY)
    assert stable(ran.report) == expected


def test_what_workers_cannot_read_goes_by_content(tmp_path: Path, share: Path, cluster: str) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(SSN_TEXT)
    ran = guardrails(
        "scan", str(outside), "--no-ner", "--no-block", "--format", "json", "--broker", cluster,
        GUARDRAILS_CLUSTER_KEY=KEY,
    )  # fmt: skip
    assert [one["status"] for one in ran.report["documents"]] == ["findings"]
    ran = guardrails(
        "scan", str(outside), "--no-ner", "--format", "json", "--broker", cluster, "--transfer", "reference",
        GUARDRAILS_CLUSTER_KEY=KEY,
    )  # fmt: skip
    assert ran.code == 4
    assert "the workers cannot read it" in ran.report["documents"][0]["reason"]


def test_without_the_workers_key_nothing_is_sent(share: Path, cluster: str) -> None:
    ran = scan(share, "--broker", cluster, GUARDRAILS_CLUSTER_KEY="another key, long enough")
    assert ran.code == 2
    assert "is not like this client: cluster key: it has" in ran.err


@pytest.mark.parametrize(
    ("key", "needs", "said"),
    [
        (KEY, {"version": "0.0.1"}, "guardrails version: it has"),
        (None, {}, "is not encrypted"),
        ("another key, long enough", {}, "another cluster key"),
    ],
)
def test_a_worker_that_came_later_refuses_what_is_not_for_it(
    key: str | None, needs: dict[str, str], said: str, cluster: str
) -> None:
    run = batch = uuid.uuid4().hex
    app = configure(cluster)
    client_of(cluster).set(run_key(run), 1, ex=60)
    body = encode_batch(run, DetectOptions(), [], needs=needs)
    app.send_task(TASK_NAME, (seal(body, key.encode() if key else None, run, batch, MESSAGE),), task_id=batch)
    meta = wait_until(lambda: (found := app.backend.get_task_meta(batch))["status"] == "FAILURE" and found, "it fails")
    assert type(meta["result"]).__name__ == "MismatchError"
    assert "refuses the work" in str(meta["result"])
    assert said in str(meta["result"])


def test_a_worker_of_another_build_is_named_with_the_remedy(share: Path, server: str) -> None:
    client = client_of(server)
    workers.register(client, workers.Worker("old@elsewhere", {"version": "0.0.1"}, ("default",)))
    ran = scan(share, "--broker", server)
    assert ran.code == 2
    assert "worker old@elsewhere" in ran.err
    assert "guardrails version: it has 0.0.1" in ran.err
    assert "install the same version" in ran.err


def test_a_broker_sees_no_text_and_no_values(share: Path, server: str) -> None:
    """With a worker that never comes, all messages stay in the broker."""
    workers.register(client_of(server), workers.Worker("busy@elsewhere", {}, ("default",)))
    process = start("scan", str(share), "--no-ner", "--broker", server, GUARDRAILS_CLUSTER_KEY=KEY)
    try:
        messages = wait_until(lambda: client_of(server).lrange("default", 0, -1), "messages are queued")
    finally:
        process.kill()
        process.communicate()
    for message in messages:
        outer = json.loads(message)
        assert outer["headers"]["argsrepr"] == outer["headers"]["kwargsrepr"] == "-"
        envelope = json.loads(base64.b64decode(outer["body"]))[0][0]
        assert envelope["form"] == "zstd+aesgcm"
        assert set(envelope) == {"run", "batch", "form", "body"}
        assert MARK.encode() not in base64.b64decode(envelope["body"])


def test_a_worker_reads_files_only_with_a_key(tmp_path: Path) -> None:
    ran = guardrails("worker", "--broker", "redis://localhost:1/0", "--root", str(tmp_path))
    assert ran.code == 2
    assert re.search("--root needs a cluster key in GUARDRAILS_CLUSTER_KEY", ran.err)


PASSWORD = "not the real one"


@pytest.fixture(scope="module")
def guarded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A broker on a TCP port with the access list of the documentation: its port."""
    binary, folder = find_server(), tmp_path_factory.mktemp("guarded")
    assert binary is not None
    (users,) = re.findall(r"```acl\n(.*?)```", (ROOT / "docs" / "cluster.md").read_text(), re.DOTALL)
    users = users.replace(">CHANGE-ME", "#" + hashlib.sha256(PASSWORD.encode()).hexdigest())
    (folder / "users.acl").write_text(f"{users}user admin on nopass ~* &* +@all\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--aclfile", "users.acl", "--save", "", "--dir", "."],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _listens(port), "the server starts")
        yield port
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
def test_the_documented_access_list_is_enough(tmp_path: Path, guarded_broker: int, share: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    url = f"redis://guardrails@127.0.0.1:{guarded_broker}/0"
    login = {"GUARDRAILS_BROKER_PASSWORD_FILE": str(tmp_path / "password")}
    admin = redis.Redis(port=guarded_broker, username="admin", password="")
    with worker(url, "--concurrency", "1", XDG_STATE_HOME=str(tmp_path), **QUICK, **login):
        wait_until(lambda: workers.present(admin), "the worker registers")
        ran = scan(EXAMPLES, "--broker", url, **login)
        assert ran.code == 0, ran.err
        asked = (
            "import os; from guardrails_cli.cluster.celery_app import app, configure; configure(os.environ['URL'])\n"
            "print(app.send_task('score_risk_async', ([],), queue='scoring').get(timeout=20)['status'])\n"
            "try: app.send_task('detect_pii_async', (1,), queue='detection').get(timeout=20)\n"
            "except Exception as error: print(type(error).__name__)\n"
            "print(len(app.control.ping(timeout=2)))\n"
        )
        told = subprocess.run(
            [sys.executable, "-c", asked], env=environment(URL=url, **login), capture_output=True, text=True, check=True
        )
        assert told.stdout.split() == ["success", "InputError", "1"]
    assert admin.acl_log() == []
    client = redis.Redis(port=guarded_broker, username="guardrails", password=PASSWORD)
    for forbidden in (("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("GET", "of-another-program")):
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.execute_command(*forbidden)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("login", [{}, {"GUARDRAILS_BROKER_PASSWORD": "a wrong one"}])
def test_a_wrong_password_is_told_with_the_remedy(login: dict[str, str], guarded_broker: int, share: Path) -> None:
    ran = scan(share, "--broker", f"redis://guardrails@127.0.0.1:{guarded_broker}/0", **login)
    assert ran.code == 2
    assert "the password into GUARDRAILS_BROKER_PASSWORD_FILE" in ran.err
    assert "a wrong one" not in ran.err


def certificate(folder: Path) -> None:
    """Make an authority, `ca.pem`, and a certificate of it for the address 127.0.0.1, `server.pem`."""
    now = datetime.datetime.now(datetime.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("test authority", "broker")]

    def certified(which: int, extension: x509.ExtensionType) -> bytes:
        made = (
            x509.CertificateBuilder()
            .subject_name(names[which])
            .issuer_name(names[0])
            .public_key(keys[which].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(keys[0], hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    (folder / "ca.pem").write_bytes(certified(0, x509.BasicConstraints(ca=True, path_length=0)))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    private = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + certified(1, address))


@pytest.fixture(scope="module")
def tls(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The cluster's broker behind TLS, since the server in the wheel has none: its URL, and its authority."""
    folder = tmp_path_factory.mktemp("tls")
    certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    target = cluster.partition("://")[2].partition("?")[0]
    loop = asyncio.new_event_loop()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_unix_connection(target)

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
            sink.close()

        await asyncio.gather(copy(reader, outer), copy(inner, writer))

    server = loop.run_until_complete(asyncio.start_server(relay, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"rediss://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", folder / "ca.pem"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@pytest.mark.slow
def test_a_scan_through_tls(share: Path, tls: tuple[str, Path], expected: dict[str, Any]) -> None:
    url, authority = tls
    ran = scan(share, "--broker", url, GUARDRAILS_BROKER_CA=str(authority), GUARDRAILS_CLUSTER_KEY=KEY)
    assert ran.code == 4, ran.err  # the broken PDF
    assert stable(ran.report) == expected


def test_a_certificate_that_cannot_be_verified_ends_the_scan(share: Path, tls: tuple[str, Path]) -> None:
    ran = scan(share, "--broker", tls[0], GUARDRAILS_CLUSTER_KEY=KEY)
    assert ran.code == 2
    assert "of an authority in GUARDRAILS_BROKER_CA" in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    url = tls[0].replace("127.0.0.1", "localhost")  # which it is not for
    ran = scan(share, "--broker", url, GUARDRAILS_BROKER_CA=str(tls[1]), GUARDRAILS_CLUSTER_KEY=KEY)
    assert ran.code == 2
    assert "for this host name" in ran.err


def test_a_worker_that_no_scan_has_started_reads_nothing_for_a_secret(tmp_path: Path, server: str) -> None:
    """Even if it is in its environment: only a scan hands it over, to a worker on a socket of its own."""
    note = tmp_path / "note.txt"
    note.write_text(SSN_TEXT)
    reference = by_reference.refer_here(Source("note", str(note), 1), bytes(32))
    assert reference is not None
    run = batch = uuid.uuid4().hex
    client_of(server).set(run_key(run), 1, ex=60)
    options = DetectOptions(EngineOptions(model=None))
    body = encode_batch(run, options, [Unit(0, 0, reference)], needs=build.needs(None))
    changes = {by_reference.ENV_SECRET: bytes(32).hex()}
    with worker(server, "--concurrency", "1", "--model", "none", **QUICK, **changes):
        sealed = seal(body, None, run, batch, MESSAGE)
        configure(server).send_task(TASK_NAME, (sealed,), task_id=batch)
        ((_, fields),) = wait_until(lambda: client_of(server).xrange(stream_key(run)), "it answers")
    envelope = codec.from_bytes(fields[b"results"]) | {"run": run, "batch": batch}
    (answer,) = decode_answers(unseal(envelope, None, ANSWER))
    assert (answer.told, answer.error) == (None, "outside of the worker's --root")
