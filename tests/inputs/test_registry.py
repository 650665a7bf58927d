"""The contract of all inputs, and that a new one is a class and a line in the registry."""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.inputs import registry
from guardrails_cli.inputs.files import Files
from guardrails_cli.inputs.input import Input, Lister, Opener, OpenSource, Selection
from guardrails_cli.inputs.listing import Listing
from guardrails_cli.inputs.registry import input_of
from guardrails_cli.options.model import (
    DetectOptions,
    EngineOptions,
    GitOptions,
    JournalOptions,
    ScanOptions,
    WalkOptions,
)
from guardrails_cli.results.summary import Summary
from guardrails_cli.scanning.options import check_paths
from guardrails_cli.scanning.plan import census_of
from guardrails_cli.scanning.progress import Quiet
from guardrails_cli.scanning.run import Scan
from guardrails_cli.system.stop import StopFlag

DEFAULTS = WalkOptions()
DETECT = DetectOptions(engine=EngineOptions(model=None, profile="fast"), key=b"k")
TABLES = {"customers": b"id,card\n1,4111 1111 1111 1111\n", "orders": b"id\n1\n"}


class Tables(Input):
    """A database without a server: each table is a document."""

    name = "tables"
    countable = False
    closed = 0

    def takes(self, path: str) -> bool:
        return path.startswith("tables://")

    def lister(self, paths: Sequence[str], selection: Selection) -> Lister:
        return TableLister()

    def opener(self, stack: ExitStack) -> Opener:
        stack.callback(self._close)
        return lambda source: OpenSource(io.BytesIO(TABLES[source.location]), None)

    def shown(self, path: str) -> str:
        return path.replace("ann:secret@", "")

    def _close(self) -> None:
        self.closed += 1


class TableLister:
    """Lists the tables of each path, and says that one is broken."""

    warnings: tuple[str, ...] = ("the server is old",)

    def below(self, paths: Sequence[str]) -> Iterator[Source | Unscanned]:
        for path in paths:
            place = path.replace("ann:secret@", "")
            for name, content in TABLES.items():
                yield Source(f"{place}/{name}", name, len(content), f"v1:{len(content)}", Tables.name)
            yield Unscanned(f"{place}/broken", 0, Status.FAILED, Reason(ReasonCode.ACCESS_DENIED, "cannot open"))


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Tables:
    one = Tables()
    monkeypatch.setattr(registry, "INPUTS", {one.name: one, **registry.INPUTS})
    return one


def options(*paths: str, **more: object) -> ScanOptions:
    return ScanOptions(paths=paths, detect=DETECT, inline=True, journal=JournalOptions(off=True), **more)  # type: ignore[arg-type]


class Counting(Quiet):
    """Keeps the messages about the run, and the number of documents that the summary had then."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.seen: list[int] = []

    def record(self, record: DocumentResult) -> None:
        self.seen.append(self._seen.documents)

    @property
    def summary(self) -> Summary:
        return self._seen


def test_a_new_source_needs_a_class_and_a_line_only(tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("SSN 219-09-9999\n")
    url = "tables://ann:secret@host/shop"
    check_paths([url])
    scan, records = Scan(options(url, str(tmp_path))), list[DocumentResult]()
    outcome = scan.run(Counting(), records.append, StopFlag())
    assert [(record.path, record.status, record.finding_count) for record in records] == [
        ("tables://host/shop/customers", Status.FINDINGS, 1),
        ("tables://host/shop/orders", Status.CLEAN, 0),
        ("tables://host/shop/broken", Status.FAILED, 0),
        (str(tmp_path / "a.txt"), Status.FINDINGS, 1),
    ]
    assert outcome.run["options"]["paths"] == ["tables://host/shop", str(tmp_path)]
    assert scan.plan.warnings == ("the server is old",)
    assert tables.closed == 1


def test_its_documents_are_known_again_by_their_stamp(tables: Tables, tmp_path: Path) -> None:
    wanted = options("tables://host/shop")
    kept = ScanOptions(
        paths=wanted.paths, detect=DETECT, inline=True, journal=JournalOptions(tmp_path / "journal", incremental=True)
    )
    first, second = list[DocumentResult](), list[DocumentResult]()
    for records in (first, second):
        Scan(kept).run(Counting(), records.append, StopFlag())
    assert [replace(one, seconds=0) for one in first] == [replace(one, seconds=0) for one in second]
    assert tables.closed == 1, "the second run opened nothing"


def test_paths_of_different_inputs_come_in_the_order_given(tables: Tables, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).touch()
    a, b = str(tmp_path / "a.txt"), str(tmp_path / "b.txt")
    listed = [one.path for one in Listing([b, "tables://x", "-", a, b], DEFAULTS)]
    assert listed == [b, "tables://x/customers", "tables://x/orders", "tables://x/broken", "<stdin>", a]


def test_only_what_is_cheap_to_list_is_counted_ahead(tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    census = census_of(options("-", "tables://x", "s3://bucket", str(tmp_path)))
    assert [one.path for one in census] == [str(tmp_path / "a.txt")]


def test_a_wrong_pattern_is_told_whatever_is_listed() -> None:
    with pytest.raises(ConfigError, match="pattern"):
        Listing(["-"], WalkOptions(include=("!",)))


def test_with_an_option_for_git_every_path_is_a_repository() -> None:
    for path in ("-", "s3://bucket/x", "folder"):
        assert input_of(path, GitOptions(staged=True)).name == "git"
    with pytest.raises(ConfigError, match="standard input is no git repository"):
        Listing(["-"], DEFAULTS, git=GitOptions(staged=True))


@pytest.mark.parametrize("path", ["folder", "-x", "file:///x", "s3:/x", "git", ""])
def test_what_no_other_input_takes_is_the_name_of_a_file(path: str) -> None:
    assert isinstance(input_of(path), Files)


def test_every_source_is_opened_by_the_input_that_listed_it() -> None:
    assert all(one.name == name for name, one in registry.INPUTS.items())
    assert list(registry.INPUTS)[-1] == Files.name


def test_records_are_counted_once_by_the_summary_that_the_display_shows(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("SSN 219-09-9999\n")
    display = Counting()
    outcome = Scan(options(str(tmp_path))).run(display, lambda _: None, StopFlag())
    assert display.summary is outcome.summary
    assert display.seen == [1, 2]
    assert outcome.summary.findings == 2
