"""Webhooks, at servers that listen on this machine only."""

import hashlib
import hmac
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.services import webhooks
from guardrails_cli.services.webhooks import Webhook, addresses, deliver, is_public, sign, webhook

EVENT = {"event": "scan.completed", "state": "finished"}
SECRET = b"a secret for tests"


@dataclass
class Receiver:
    """A server that keeps what it is sent."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    """Statuses to answer with, in turn; 204 afterwards."""
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.seen.append((dict(self.headers), body))
            self.send_response(kept.statuses.pop(0) if kept.statuses else 204)
            self.send_header("Location", f"{kept.url}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setattr(webhooks, "PAUSES", (0.01, 0.01, 0.01))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_gets_signed_json(receiver: Receiver) -> None:
    assert deliver([webhook(f"{receiver.url}/hook?token=1", private=True)], EVENT, SECRET) == []
    [(headers, body)] = receiver.seen
    # Worked out by hand, as a receiver would.
    signed = headers["X-Guardrails-Timestamp"].encode() + b"." + body
    assert headers["X-Guardrails-Signature"] == "sha256=" + hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
    assert abs(int(headers["X-Guardrails-Timestamp"]) - time.time()) < 60
    assert json.loads(body).items() >= EVENT.items()
    assert json.loads(body)["id"] == headers["X-Guardrails-Delivery"]
    assert headers["Host"] == receiver.url.removeprefix("http://")


def test_the_signature_is_that_of_the_documentation() -> None:
    assert sign(b"secret", "1798761600", b'{"event":"scan.completed"}') == (
        "sha256=69e9351915812ee81ee099916ed01384a580662bb08571dac4265d78f29bfe67"
    )


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    assert deliver([webhook(receiver.url, private=True)], EVENT, b"") == []
    assert "X-Guardrails-Signature" not in receiver.seen[0][0]


def test_what_may_pass_is_tried_again_under_the_same_name(receiver: Receiver) -> None:
    receiver.statuses = [503, 429]
    assert deliver([webhook(receiver.url, private=True)], EVENT, SECRET) == []
    assert len(receiver.seen) == 3
    assert len({headers["X-Guardrails-Delivery"] for headers, _ in receiver.seen}) == 1


@pytest.mark.parametrize(
    ("status", "tries", "told"), [(500, 4, "answered 500"), (403, 1, "answered 403"), (302, 1, "redirect")]
)
def test_a_refusal_is_told_without_the_secret_in_the_url(
    receiver: Receiver, status: int, tries: int, told: str
) -> None:
    receiver.statuses = [status] * 9
    [fault] = deliver([webhook(f"{receiver.url}/hidden-token", private=True)], EVENT, SECRET)
    assert told in fault
    assert "hidden-token" not in fault
    assert len(receiver.seen) == tries


def test_one_webhook_that_fails_keeps_no_other_from_being_told(receiver: Receiver) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = webhook(f"http://127.0.0.1:{closed.getsockname()[1]}", private=True)
        [fault] = deliver([nobody, webhook(receiver.url, private=True)], EVENT, SECRET)
    assert "the connection failed" in fault
    assert len(receiver.seen) == 1


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hook = webhook(f"http://127.0.0.1:{silent.getsockname()[1]}", private=True)
        begun = time.monotonic()
        [fault] = deliver([hook], EVENT, SECRET, longest=0.3)
    assert "no answer" in fault
    assert time.monotonic() - begun < 3


def test_a_private_address_is_refused_before_anything_is_sent(receiver: Receiver) -> None:
    port = int(receiver.url.rpartition(":")[2])
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "::ffff:127.0.0.1"):
        [fault] = deliver([Webhook(False, host, port, "/", private=False)], EVENT, SECRET)
        assert "private" in fault
    assert receiver.seen == []


def test_a_name_that_means_another_address_the_next_time_gains_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer is harmless, the second is this machine."""
    port = int(receiver.url.rpartition(":")[2])
    answers = iter(["203.0.113.7", "127.0.0.1", "127.0.0.1"])
    real = socket.getaddrinfo
    reached: list[str] = []

    def resolve(host: str, *rest: object, **more: object) -> object:
        return real(next(answers) if host == "hooks.example.com" else host, *rest, **more)  # type: ignore[arg-type]

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        reached.append(address[0])
        raise OSError("unreachable")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(
        webhooks, "is_public", lambda address: str(address) != "127.0.0.1"
    )  # 203.0.113.0/24 is not global
    [fault] = deliver([Webhook(False, "hooks.example.com", port, "/", private=False)], EVENT, SECRET)
    assert reached == ["203.0.113.7"]  # the address that was checked; the second try was refused
    assert "private" in fault


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "hooks.example.com", "ftp://example.com/", "https://", "https://example.com:x/", "https://example.com/a b",
        "https://example.com/\r\nX: y", "https://user:word@example.com/", "http://example.com/", "https://[::1/", "",
    ],
)  # fmt: skip
def test_what_is_no_webhook_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        webhook(url, private=False)
    assert "word" not in str(caught.value).replace("password", "")


def test_a_name_without_an_address() -> None:
    [fault] = deliver([Webhook(True, "nowhere.invalid", 443, "/", private=False)], EVENT, b"", longest=0.2)
    assert "was not told" in fault
    assert addresses(webhook("http://127.0.0.1", private=True)) == ["127.0.0.1"]
