"""Webhooks: signed notifications about the end of a run, never to a forbidden address.

The standard library's client is enough, and the safer choice: it connects to the address that was checked, follows no
redirect and reads no proxy from the environment.
"""

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from guardrails_cli.core.errors import ConfigError, GuardrailsError
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.version import __version__

ENV_SECRET = "GUARDRAILS_WEBHOOK_SECRET"  # noqa: S105 - the variable's name
SIGNATURE, TIMESTAMP, DELIVERY = "X-Guardrails-Signature", "X-Guardrails-Timestamp", "X-Guardrails-Delivery"
PAUSES = (1.0, 3.0, 9.0)
"""Seconds before the second, third and last attempt."""
TIMEOUT = 10.0
"""Time-out in seconds of a connection or one read from it."""
LONGEST = 60.0
"""Seconds that a run waits for all attempts of all its webhooks together."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses worth a retry."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotifyError(GuardrailsError):
    """A webhook could not be called; `again` says whether a retry may help."""

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


@dataclass(frozen=True, slots=True)
class Webhook:
    """The destination of a notification. Path and query may be secret, so no message contains them."""

    secure: bool
    host: str
    port: int
    target: str = field(repr=False)
    private: bool
    """Whether addresses outside of the public Internet are allowed."""

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}"


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a webhook's request, the value of `X-Guardrails-Signature`.

    It is the HMAC-SHA-256 of the time, a dot and the body, so that neither can be replaced or replayed much later.

    Args:
        secret: known to both sides.
        timestamp: the value of `X-Guardrails-Timestamp`: seconds since 1970, in decimal digits.
        body: the request's, as it was sent.

    """
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def webhook(url: str, private: bool) -> Webhook:
    """Return the webhook of a URL given by `--notify`.

    Args:
        url: `https://…`; `http://…` only if private addresses are allowed.
        private: whether they are allowed.

    Raises:
        ConfigError: if it is not valid. The message does not repeat the URL: it may hold a secret.

    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        raise ConfigError("--notify: not a URL; write for example https://hooks.example.com/guardrails") from None
    if parts.scheme not in ("https", "http") or not host or not url.isprintable() or " " in url or not url.isascii():
        raise ConfigError("--notify: not a URL; write for example https://hooks.example.com/guardrails")
    if parts.scheme == "http" and not private:
        raise ConfigError("--notify: only https; http is for private addresses, with --notify-private")
    if parts.username is not None or parts.password is not None:
        raise ConfigError("--notify: no user name or password in the URL; requests are signed instead")
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Webhook(secure, host, port or (443 if secure else 80), target, private)


def addresses(hook: Webhook) -> list[str]:
    """Return the addresses of a webhook's host, after checking each of them.

    A single private address refuses all: the owner of the name could otherwise choose between them. The caller connects
    to these addresses, not to the name, which could mean another one a moment later.

    Raises:
        NotifyError: if the name has no address or a forbidden one.

    """
    try:
        found = socket.getaddrinfo(hook.host, hook.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotifyError(f"its name has no address ({error.strerror or error})", again=True) from None
    texts = list(dict.fromkeys(str(row[4][0]) for row in found))
    if not hook.private and not all(is_public(ipaddress.ip_address(text.partition("%")[0])) for text in texts):
        raise NotifyError("its address is private, and only --notify-private allows that")
    return texts


def is_public(address: _Address) -> bool:
    """Return whether an address is on the public Internet, also if it wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def deliver(hooks: Sequence[Webhook], event: JsonObject, secret: bytes, longest: float = LONGEST) -> list[str]:
    """Send an event to all webhooks in parallel; return one line per failed delivery.

    Args:
        hooks: the webhooks.
        event: a JSON object; `id` and `sent_by` are added.
        secret: key of the signatures; empty sends unsigned requests.
        longest: seconds to wait for all of them together.

    """
    name = str(uuid.uuid4())
    body = json.dumps({"id": name, "sent_by": f"guardrails/{__version__}"} | event, ensure_ascii=True).encode()
    faults: dict[int, str | None] = {}

    def call(number: int, hook: Webhook) -> None:
        try:
            _persist(hook, body, secret, name)
            faults[number] = None
        except NotifyError as error:
            faults[number] = f"{hook} was not told: {error}"
        except Exception as error:  # noqa: BLE001 - a webhook's failure is never the run's
            faults[number] = f"{hook} was not told: {type(error).__name__}"

    # Each has its own thread, since neither a name's look-up nor a dribbling server has a time-out.
    threads = [threading.Thread(target=call, args=pair, daemon=True) for pair in enumerate(hooks)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + longest
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))
    late = f"no answer in {longest:.0f} s"
    told = [faults.get(number, f"{hook} was not told: {late}") for number, hook in enumerate(hooks)]
    return [fault for fault in told if fault is not None]


def _persist(hook: Webhook, body: bytes, secret: bytes, name: str) -> None:
    """Send it until it is accepted or refused for good."""
    for pause in PAUSES:
        try:
            _send(hook, body, secret, name)
        except NotifyError as error:
            if not error.again:
                raise
            time.sleep(pause)
        else:
            return
    _send(hook, body, secret, name)


def _send(hook: Webhook, body: bytes, secret: bytes, name: str) -> None:
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"guardrails/{__version__}",
        TIMESTAMP: timestamp,
        DELIVERY: name,
    } | ({SIGNATURE: sign(secret, timestamp, body)} if secret else {})
    connection = _Connection(hook)
    try:
        connection.request("POST", hook.target, body, headers)
        status = connection.getresponse().status
    except ssl.SSLCertVerificationError as error:
        raise NotifyError(f"its certificate is not valid ({error.verify_message})") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise NotifyError(f"the connection failed ({reason})", again=True) from None
    finally:
        connection.close()
    if 300 <= status < 400:
        raise NotifyError(f"it answered {status}, a redirect, which is not followed")
    if not 200 <= status < 300:
        raise NotifyError(f"it answered {status}", again=status in _AGAIN)


class _Connection(http.client.HTTPConnection):
    """A connection to a checked address, with the host's name in `Host` and in the certificate."""

    def __init__(self, hook: Webhook) -> None:
        super().__init__(hook.host, hook.port, timeout=TIMEOUT)
        self.default_port = 443 if hook.secure else 80  # decides whether `Host` names the port
        self._hook = hook

    def connect(self) -> None:
        """Connect to the first address that answers."""
        fault: OSError = OSError("no address")
        for address in addresses(self._hook):
            try:
                self.sock = socket.create_connection((address, self._hook.port), self.timeout)
                break
            except OSError as error:
                fault = error
        else:
            raise fault
        if self._hook.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._hook.host)
