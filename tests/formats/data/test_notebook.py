"""Jupyter notebooks: cells and outputs as text, each with the number of its cell."""

import json
from pathlib import Path

import pytest

from guardrails_cli.formats.data import notebook
from tests.formats import views
from tests.formats.support import FORMATS_DATA, findings_of, scanned

CELLS = {
    "cells": [
        {"cell_type": "markdown", "metadata": {"author": "v1"}, "source": ["a v2\n", "v3"]},
        {
            "cell_type": "code",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["v4 one ", "text\n"]},
                {"data": {"image/png": "djk=v99", "text/html": ["<b>", "v5"], "application/json": {"ssn": 219099999}}},
                {"ename": "E", "traceback": ["v6", "v7"]},
            ],
            "source": "x = 'v8'\ny",
        },
    ],
    "metadata": {"kernel": "v9"},
    "nbformat": 4,
}


def test_a_notebook_made_by_pandoc_has_its_findings_at_their_cells() -> None:
    [record] = scanned(FORMATS_DATA / "summary.ipynb")
    assert [
        (found.entity_type, found.location.label if found.location else "", found.line, found.column)
        for found in record.findings
    ] == [
        ("EMAIL_ADDRESS", "cell 1 (markdown)", 9, 10),
        ("PHONE_NUMBER", "cell 2 output", 22, 13),
        ("CREDIT_CARD", "cell 2 output", 23, 13),
        ("US_SSN", "cell 2 (code)", 34, 14),
    ]
    assert record.format == "jupyter notebook"


def test_the_view_is_the_text_of_the_cells() -> None:
    assert views.view(notebook, json.dumps(CELLS)).splitlines() == [
        "author: v1", "a v2", "v3", "v4 one text", "<b>v5", "ssn: 219099999", "E", "v6", "v7", "x = 'v8'", "y",
        "kernel: v9",
    ]  # fmt: skip


def test_every_text_has_its_place() -> None:
    found = views.places(notebook, json.dumps(CELLS))
    assert {word: label for word, (label, _, _) in found.items()} == {
        "v1": "cell 1 (markdown), metadata",
        "v2": "cell 1 (markdown)",
        "v3": "cell 1 (markdown)",
        "v4": "cell 2 output",
        "v5": "cell 2 output",
        "v6": "cell 2 output",
        "v7": "cell 2 output",
        "v8": "cell 2 (code)",
        "v9": "$.metadata.kernel, metadata",
    }
    text = json.dumps(CELLS)
    assert all(text[column - 1 :].startswith(word) for word, (_, _, column) in found.items())


def test_the_older_format_is_read() -> None:
    old = {
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["v1"], "outputs": [{"text": ["v2"], "png": "x"}]}]}]
    }
    found = views.places(notebook, json.dumps(old))
    assert [found[word][0] for word in ("v1", "v2")] == ["cell 1 (code)", "cell 1 output"]


@pytest.mark.parametrize("cut", range(20, 500, 37))
def test_what_is_cut_off_is_read_up_to_there(cut: int) -> None:
    text = json.dumps(CELLS)[:cut]
    found = views.places(notebook, text)
    assert {word for word in ("v1", "v2", "v3", "v4", "v5", "v6", "v8") if f"{word} " in text} <= set(found)


def test_a_file_that_is_only_called_so_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text('{"patients": [{"ssn": 219099999}]}')
    assert findings_of(path) == [("a.ipynb", "US_SSN", "$.patients[0].ssn, metadata")]
    path.write_text("ssn: 219-09-9999")
    assert [entity for _, entity, _ in findings_of(path)] == ["US_SSN"]
