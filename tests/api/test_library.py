"""The Python API: typed, the same records as the command's, nothing left behind."""

import doctest
import gc
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import guardrails_cli
from guardrails_cli import BrokerError, ConfigError, DocumentResult, Results, Severity, Status, scan, scan_text
from guardrails_cli.api import library
from guardrails_cli.cli.settings_schema import settings
from guardrails_cli.core.json import dumps
from guardrails_cli.results.json_form import report_document

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
OF_THE_COMMAND = {
    *("allow-empty", "fail-on", "format", "log-format", "max-findings", "metrics", "no-block", "no-journal", "notify"),
    *("notify-private", "output", "quiet", "verbose"),
}
"""Options that say what the command prints, writes and returns."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAILS_KEY", "a key for tests")
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def children() -> set[int]:
    """Return this process's children that are no zombies."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z" and int(fields[1]) == os.getpid():
                found.add(int(folder.name))
    return found


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, guardrails_cli\n"
        "assert [name for name in sys.modules if name.startswith('guardrails_cli.')] == [], sys.modules\n"
        "from guardrails_cli import scan\n"
        "import guardrails_cli.scanning.run, guardrails_cli.cli.commands.scan\n"
        "from guardrails_cli import scan as again\n"
        "assert again is scan and callable(scan)\n"
        "assert not {'typer', 'rich', 'celery', 'spacy', 'presidio_analyzer'} & set(sys.modules) - {'typer', 'rich'}"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def test_what_is_exported_is_there_and_nothing_else_is() -> None:
    assert all(getattr(guardrails_cli, name) is not None for name in guardrails_cli.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'scam'"):
        guardrails_cli.scam  # noqa: B018


def test_keywords_are_the_options_of_the_command() -> None:
    import inspect

    keywords = {name for name in inspect.signature(scan).parameters if name != "paths"}
    assert keywords == {name.replace("-", "_") for name in settings().keys() - OF_THE_COMMAND}
    assert set(inspect.signature(scan_text).parameters) - {"text", "name"} < keywords


def without_times(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "seconds"}


@pytest.mark.parametrize("how", [{"inline": True}, {"jobs": 2}], ids=["inline", "jobs"])
def test_the_records_are_those_of_the_command(how: dict[str, Any], tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    words = ["scan", "examples", "--profile", "fast", "--frameworks", "ALL", "--inline", "--isolated", "-q", "-o"]
    code = "from guardrails_cli.__main__ import main; main()"
    subprocess.run(
        [sys.executable, "-P", "-c", code, *words, str(report), "--no-block"],
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    expected = [without_times(record) for record in json.loads(report.read_text())["documents"]]
    before = children()
    previous = Path.cwd()
    os.chdir(ROOT)
    try:
        results = scan("examples", profile="fast", frameworks="ALL", **how)
        assert results.summary is None
        taken: list[DocumentResult] = []
        thread = threading.Thread(target=lambda: taken.append(next(results)))  # it ends, and the scan goes on
        thread.start()
        thread.join()
        taken += results
        records = [without_times(json.loads(dumps(report_document(record)))) for record in taken]
    finally:
        os.chdir(previous)
    assert records == expected
    assert results.summary is not None
    assert results.summary.documents == len(records)
    assert children() == before


def close(results: Results) -> None:
    results.close()


def leave(results: Results) -> None:
    with results:
        pass


def forget(results: Results) -> None:
    del results
    gc.collect()


@pytest.mark.parametrize(
    "end", [close, pytest.param(leave, marks=pytest.mark.slow), pytest.param(forget, marks=pytest.mark.slow)]
)
def test_a_scan_that_is_left_early_leaves_no_process(end: Callable[[Results], None], tmp_path: Path) -> None:
    before = children()
    running: list[Results] = [scan(EXAMPLES, profile="fast", jobs=1)]
    next(running[0])
    assert len(children()) > len(before)
    end(running.pop())
    assert children() == before
    assert list(tmp_path.glob("guardrails-*")) == []


@pytest.mark.slow
def test_two_scans_run_side_by_side_and_one_after_the_other() -> None:
    results, other = scan(EXAMPLES, profile="fast", jobs=1), scan(EXAMPLES, profile="fast", jobs=1)
    both = list(zip(results, other, strict=True))
    assert [(one.path, one.finding_count) for one, _ in both] == [(two.path, two.finding_count) for _, two in both]
    assert len(list(scan(EXAMPLES, profile="fast", jobs=1))) == len(both)


def test_lost_workers_are_an_error_after_the_records() -> None:
    results = scan(EXAMPLES, profile="fast", broker="redis://127.0.0.1:1/0")
    with pytest.raises(BrokerError, match="cannot reach the broker"):
        list(results)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "fsat"}, "not a profile"),
        ({"frameworks": ["HIPPA"]}, "did you mean 'HIPAA'"),
        ({"entities": "US_SSM"}, "did you mean 'US_SSN'"),
        ({"min_score": 2}, "0 to 1"),
        ({"max_size": "big"}, "not a size"),
        ({"jobs": 0}, "1 or more"),
        ({"jobs": 2, "inline": True}, "exclude each other"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        scan(EXAMPLES, **options)


def test_paths_that_are_not_there() -> None:
    with pytest.raises(ConfigError, match="no such file"):
        scan("/nowhere/at/all")
    with pytest.raises(ConfigError, match="no path"):
        scan()
    assert [
        record.status for record in scan("/nowhere/at/all", EXAMPLES / "README.md", inline=True, profile="fast")
    ] == [
        Status.FAILED,
        Status.CLEAN,
    ]


def test_a_text_is_as_a_file_with_it(tmp_path: Path) -> None:
    text = (EXAMPLES / "clinic" / "intake-form.txt").read_text()
    path = tmp_path / "form.txt"
    path.write_text(text)
    (of_file,) = scan(path, profile="fast", inline=True)
    of_text = scan_text(text, name=of_file.path, profile="fast")
    assert without_times(report_document(of_text)) == without_times(report_document(of_file))
    assert of_text.severity == Severity.CRITICAL
    assert scan_text("\ud800 219-09-9999 ssn", profile="fast", show_values=True).findings[0].value == "219-09-9999"


def test_the_documentation_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(ROOT / "docs" / "api.md"), False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 8
    assert failed == 0


SNIPPET = """
from collections.abc import Iterator
from guardrails_cli import DocumentResult, Severity, scan, scan_text

results: Iterator[DocumentResult] = scan("a", frameworks=["HIPAA"], min_score=0.5, jobs=2)
for record in results:
    worst: Severity | None = record.severity
    score: float = record.risk.overall_score if record.risk else 0.0
name: str = scan_text("x", profile="fast").path
scan("a", profle="fast")
scan_text(1)
"""


@pytest.mark.slow
def test_types_are_checked(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "snippet.py").write_text(SNIPPET)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--follow-imports=silent",
            "--cache-dir",
            str(tmp_path / "cache"),
            "snippet.py",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"MYPYPATH": str(ROOT)},
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(errors) == 2, done.stdout
    assert 'Unexpected keyword argument "profle"' in errors[0]
    assert "scan_text" in errors[1]


def test_every_keyword_is_documented() -> None:
    assert library.scan.__doc__ is not None
    page = (ROOT / "docs" / "api.md").read_text()
    table = page[page.index("| keywords |") :]
    assert [name for name in settings().keys() - OF_THE_COMMAND if f"`{name.replace('-', '_')}`" not in table] == []
