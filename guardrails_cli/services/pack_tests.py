"""Scan the examples in policy packs as documents are scanned."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from guardrails_cli.core.text import Document, Layout, Location, Segment
from guardrails_cli.document.scan_chunk import scan_segments
from guardrails_cli.options.model import DetectOptions, EngineOptions
from guardrails_cli.policy.coverage import NEED_MODEL
from guardrails_cli.policy.load import line_of
from guardrails_cli.policy.packs import Example, Pack, Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one example."""

    rule: Rule
    example: Example
    fired: bool
    found: tuple[str, ...]
    """Entity types found in it."""

    @property
    def passed(self) -> bool:
        """Whether the result is as the pack says."""
        return self.fired is self.example.fires

    def __str__(self) -> str:
        """Return the example's place and fault."""
        line = line_of(Path(self.example.origin), self.example.keys)
        wrong = "must fire and does not" if self.example.fires else "must not fire and does"
        found = ", ".join(self.found) or "nothing"
        return f"{self.example.origin}:{line}: {self.rule.rule_id}: the example {wrong} (found: {found})"


def run(pack: Pack) -> Iterator[Outcome]:
    """Yield the result of each example of the pack's rules, each scanned with the pack alone.

    Raises:
        ConfigError: if the engine cannot be loaded.

    """
    for rule in pack.rules:
        options = DetectOptions(_engine(rule))
        for example in rule.examples:
            document, segments = _document(example)
            record = scan_segments(document, segments, options, [pack])
            violations = record.compliance.violations if record.compliance else ()
            fired = any(violation.rule_id == rule.rule_id for violation in violations)
            yield Outcome(rule, example, fired, tuple(sorted({found.entity_type for found in record.findings})))


def _engine(rule: Rule) -> EngineOptions:
    types = rule.entity_types | (rule.near.entity_types if rule.near else frozenset())
    return EngineOptions() if types & NEED_MODEL else EngineOptions(model=None, profile="fast")


def _document(example: Example) -> tuple[Document, list[Segment]]:
    path = example.path or ("example.csv" if example.columns else "example.txt")
    name = example.format or ("csv" if example.columns else "text")
    document = Document(path, len(example.text), None, None, name, (("", 1),) if example.columns else ())
    if not example.columns:
        return document, [Segment(example.text)]
    layout = Layout("\t", example.columns)
    header = "\t".join(example.columns) + "\n"
    return document, [
        Segment(header, Location(row=1), begins=True, layout=layout),
        Segment(f"{example.text}\n", Location(row=2)),
    ]
