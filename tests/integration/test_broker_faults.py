"""A remote Redis that breaks under a scan: the report equals an undisturbed one, or one line says why not."""

import datetime
import ipaddress
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integration.disturbed import QUICK, Redis, Running, TlsFront, free_port, lines, site, traced, undisturbed
from tests.integration.support import SSN_TEXT, guardrails, small_texts, stable, wait_until, worker


@dataclass(frozen=True)
class Place:
    """A share to scan, a Redis to break, and a worker that serves it and outlives all that."""

    share: Path
    redis: Redis
    trace: Path
    expected: dict[str, Any]

    def scan(self, target: Path, **changes: str) -> Running:
        """Start a scan and wait until it is in the middle of its work."""
        before = len(lines(self.trace))
        running = Running(self.share, target / "report.json", "--broker", self.redis.url, **changes)
        running.until(lambda: len(lines(self.trace)) > before + 150, "documents are scanned")
        return running


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("faults")
    share, trace = small_texts(home / "share", 900), home / "trace"
    with (
        Redis() as redis,
        worker(redis.url, "--model", "none", "--concurrency", "2", prelude=traced(trace)),
    ):
        yield Place(share, redis, trace, undisturbed(share))


def test_a_redis_that_is_restarted_empty(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    place.redis.kill()
    place.redis.start()
    assert running.report() == place.expected


@pytest.mark.slow
def test_a_redis_that_is_emptied(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    place.redis.client.flushall()
    assert running.report() == place.expected


@pytest.mark.slow
def test_a_redis_that_is_away_for_half_a_minute(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    place.redis.kill()
    time.sleep(30)
    assert running.process.poll() is None
    place.redis.start()
    assert running.report() == place.expected


@pytest.mark.slow
def test_a_redis_that_is_full_for_a_while(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    place.redis.client.config_set("maxmemory", "1mb")
    begun = len(lines(place.trace))
    time.sleep(3)
    assert running.process.poll() is None
    assert len(lines(place.trace)) < begun + 400, "what lies there may be begun, but nothing goes in or out"
    assert place.redis.client.info("errorstats")["errorstat_OOM"]["count"] > 0
    place.redis.client.config_set("maxmemory", "0")
    assert running.report() == place.expected


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["full", "away"])
def test_what_does_not_end_is_told_in_one_line(place: Place, tmp_path: Path, fault: str) -> None:
    changes = site(
        tmp_path / "site",
        scan="from guardrails_cli.cluster import retry\nretry.FULL_SECONDS = retry.OUTAGE_SECONDS = 3.0\n",
    )
    running = place.scan(tmp_path, **changes)
    if fault == "full":
        place.redis.client.config_set("maxmemory", "1mb")
    else:
        place.redis.kill()
    _, err = running.process.communicate(timeout=60)
    assert running.process.returncode == 4
    assert err.startswith(f"guardrails: the broker {'is full: ' if fault == 'full' else 'was lost: '}")
    assert err.count("\n") == 1
    report = json.loads(running.target.read_text())
    assert report["run"]["complete"] is False
    finished = {one["path"]: one for one in stable(report)["documents"] if one["status"] != "failed"}
    assert len(finished) > 50
    assert finished.items() <= {one["path"]: one for one in place.expected["documents"]}.items()
    if fault == "full":
        place.redis.client.config_set("maxmemory", "0")
    else:
        place.redis.start()


@pytest.mark.slow
def test_answers_that_come_twice_are_counted_once(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    client = place.redis.client
    copied = 0
    while running.process.poll() is None:
        for key in client.keys("guardrails:run:*:results"):
            for _, fields in client.xrange(key):
                client.xadd(key, fields)
                copied += 1
        for queue in client.keys("default"):
            for message in client.lrange(queue, 0, 3):
                client.lpush(queue, message)
        time.sleep(0.05)
    assert copied > 3
    assert running.report() == place.expected


def test_a_message_that_comes_twice_is_run_once(place: Place, tmp_path: Path) -> None:
    before = len(lines(place.trace))
    running = Running(place.share, tmp_path / "report.json", "--broker", place.redis.url)
    client, doubled = place.redis.client, set()
    while running.process.poll() is None:
        for message in client.lrange("default", 0, -1):
            if message not in doubled:
                doubled.add(message)
                client.lpush("default", message)
        time.sleep(0.02)
    assert len(doubled) > 1
    assert running.report() == place.expected
    wait_until(lambda: client.llen("default") == 0, "the queue is empty")
    assert len(lines(place.trace)) - before == 900


def one_line(code: int | None, out: str) -> None:
    assert code == 2, out
    assert out.count("\n") == 1, out
    assert out.startswith("guardrails: cannot reach the broker: ")
    assert "hunter2" not in out


def test_a_wrong_password(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing\n")
    port = free_port()
    with Redis("--port", str(port), "--requirepass", "swordfish"):
        for user, words in ((":hunter2@", "password"), ("clerk:hunter2@", "password"), ("", "password")):
            ran = guardrails("scan", str(tmp_path), *QUICK, "--broker", f"redis://{user}127.0.0.1:{port}/0")
            one_line(ran.code, ran.out + ran.err)
            assert words in ran.err
        ran = guardrails("worker", "--model", "none", "--broker", f"redis://:hunter2@127.0.0.1:{port}/0")
        one_line(ran.code, ran.out + ran.err)


def certificate(folder: Path, name: str, host: str, issuer: Path | None = None) -> Path:
    """Make `NAME.pem` and `NAME.key`, signed by `issuer` or by itself; return the former."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, signed_by = key, subject
    if issuer is not None:
        signer = serialization.load_pem_private_key(issuer.with_suffix(".key").read_bytes(), None)  # type: ignore[assignment]
        signed_by = x509.load_pem_x509_certificate(issuer.read_bytes()).subject
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(signed_by, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    file.with_suffix(".key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.mark.slow
def test_certificates(place: Place, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "form.txt").write_text(SSN_TEXT)
    authority = certificate(tmp_path, "authority", "127.0.0.9")
    rows = [
        ("own", certificate(tmp_path, "own", "127.0.0.1"), "", 2),
        ("unknown", certificate(tmp_path, "unknown", "127.0.0.1", authority), "", 2),
        ("other", certificate(tmp_path, "other", "127.0.0.2", authority), f"?ssl_ca_certs={authority}", 2),
        ("right", certificate(tmp_path, "right", "127.0.0.1", authority), f"?ssl_ca_certs={authority}", 0),
    ]
    for name, file, query, code in rows:
        with TlsFront(file, file.with_suffix(".key"), place.redis.socket) as front:
            user = ":hunter2@" if code else ""
            url = f"rediss://{user}127.0.0.1:{front.port}/0{query}"
            ran = guardrails("scan", str(tmp_path / "share"), *QUICK, "--broker", url)
        if code:
            one_line(ran.code, ran.out + ran.err)
            assert "certificate" in ran.err, name
        else:
            assert (ran.code, ran.err) == (0, "")
            assert ran.report["summary"]["findings"] == 1
