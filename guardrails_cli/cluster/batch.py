"""Batches: the content of a scan's message, its processing by a worker, and the answer."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from guardrails_cli.cluster import metrics
from guardrails_cli.cluster.by_reference import (
    Access,
    Reference,
    decode_limits,
    decode_told,
    encode_limits,
    encode_reference,
    scan_reference,
)
from guardrails_cli.cluster.keys import RUN_SECONDS, stream_key
from guardrails_cli.cluster.messages import decode_options, encode_options
from guardrails_cli.core import codec
from guardrails_cli.core.codec import decode_chunk, encode_chunk
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import ChunkResult
from guardrails_cli.core.json import JsonObject, dumps
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Chunk
from guardrails_cli.document import scan_chunk
from guardrails_cli.document.assemble import Found, Told
from guardrails_cli.options.model import DetectOptions, Limits

TASK_NAME = "scan_batch_async"


class Suspicion(msgspec.Struct, frozen=True):
    """A unit, or the source it was read from, was alone with a worker or a process when that died."""

    deaths: int
    """How often."""
    alone: bool
    """Whether a whole worker died, so that nothing else may be in flight beside the unit."""


class Unit(msgspec.Struct, frozen=True):
    """A chunk, or a source by reference: the smallest item with a state, an error and a time of its own."""

    document: int
    """Number of the document, or of the source, in this run."""
    index: int
    """Number of the chunk in the document."""
    content: Chunk | Reference
    suspicion: Suspicion | None = None

    @property
    def size(self) -> int:
        """Length of its text in characters; size of a file in bytes."""
        return len(self.content.text) if isinstance(self.content, Chunk) else self.content.size_bytes


class UnitResult(msgspec.Struct, frozen=True):
    """The outcome of a unit: a result, or the reason why there is none."""

    document: int
    index: int
    result: ChunkResult | None
    error: Reason | None = None
    told: tuple[Told, ...] | None = None
    """Events of a source by reference."""
    seconds: float = 0.0
    suspicion: Suspicion | None = None
    """What happened to the worker of a unit without a result, for whoever hands its content out again."""


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
    """Return the message for a batch.

    Args:
        run: the batch's run.
        options: what to look for.
        units: the work.
        limits: limits of documents that the worker reads itself.
        needs: requirements for the worker, see `build.needs`.

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


def scan_units(message: Mapping[str, Any], access: Access) -> list[JsonObject]:
    """Return one answer per unit of the message, each a result or an error, in the units' order.

    Args:
        message: the result of `encode_batch`, through JSON.
        access: which documents that are named in it this process may read.

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
                content["reference"], message["run"], access, limits, lambda chunk: try_chunk(chunk, options)
            )
        else:
            found = codec.encode(try_chunk(decode_chunk(content["chunk"]), options))
        seconds = round(time.perf_counter() - begun, 6)
        answers.append({"document": document, "index": index, "seconds": seconds} | found)
    return answers


def try_chunk(chunk: Chunk, options: DetectOptions) -> Found:
    """Return what scanning a chunk finds, or the reason why that is not possible.

    Raises:
        ConfigError: if the engine cannot be loaded.

    """
    found = _tried(chunk, options)
    if counters := metrics.worker_metrics():
        counters.chunk(chunk.text, chunk.start == 0, found.result)
    return found


def _tried(chunk: Chunk, options: DetectOptions) -> Found:
    # It is raised in workers only, where Celery is loaded; importing it would take as long as a fast scan.
    celery = sys.modules.get("celery.exceptions")
    passed_on: tuple[type[Exception], ...] = (ConfigError, *([celery.SoftTimeLimitExceeded] if celery else []))
    try:
        return Found(scan_chunk.scan_chunk(chunk, options))
    except passed_on:
        raise  # about the whole message: its sender hands out the units one by one
    except MemoryError:
        return Found(error=Reason(ReasonCode.OUT_OF_MEMORY, "not enough memory to analyse it"))
    except Exception as error:  # noqa: BLE001 - a failure costs only its document; the reason must not contain text
        sentence = f"analysis failed with an internal error ({type(error).__name__})"
        return Found(error=Reason(ReasonCode.ANALYSIS_FAILED, sentence))


class _Answer(msgspec.Struct, frozen=True):
    """The answer of `scan_units` about a unit."""

    document: int
    index: int
    seconds: float
    result: ChunkResult | None = None
    error: Reason | None = None
    told: list[Any] | None = None


def decode_answers(answers: object) -> list[UnitResult]:
    """Return the unit results in answers from `scan_units`.

    Raises:
        FormError: if they have another form.

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
    process = f"{os.uname().nodename}:{os.getpid()}"  # the client counts the processes
    pipe.xadd(stream, {"batch": envelope["batch"], "process": process, "results": dumps(envelope)})
    pipe.expire(stream, RUN_SECONDS)
    pipe.execute()
