"""Workers on other machines: who may work, how documents reach them, and what a broker gets to see."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from guardrails_cli import roster
from guardrails_cli.executors.embedded import EmbeddedServer, find_server

from .support import EXAMPLES, SSN_TEXT, Ran, guardrails, small_texts, stable, start, wait_until, worker

KEY = "a cluster key for tests only"
MARK = "Project Blue Heron"


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is scanned: small and large, text and not, in folders and archives."""
    import shutil

    folder = small_texts(tmp_path_factory.mktemp("cluster") / "share", 40)
    shutil.copytree(EXAMPLES, folder / "examples")
    filler = "The committee met again and nothing was decided. " * 3000
    (folder / "long.txt").write_text(f"{filler}{SSN_TEXT}{filler}")
    (folder / "longer.txt").write_text(f"{filler * 8}{SSN_TEXT}")  # over what goes by reference
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
        worker(server.url, "--concurrency", "1", "--root", str(share), GUARDRAILS_CLUSTER_KEY=KEY, XDG_STATE_HOME=home),
    ):
        wait_until(lambda: roster.present(client_of(server.url)), "the worker registers")
        yield server.url


def client_of(url: str) -> Any:
    return redis.Redis(unix_socket_path=url.partition("://")[2].partition("?")[0])


def scan(share: Path, *options: str, **changes: str) -> Ran:
    asked = ("--no-block", "--no-ner", "--format", "json", "-v", *options)
    return guardrails("scan", str(share), *asked, GUARDRAILS_KEY="a", **changes)


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


def test_by_reference_only_sends_no_content(share: Path, cluster: str, expected: dict[str, Any]) -> None:
    ran = scan(share, "--broker", cluster, "--transfer", "reference", GUARDRAILS_CLUSTER_KEY=KEY)
    assert stable(ran.report) == expected


def test_what_workers_cannot_read_goes_by_content(tmp_path: Path, share: Path, cluster: str) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(SSN_TEXT)
    (share / "link.txt").unlink(missing_ok=True)
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


@pytest.mark.parametrize(
    ("key", "said"), [("", "cluster key: it has"), ("another key, long enough", "cluster key: it has")]
)
def test_without_the_workers_key_nothing_is_sent(key: str, said: str, share: Path, cluster: str) -> None:
    ran = scan(share, "--broker", cluster, GUARDRAILS_CLUSTER_KEY=key)
    assert ran.code == 2
    assert said in ran.err
    assert "is not like this client" in ran.err


def test_a_worker_of_another_build_is_named_with_the_remedy(share: Path, server: str) -> None:
    client = client_of(server)
    roster.register(client, roster.Worker("old@elsewhere", {"version": "0.0.1"}, ("default",)))
    ran = scan(share, "--broker", server)
    assert ran.code == 2
    assert "worker old@elsewhere" in ran.err
    assert "guardrails version: it has 0.0.1" in ran.err
    assert "install the same version" in ran.err


def test_a_broker_sees_no_text_and_no_values(share: Path, server: str) -> None:
    """With a worker that never comes, all messages stay in the broker."""
    roster.register(client_of(server), roster.Worker("busy@elsewhere", {}, ("default",)))
    process = start("scan", str(share), "--no-ner", "--broker", server, GUARDRAILS_CLUSTER_KEY=KEY)
    try:
        messages = wait_until(lambda: client_of(server).lrange("default", 0, -1), "messages are queued")
    finally:
        process.kill()
        process.communicate()
    for message in messages:
        outer = json.loads(message)
        assert outer["headers"]["argsrepr"] == outer["headers"]["kwargsrepr"] == "-"
        import base64

        envelope = json.loads(base64.b64decode(outer["body"]))[0][0]
        assert envelope["form"] == "zstd+aesgcm"
        assert set(envelope) == {"run", "batch", "form", "body"}
        assert MARK.encode() not in base64.b64decode(envelope["body"])


def test_a_worker_reads_files_only_with_a_key(tmp_path: Path) -> None:
    ran = guardrails("worker", "--broker", "redis://localhost:1/0", "--root", str(tmp_path))
    assert ran.code == 2
    assert re.search("--root needs a cluster key in GUARDRAILS_CLUSTER_KEY", ran.err)
