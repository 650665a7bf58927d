"""Batches: what one message of the scan carries, how a worker works it off, and how the answer comes back."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from guardrails_cli.cluster import metrics
from guardrails_cli.cluster.by_reference import (
    Reference,
    Told,
    decode_limits,
    decode_told,
    encode_limits,
    encode_reference,
    scan_reference,
)
from guardrails_cli.cluster.keys import RUN_SECONDS, stream_key
from guardrails_cli.cluster.messages import decode_options, encode_options
from guardrails_cli.core import codec
from guardrails_cli.core.codec import decode_chunk, encode_chunk, encode_chunk_result
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import ChunkResult
from guardrails_cli.core.json import JsonObject, dumps
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Chunk
from guardrails_cli.document import scan_chunk
from guardrails_cli.options.model import DetectOptions, Limits

TASK_NAME = "scan_batch_async"


@dataclass(frozen=True, slots=True)
class Unit:
    """A chunk, or a source by reference: the smallest thing that has a state, an error and a time of its own."""

    document: int
    """The document's number in this run, or the source's."""
    index: int
    """The chunk's number in the document."""
    content: Chunk | Reference

    @property
    def size(self) -> int:
        """Of its text in characters; of a file in bytes."""
        return len(self.content.text) if isinstance(self.content, Chunk) else self.content.size_bytes


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What became of a unit: a result, or the reason why there is none."""

    document: int
    index: int
    result: ChunkResult | None
    error: Reason | None = None
    told: tuple[Told, ...] | None = None
    """What became of a source by reference."""
    seconds: float = 0.0


class StreamClient(Protocol):
    """The part of a Redis client that answering needs."""

    def pipeline(self, transaction: bool = True) -> Any:
        """Return a pipeline."""


def encode_batch(
    run: str,
    options: DetectOptions,
    units: Sequence[Unit],
    limits: Limits | None = None,
    needs: Mapping[str, str] | None = None,
) -> JsonObject:
    """Return what the message for a batch says.

    Args:
        run: that it belongs to.
        options: what to look for.
        units: the work.
        limits: of documents that the worker reads itself.
        needs: what the worker must be, see `compat.needs`.

    """
    return {
        "run": run,
        "needs": dict(needs or {}),
        "options": encode_options(options),
        "limits": encode_limits(limits or Limits()),
        "units": [[unit.document, unit.index, _encode_content(unit.content)] for unit in units],
    }


def _encode_content(content: Chunk | Reference) -> JsonObject:
    if isinstance(content, Reference):
        return {"reference": encode_reference(content)}
    return {"chunk": encode_chunk(content)}


def scan_units(message: Mapping[str, Any], roots: Sequence[str] = ()) -> list[JsonObject]:
    """Return one answer per unit of the message, each a result or an error, in the units' order.

    Args:
        message: what `encode_batch` returned, through JSON.
        roots: the folders below which this process may read documents that are named in it.

    Raises:
        ConfigError: if the engine cannot be loaded.

    """
    options = decode_options(message["options"])
    limits = decode_limits(message["limits"])
    answers: list[JsonObject] = []
    for document, index, content in message["units"]:
        begun = time.perf_counter()
        if "reference" in content:
            found = scan_reference(
                content["reference"], message["run"], roots, limits, lambda chunk: _scan_chunk(chunk, options)
            )
        else:
            found = _scan_chunk(decode_chunk(content["chunk"]), options)
        seconds = round(time.perf_counter() - begun, 6)
        answers.append({"document": document, "index": index, "seconds": seconds} | found)
    return answers


def _scan_chunk(chunk: Chunk, options: DetectOptions) -> JsonObject:
    answer, result = _tried(chunk, options)
    if counters := metrics.worker_metrics():
        counters.chunk(chunk.text, chunk.start == 0, result)
    return answer


def _tried(chunk: Chunk, options: DetectOptions) -> tuple[JsonObject, ChunkResult | None]:
    # Only a worker has Celery loaded, and only there this is raised; importing it takes a fast scan's time.
    celery = sys.modules.get("celery.exceptions")
    passed_on: tuple[type[Exception], ...] = (ConfigError, *([celery.SoftTimeLimitExceeded] if celery else []))
    try:
        result = scan_chunk.scan_chunk(chunk, options)
        return {"result": encode_chunk_result(result)}, result
    except passed_on:
        raise  # about the whole message: who sent it hands out its units one by one
    except MemoryError:
        return {"error": Reason(ReasonCode.OUT_OF_MEMORY, "not enough memory to analyse it").row}, None
    except Exception as error:  # noqa: BLE001 - one document's failure is its own; its text stays out of the reason
        sentence = f"analysis failed with an internal error ({type(error).__name__})"
        return {"error": Reason(ReasonCode.ANALYSIS_FAILED, sentence).row}, None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What `scan_units` says of a unit."""

    document: int
    index: int
    seconds: float
    result: ChunkResult | None = None
    error: Reason | None = None
    told: list[Any] | None = None


def decode_answers(answers: object) -> list[UnitResult]:
    """Return the unit results that `scan_units` has made.

    Raises:
        FormError: if they are none.

    """
    return [
        UnitResult(
            row.document,
            row.index,
            row.result,
            row.error,
            None if row.told is None else decode_told(row.told),
            row.seconds,
        )
        for row in codec.decode(answers, list[_Answer])
    ]


def answer(client: StreamClient, envelope: JsonObject) -> None:
    """Append the answer to a batch, in its envelope, to the run's stream, in one round trip."""
    stream = stream_key(envelope["run"])
    pipe = client.pipeline(transaction=False)
    process = f"{os.uname().nodename}:{os.getpid()}"  # the client counts how many there are
    pipe.xadd(stream, {"batch": envelope["batch"], "process": process, "results": dumps(envelope)})
    pipe.expire(stream, RUN_SECONDS)
    pipe.execute()
