"""One run's mailbox in a Redis broker: it sends batches and reads answers, without retries or decisions."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import redis
from celery import Celery

from guardrails_cli.cluster.batch import TASK_NAME, Unit, UnitResult, decode_answers, encode_batch
from guardrails_cli.cluster.celery_app import backend_client, client
from guardrails_cli.cluster.claims import owners
from guardrails_cli.cluster.envelope import ANSWER, MESSAGE, seal, unseal
from guardrails_cli.cluster.keys import RUN_SECONDS, claims_key, run_key, stream_key
from guardrails_cli.core import codec
from guardrails_cli.core.errors import MismatchError
from guardrails_cli.execute.leftovers import withdraw
from guardrails_cli.options.model import DetectOptions, Limits

PAGE = 64
"""Number of answers read at once."""


class Mailbox:
    """Sends a run's batches and reads their answers. Any call may raise one of `retry.FAULTS`.

    Args:
        url: the broker's, as returned by `guardrails_cli.cluster.broker_url.broker_url`.
        options: options for the workers.
        limits: limits of documents that workers read themselves.
        needs: requirements for the workers, see `build.needs`.
        key: encrypts messages and answers; None means no encryption.

    """

    def __init__(
        self, url: str, options: DetectOptions, limits: Limits, needs: Mapping[str, str], key: bytes | None
    ) -> None:
        self.scan = uuid.uuid4().hex
        """Name of the scan in proofs for workers; a run that starts over keeps it."""
        self._app: Celery[Any] = client(url)
        self._options = options
        self._limits = limits
        self._needs = needs
        self._key = key
        self._run = uuid.uuid4().hex
        self._last: bytes | str = "0-0"  # the last entry read of the stream
        self._server: str | None = None

    @property
    def client(self) -> Any:
        """Redis client, which reconnects by itself."""
        return backend_client(self._app)

    def announce(self) -> None:
        """Announce to workers that somebody waits for this run's answers."""
        self.client.set(run_key(self._run), 1, ex=RUN_SECONDS)
        self._server = self._incarnation()

    def start_over(self) -> None:
        """Become another run: workers then drop this run's batches in the broker."""
        self._forget()
        self._run, self._last = uuid.uuid4().hex, "0-0"
        self.announce()

    def close(self, waiting: Collection[str]) -> None:
        """Remove this run from the broker, if reachable, including batches that are still waiting."""
        with suppress(redis.RedisError, OSError):
            self._forget()
            if waiting:
                withdraw(self.client, waiting)
        self._app.close()

    def _forget(self) -> None:
        self.client.delete(run_key(self._run), stream_key(self._run), claims_key(self._run))

    def has_forgotten(self) -> bool:
        """Return whether the server was restarted, emptied, or has let the run expire; if not, postpone the expiry."""
        return not self.client.expire(run_key(self._run), RUN_SECONDS) or self._incarnation() != self._server

    def _incarnation(self) -> str | None:
        """Return an id that changes when the server restarts, None if this user may not see it."""
        with suppress(redis.ResponseError):
            return str(self.client.info("server").get("run_id"))
        return None

    def send(self, name: str, units: Sequence[Unit]) -> None:
        """Put a batch into the queue."""
        body = encode_batch(self.scan, self._options, units, self._limits, self._needs)
        message = seal(body, self._key, self._run, name, MESSAGE)
        self._app.send_task(
            TASK_NAME, (message,), task_id=name, ignore_result=True, argsrepr="-", kwargsrepr="-", retry=False
        )

    def receive(self, block: int | None) -> list[tuple[str, bytes, list[UnitResult]]]:
        """Return the next answers, at most `PAGE`: the batch's name, the answering process, and its units' results.

        Args:
            block: milliseconds to wait for the first one; None does not wait.

        Raises:
            MismatchError: if a worker without this run's key answered.

        """
        stream = stream_key(self._run)
        entries = list(_flat(self.client.xread({stream: self._last}, count=PAGE, block=block)))
        if entries:
            self._last = entries[-1][0]
            with suppress(redis.RedisError, OSError):  # later, then: entries are not read twice
                self.client.xtrim(stream, minid=self._last, approximate=False)
        return [self._opened(fields) for _, fields in entries]

    def _opened(self, fields: dict[bytes, bytes]) -> tuple[str, bytes, list[UnitResult]]:
        try:
            name = fields[b"batch"].decode()
            envelope = codec.decode(codec.from_bytes(fields[b"results"]), dict[str, str])
            answers = decode_answers(unseal(envelope | {"run": self._run, "batch": name}, self._key, ANSWER))
        except (KeyError, ValueError):
            raise MismatchError("an answer is damaged or not of this program") from None
        return name, fields.get(b"process", b""), answers

    def owners(self, names: Sequence[str]) -> dict[str, bool]:
        """Return, for each batch that was begun, whether its worker is alive."""
        return owners(self.client, self._run, names)

    def failures(self, names: Sequence[str]) -> list[tuple[str, object]]:
        """Return the batches whose tasks failed as a whole, with their exceptions."""
        backend: Any = self._app.backend
        stored = self.client.mget([backend.get_key_for_task(name) for name in names]) if names else ()
        metas = {
            name: backend.meta_from_decoded(backend.decode_result(data))
            for name, data in zip(names, stored, strict=True)
            if data
        }
        return [(name, meta["result"]) for name, meta in metas.items() if meta["status"] == "FAILURE"]

    def anybody_there(self) -> bool:
        """Return whether any worker answers within a second."""
        return bool(self._app.control.ping(timeout=1.0, limit=1))


def _flat(rows: Any) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """Yield the entries of one stream, with or without the additional list of RESP 3."""
    for _stream, entries in rows.items() if isinstance(rows, dict) else rows or ():
        for entry in entries:
            if isinstance(entry, list) and entry and isinstance(entry[0], tuple | list):
                yield from entry
            else:
                yield entry
