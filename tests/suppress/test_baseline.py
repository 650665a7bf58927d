"""Accepted findings stay accepted when they move, on any machine; new ones are reported."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Finding
from guardrails_cli.core.text import Chunk
from guardrails_cli.document.scan_chunk import scan_chunk
from guardrails_cli.options.model import DetectOptions, EngineOptions
from guardrails_cli.suppress import baseline as b
from guardrails_cli.suppress.relative_paths import Root

FAST = DetectOptions(engine=EngineOptions(profile="fast", model=None), key=b"mine")
SALT = b"0123456789abcdef"
SSN, OTHER = "219-09-9999", "078-05-1120"


def findings(text: str, key: bytes = b"mine") -> tuple[Finding, ...]:
    return scan_chunk(Chunk(text), dataclasses.replace(FAST, key=key, salt=SALT)).findings


def known(path: str, text: str, identity: b.Identity | None = None) -> b.Baseline:
    identity = identity or b.Identity(SALT)
    counts = dict(b.found_in(path, findings(text), identity))
    return b.Baseline(identity, {key: b.Known(count) for key, count in counts.items()})


def new_in(path: str, text: str, baseline: b.Baseline, folder: Path, key: bytes = b"mine") -> list[str]:
    matcher = b.Matcher(baseline, Root(folder / "base")).document(str(folder / path))
    return [each.entity_type for each in findings(text, key) if not matcher.takes(each)]


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["", "x = 1", "# a comment"]), max_size=5), st.sampled_from(["", "  ", "\t"]))
def test_what_moves_stays_known(lines: list[str], indent: str) -> None:
    before = f"ssn {SSN}\nssn {OTHER}\n"
    moved = "\n".join([*lines, f"{indent}ssn   {OTHER}", *lines, f"{indent}ssn: {SSN}"])
    known_then = known("a.txt", before)
    assert set(known("a.txt", moved).entries) == set(known_then.entries)


def test_one_of_two_equal_values_is_new(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    baseline = known("a.txt", f"ssn {SSN}\n")
    assert new_in("a.txt", f"ssn {SSN}\nssn {SSN}\nmail a@example.com\n", baseline, tmp_path) == [
        "US_SSN",
        "EMAIL_ADDRESS",
    ]


def test_a_salted_baseline_works_with_another_users_key(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    assert new_in("a.txt", f"ssn {SSN}\n", known("a.txt", f"ssn {SSN}\n"), tmp_path, b"another") == []


def test_a_value_is_known_in_its_file_only_unless_that_is_gone(tmp_path: Path) -> None:
    baseline = known("a.txt", f"ssn {SSN}\n")
    (tmp_path / "a.txt").touch()
    assert new_in("b.txt", f"ssn {SSN}\n", baseline, tmp_path) == ["US_SSN"]
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert new_in("b.txt", f"ssn {SSN}\n", baseline, tmp_path) == []


def test_the_file_holds_no_value_and_reads_back(tmp_path: Path) -> None:
    baseline = known("a.txt", f"ssn {SSN}\nmail jane@example.com\n")
    file = tmp_path / "base.jsonl"
    b.save(baseline, file)
    text = file.read_text()
    assert SSN not in text
    assert "example.com" not in text
    assert all(each.fingerprint not in text and each.token not in text for each in findings(f"ssn {SSN}\n"))
    assert (b.read(file).entries, b.dump(b.read(file))) == (baseline.entries, text)


def test_a_keyed_baseline_needs_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAILS_KEY", "team")
    identity = b.new_identity(b"mine")
    assert not identity.salt
    file = tmp_path / "base.jsonl"
    b.save(known("a.txt", f"ssn {SSN}\n", identity), file)
    assert findings(f"ssn {SSN}\n")[0].fingerprint in file.read_text()
    assert b.load(file, b"mine").entries
    with pytest.raises(ConfigError, match="was made with another GUARDRAILS_KEY"):
        b.load(file, b"another")
    monkeypatch.delenv("GUARDRAILS_KEY")
    assert b.new_identity(b"mine").salt != b.new_identity(b"mine").salt


PATHS = st.sampled_from(["a", "b/c", "é!x"])
ENTRIES = st.dictionaries(
    st.tuples(PATHS, st.sampled_from(["US_SSN", "URL"]), st.sampled_from(["0" * 32, "f" * 32])),
    st.builds(b.Known, st.integers(1, 3), st.sampled_from([None, *b.Verdict])),
)


@given(ENTRIES, ENTRIES)
def test_merging_keeps_what_either_side_knows(one: dict[b.Key, b.Known], other: dict[b.Key, b.Known]) -> None:
    left, right = b.Baseline(b.Identity(SALT), one), b.Baseline(b.Identity(SALT), other)
    merged = b.merged(left, right)
    assert merged.entries == b.merged(right, left).entries
    assert set(merged.entries) == set(one) | set(other)
    assert b.merged(merged, left).entries == merged.entries
    assert all(merged.entries[key].count >= known.count for key, known in one.items())


@given(one=ENTRIES, other=ENTRIES)
def test_a_merge_of_lines_by_git_is_read_as_the_merge(
    one: dict[b.Key, b.Known], other: dict[b.Key, b.Known], tmp_path_factory: pytest.TempPathFactory
) -> None:
    left, right = b.Baseline(b.Identity(SALT), one), b.Baseline(b.Identity(SALT), other)
    file = tmp_path_factory.mktemp("merge") / "base.jsonl"
    file.write_text(b.dump(left) + b.dump(right), encoding="utf-8")  # as the `union` driver would have it
    assert b.read(file).entries == b.merged(left, right).entries


HEAD = '{"guardrails_baseline": 1, "salt": "' + "0" * 32 + '"}\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1: not a baseline: the file is empty"),
        ("{}\n", "1: not a baseline: a baseline's first line has 'guardrails_baseline'"),
        ('{"guardrails_baseline": 2}\n', "1: not a baseline: version '2' is not known here"),
        ('{"guardrails_baseline": 1}\n', "1: not a baseline: 'salt' or 'key_check' is needed"),
        (f"{HEAD}<<<<<<< HEAD\n", "2: not a baseline: an unresolved merge conflict"),
        (f"{HEAD}[[[\n", "2: not a baseline: the line is no JSON"),
        (f'{HEAD}{{"path": "a"}}\n', "2: not a baseline: 'path', 'entity_type' and 'fingerprint' are needed"),
        (HEAD + HEAD.replace("00", "11"), "2: not a baseline: two baselines with different salts or keys"),
    ],
)
def test_a_faulty_file_is_told_with_its_line(text: str, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "base.jsonl"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        b.read(file)
    assert str(caught.value).startswith(f"{file}:{fault}")


def key(path: str, digit: str = "0") -> b.Key:
    return (path, "US_SSN", digit * 32)


def test_an_update_drops_what_is_fixed_and_keeps_verdicts() -> None:
    real = b.Known(2, b.Verdict.TRUE)
    old = b.Baseline(
        b.Identity(SALT), {key("a"): real, key("a", "1"): b.Known(1), key("old"): real, key("elsewhere"): b.Known(1)}
    )
    found = {key("a"): 1, key("new"): 5, key("other", "2"): 1}
    kept = {key("a"): replace(real, count=1), key("new"): real, key("elsewhere"): b.Known(1)}
    scanned = ["a", "new", "other"]
    assert b.updated(old, found, ["old"], scanned, add=False).entries == kept
    assert b.updated(old, found, ["old"], scanned, add=True).entries == kept | {
        key("new"): replace(real, count=5),
        key("other", "2"): b.Known(1),
    }


@pytest.mark.parametrize(
    ("path", "shown"),
    [("d/a.txt", "a.txt"), ("d/x/z.zip!../m.csv", "x/z.zip!../m.csv"), ("b.txt", "../b.txt"), ("<stdin>", "<stdin>")],
)
def test_paths_are_relative_to_the_file(path: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d" / "x").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert Root(Path("d/base")).relative(path) == shown
    absolute = path if path.startswith("<") else f"{tmp_path}/{path}"
    assert Root(tmp_path / "d" / "base").relative(absolute) == shown
