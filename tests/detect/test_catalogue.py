"""The catalogue's own examples: each value that must be found, each text in which its type must not be."""

import pytest

from guardrails_cli.core.text import Chunk
from guardrails_cli.detect.catalogue.entries import FAMILIES, _rows
from guardrails_cli.document.scan_chunk import scan_chunk
from guardrails_cli.options.model import DetectOptions, EngineOptions

OPTIONS = DetectOptions(EngineOptions(model=None, profile="fast"), show_values=True)
ROWS = [row for family in FAMILIES for row in _rows(family)]
FOUND = [(row["entity"], *example) for row in ROWS for example in row.get("found", ())]
NOT_FOUND = [(row["entity"], text) for row in ROWS for text in row.get("not_found", ())]


def found(text: str) -> set[tuple[str, str | None]]:
    return {(each.entity_type, each.value) for each in scan_chunk(Chunk(text), OPTIONS).findings}


@pytest.mark.parametrize(("entity", "text", "value"), FOUND)
def test_a_value_is_found(entity: str, text: str, value: str) -> None:
    assert (entity, value) in found(text)


@pytest.mark.parametrize(("entity", "text"), NOT_FOUND)
def test_nothing_of_the_type_is_found(entity: str, text: str) -> None:
    assert [value for name, value in found(text) if name == entity] == []
