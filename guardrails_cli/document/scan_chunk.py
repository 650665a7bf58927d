"""The only composition of the stages: text → findings → violations → injection → risk → the document's record.

It has two steps, because the chunks of a long document are scanned by different workers and meet only afterwards:
`scan_chunk` does everything that needs the text, `Tally` everything that needs the whole document. `scan_segments` does
both in one process.
"""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from guardrails_cli.core.entity_types import ENTITY_TYPES, PROMPT_INJECTION
from guardrails_cli.core.finding import ChunkResult, Detection, Directive
from guardrails_cli.core.record import DocumentResult, Unscanned
from guardrails_cli.core.text import Chunk, Document, Segment
from guardrails_cli.detect.chunks import cut
from guardrails_cli.detect.normalize import normalize
from guardrails_cli.detect.presidio.context import table_words
from guardrails_cli.detect.refine import refine
from guardrails_cli.detect.refine.overlap import resolve
from guardrails_cli.document.describe_findings import (
    Places,
    describe,
    hidden_spans,
    in_context,
    injection_detections,
    values_of,
)
from guardrails_cli.document.document_record import Tally
from guardrails_cli.injection import score as injection
from guardrails_cli.options.model import DetectOptions
from guardrails_cli.policy.packs import Pack
from guardrails_cli.policy.rulebook import Rulebook
from guardrails_cli.suppress.comments import find_directives
from guardrails_cli.suppress.worker_side import marked

if TYPE_CHECKING:
    from guardrails_cli.detect.engine import Engine


def scan_chunk(chunk: Chunk, options: DetectOptions) -> ChunkResult:
    """Return the findings and injection signals that begin in the chunk's core; no raw value unless asked for.

    Raises:
        ConfigError: if the engine cannot be loaded.

    """
    from guardrails_cli.detect.engine import load_engine

    engine = load_engine(options.engine)
    begun = time.perf_counter()
    types = options.entities
    if options.excluded:
        known = types or (*engine.entity_types(), PROMPT_INJECTION)
        types = tuple(name for name in known if name not in options.excluded)
    everything = not options.entities and not options.excluded
    wanted = tuple(name for name in types if name != PROMPT_INJECTION)
    detections = []
    if wanted or everything:
        if options.engine.profile == "presidio":
            detections = resolve(engine.detect(chunk.text, wanted, options.min_score))
        else:
            detections = _detections(chunk, engine, wanted, options.min_score)
    signals = injection.find_signals(chunk.text, hidden_spans(chunk))
    if everything or PROMPT_INJECTION in types:
        detections += injection_detections(found for found in signals if found.weight >= injection.WARNING_SCORE)
    end = chunk.core_end if chunk.core_end >= 0 else chunk.start + len(chunk.text) + 1
    own = [found for found in detections if chunk.core_start <= chunk.start + found.start < end]
    findings = describe(own, chunk, options.key, options.show_values, values_of(detections, chunk))
    if options.context:
        width, raw = options.context, options.show_values
        findings = [in_context(finding, chunk, detections, width, raw) for finding in findings]
    return ChunkResult(
        tuple(marked(findings, chunk, options)),
        tuple(
            replace(signal, start=chunk.start + signal.start, end=chunk.start + signal.end)
            for signal in signals
            if chunk.core_start <= chunk.start + signal.start < end
        ),
        time.perf_counter() - begun,
        _directives(chunk, options) if options.directives else (),
    )


def _detections(chunk: Chunk, engine: "Engine", wanted: tuple[str, ...], min_score: float) -> list[Detection]:
    """Return what is found in the normalized text of a chunk, with offsets of its own."""
    plain = normalize(chunk.text)
    read = replace(chunk, text=plain.text, marks=tuple(plain.marks(chunk.marks)))
    found = engine.detect(read.text, wanted, min_score, table_words(read))
    return plain.back(refine(read.text, found, chunk.header, wanted, min_score, chunk.layout, read.marks))


def _directives(chunk: Chunk, options: DetectOptions) -> tuple[Directive, ...]:
    from guardrails_cli.detect.engine import load_engine

    def known() -> set[str]:
        return {*ENTITY_TYPES, *load_engine(options.engine).entity_types()}

    places: list[Places] = []  # made for the few chunks that have a comment

    def line_at(offset: int) -> int:
        if not places:
            places.append(Places(chunk))
        return places[0].at(offset)[0]

    return tuple(find_directives(chunk, line_at, known))


def scan_segments(
    document: Document, segments: Iterable[Segment], options: DetectOptions, packs: Sequence[Pack]
) -> DocumentResult:
    """Return the record of one document, scanned in this process whatever its length."""
    tally = Tally(Rulebook(packs), path=document.path, format_=document.format)
    for chunk in cut(segments):
        tally.add(scan_chunk(chunk, options))
    return tally.record(document)


def unscanned(source: Unscanned) -> DocumentResult:
    """Return the record of a document that was not scanned."""
    return DocumentResult(
        path=source.path,
        size_bytes=source.size_bytes,
        sha256=source.sha256,
        status=source.status,
        reason=str(source.reason),
        reason_code=source.reason.code,
        format=source.format,
    )
