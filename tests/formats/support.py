"""Documents and findings of a file, through the driver and the pipeline, in this process."""

from pathlib import Path
from typing import Any

from guardrails_cli.core.record import DocumentResult
from guardrails_cli.document.assemble import Found, assembled
from guardrails_cli.document.document_record import Tally
from guardrails_cli.document.scan_chunk import scan_chunk
from guardrails_cli.formats.reader import Blob
from guardrails_cli.inputs.reading.documents import documents
from guardrails_cli.options.model import DetectOptions, EngineOptions, Limits
from guardrails_cli.policy.rulebook import Rulebook

FORMATS_DATA = Path(__file__).parent.parent / "data" / "formats"
FAST = DetectOptions(engine=EngineOptions(profile="fast", model=None), key=b"test")


def scanned(path: Path, **limits: Any) -> list[DocumentResult]:
    """Return the records of a file and of all that is in it, in the order in which they end."""
    with path.open("rb") as file:
        blob = Blob(path.name, file, path.stat().st_size, seekable=True)
        ends = assembled(
            documents(blob, Limits(**limits)),
            lambda _, chunk: Found(scan_chunk(chunk, FAST)),
            lambda _path, _format: Tally(Rulebook(())),
        )
        return [end.record for end in ends if end is not None]


def findings_of(path: Path, **limits: Any) -> list[tuple[str, str, str]]:
    """Return (path of the document, entity type, location's label or line:column) of each finding."""
    return [
        (record.path, finding.entity_type, (finding.location and finding.location.label) or _place(finding))
        for record in scanned(path, **limits)
        for finding in record.findings
    ]


def records_of(path: Path, **limits: Any) -> dict[str, str]:
    """Return by path of the document what became of it: the reason if there is one, else the status."""
    records = scanned(path, **limits)
    assert len({record.path for record in records}) == len(records), "two documents have one path"
    return {record.path: record.reason or record.status.value for record in records}


def _place(finding: Any) -> str:
    return f"{finding.line}:{finding.column}"
