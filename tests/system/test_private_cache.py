"""A cached file is this user's own and whole, or ignored."""

import os
from pathlib import Path

import pytest

from guardrails_cli.detect import registry
from guardrails_cli.detect.patterns.search import Expression, Search
from guardrails_cli.options.model import EngineOptions
from guardrails_cli.system import private_cache


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return private_cache.folder()


def test_what_was_written_is_read(cache: Path) -> None:
    private_cache.write("x", b"content")
    assert private_cache.read("x") == b"content"
    assert (cache / "x").stat().st_mode & 0o777 == 0o600
    assert cache.stat().st_mode & 0o777 == 0o700


def test_nothing_there_is_no_error() -> None:
    assert private_cache.read("x") is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_trusted(cache: Path, mode: int) -> None:
    private_cache.write("x", b"content")
    (cache / "x").chmod(mode)
    assert private_cache.read("x") is None


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_may_write_is_not_used(cache: Path, mode: int) -> None:
    private_cache.write("x", b"content")
    cache.chmod(mode)
    assert private_cache.read("x") is None
    private_cache.write("y", b"content")
    assert not (cache / "y").exists()


def test_a_symbolic_link_is_not_followed(cache: Path, tmp_path: Path) -> None:
    private_cache.write("x", b"content")
    (cache / "x").rename(tmp_path / "elsewhere")
    (cache / "x").symlink_to(tmp_path / "elsewhere")
    assert private_cache.read("x") is None


def test_a_file_of_another_user_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    private_cache.write("x", b"content")
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert private_cache.read("x") is None


@pytest.mark.parametrize("damage", [b"", b"short", bytes(40)])
def test_a_damaged_file_is_as_good_as_none(cache: Path, damage: bytes) -> None:
    private_cache.write("x", b"content")
    (cache / "x").write_bytes(damage)
    assert private_cache.read("x") is None


def test_a_place_that_cannot_be_written_is_no_error(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_bytes(b"a file where the folder should be")
    private_cache.write("x", b"content")
    assert private_cache.read("x") is None


def test_a_search_from_the_cache_finds_the_same(cache: Path) -> None:
    expressions = [Expression(r"\b\d{4}-\d{2}\b", 0), Expression(r"[a-z]+@[a-z]+", 0)]
    text = "1234-56, jane@example, 7890-12"
    first = Search(expressions).matches(text)
    assert {path.name.partition("-")[0] for path in cache.iterdir()} == {"shapes", "automaton"}
    assert Search(expressions).matches(text) == first
    for path in cache.iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    assert Search(expressions).matches(text) == first
    assert [len(spans) for spans in first[0]] == [2, 1]


def test_rules_from_the_cache_are_those_of_the_live_recognizers() -> None:
    options = EngineOptions(model=None, profile="fast")
    live = registry.load_rules(options)
    assert registry.load_rules(options) == live
    assert all(rule.state is not None for rule in live)
