"""Batches: what one message of the scan carries, how a worker works it off, and how the answer comes back."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from guardrails_cli import metrics, pipeline, wire
from guardrails_cli.config import DetectOptions
from guardrails_cli.errors import ConfigError, DocumentError
from guardrails_cli.model import Chunk, ChunkResult
from guardrails_cli.wire import WIRE_VERSION, JsonObject

TASK_NAME = "scan_batch_async"
RUN_SECONDS = 3600
"""How long a run's keys live in the broker after the last sign of life of either side."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One chunk on its way to a worker: the smallest thing that has a state, an error and a time of its own."""

    document: int
    """The document's number in this run."""
    index: int
    """The chunk's number in the document."""
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What became of a unit: a result, or the reason why there is none."""

    document: int
    index: int
    result: ChunkResult | None
    error: str | None = None


class StreamClient(Protocol):
    """The part of a Redis client that answering needs."""

    def exists(self, *names: str) -> Any:
        """Return how many of the keys exist."""

    def pipeline(self, transaction: bool = True) -> Any:
        """Return a pipeline."""


def run_key(run: str) -> str:
    """Return the key that exists as long as somebody waits for the run's results."""
    return f"guardrails:run:{run}"


def stream_key(run: str) -> str:
    """Return the key of the stream that a run's results are appended to."""
    return f"guardrails:run:{run}:results"


def encode_batch(run: str, batch: str, options: DetectOptions, units: Sequence[Unit]) -> JsonObject:
    """Return the message for a batch."""
    return {
        "wire": WIRE_VERSION,
        "run": run,
        "batch": batch,
        "options": wire.encode_options(options),
        "units": [[unit.document, unit.index, wire.encode_chunk(unit.chunk)] for unit in units],
    }


def scan_units(message: Mapping[str, Any]) -> list[JsonObject]:
    """Return one answer per unit of the message, each a result or an error, in the units' order.

    Raises:
        DocumentError: if the message is of another version of this program.
        ConfigError: if the engine cannot be loaded.

    """
    if message.get("wire") != WIRE_VERSION:
        raise DocumentError(
            f"the message has wire version {message.get('wire')}, this worker speaks {WIRE_VERSION}: "
            "install the same version of guardrails on both sides"
        )
    options = wire.decode_options(message["options"])
    return [_scan_unit(document, index, chunk, options) for document, index, chunk in message["units"]]


def _scan_unit(document: int, index: int, chunk: list[Any], options: DetectOptions) -> JsonObject:
    # Only a worker has Celery loaded, and only there this is raised; importing it takes a fast scan's time.
    celery = sys.modules.get("celery.exceptions")
    passed_on: tuple[type[Exception], ...] = (ConfigError, *([celery.SoftTimeLimitExceeded] if celery else []))
    answer: JsonObject = {"document": document, "index": index}
    begun = time.perf_counter()
    decoded, result = Chunk(""), None
    try:
        decoded = wire.decode_chunk(chunk)
        result = pipeline.scan_chunk(decoded, options)
        answer["result"] = wire.encode_chunk_result(result)
    except passed_on:
        raise  # about the whole message: who sent it hands out its units one by one
    except MemoryError:
        answer["error"] = "not enough memory to analyse it"
    except Exception as error:  # noqa: BLE001 - one document's failure is its own; its text stays out of the reason
        answer["error"] = f"analysis failed with an internal error ({type(error).__name__})"
    answer["seconds"] = round(time.perf_counter() - begun, 6)
    if counters := metrics.worker_metrics():
        counters.chunk(decoded.text, index == 0, result)
    return answer


def decode_answers(data: str | bytes) -> list[UnitResult]:
    """Return the unit results in an answer."""
    return [
        UnitResult(
            row["document"],
            row["index"],
            wire.decode_chunk_result(row["result"]) if "result" in row else None,
            row.get("error"),
        )
        for row in json.loads(data)
    ]


def is_wanted(client: StreamClient, message: Mapping[str, Any]) -> bool:
    """Return whether anybody still waits for the answer; a run that was given up leaves its messages behind."""
    return bool(client.exists(run_key(message["run"])))


def answer(client: StreamClient, message: Mapping[str, Any], results: Sequence[JsonObject]) -> None:
    """Append the results of a batch to the run's stream, in one round trip."""
    stream = stream_key(message["run"])
    pipe = client.pipeline(transaction=False)
    pipe.xadd(stream, {"batch": message["batch"], "results": wire.dumps(results)})
    pipe.expire(stream, RUN_SECONDS)
    pipe.execute()
