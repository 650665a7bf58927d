import os
from pathlib import Path

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.globs import matcher
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.walk import Walk
from guardrails_cli.options.model import WalkOptions


def tree(root: Path, files: dict[str, str]) -> Path:
    """Make files with the given content; a name that ends with a slash is an empty folder."""
    for name, content in files.items():
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    return root


def found(root: Path, ignore_files: bool = True) -> list[str]:
    walk = Walk([str(root)], WalkOptions(ignore_files=ignore_files))
    return [os.path.relpath(source.path, root) for source in walk if isinstance(source, Source)]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ("*.log\n", ["keep.txt", "sub/keep.txt"]),
        ("sub\n", ["a.log", "keep.txt"]),
        ("sub/\n", ["a.log", "keep.txt"]),
        ("/keep.txt\n", ["a.log", "sub/a.log", "sub/keep.txt"]),
        ("sub/*.log\n", ["a.log", "keep.txt", "sub/keep.txt"]),
        ("**/keep.txt\n", ["a.log", "sub/a.log"]),
        ("*.log\n!a.log\n", ["a.log", "keep.txt", "sub/a.log", "sub/keep.txt"]),
        ("!a.log\n*.log\n", ["keep.txt", "sub/keep.txt"]),
        ("*\n!keep.txt\n", ["keep.txt"]),
        ("*\n!*/\n!keep.txt\n", ["keep.txt", "sub/keep.txt"]),
        ("/*\n!sub/\n*.log\n", ["sub/keep.txt"]),
        ("!sub/\n*.log\n", ["keep.txt", "sub/keep.txt"]),
        ("sub/**\n!sub/keep.txt\n", ["a.log", "keep.txt", "sub/keep.txt"]),
        ("# *.txt\n\n   \n*.log\r\n", ["keep.txt", "sub/keep.txt"]),
        ("\\#x\n", ["a.log", "keep.txt", "sub/a.log", "sub/keep.txt"]),
        ("KEEP.TXT\n", ["a.log", "keep.txt", "sub/a.log", "sub/keep.txt"]),
        ("", ["a.log", "keep.txt", "sub/a.log", "sub/keep.txt"]),
    ],
)
def test_patterns_mean_what_they_mean_to_git(tmp_path: Path, patterns: str, expected: list[str]) -> None:
    tree(tmp_path, {".gitignore": patterns, "a.log": "", "keep.txt": "", "sub/a.log": "", "sub/keep.txt": ""})
    assert found(tmp_path) == expected


def test_what_is_ignored_is_counted_a_folder_as_one(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "build/\n*.log\n", "build/a": "", "build/b": "", "a.log": "", "b.txt": ""})
    walk = Walk([str(tmp_path)], WalkOptions())
    list(walk)
    assert walk.left_out == {"hidden": 1, "ignored": 2}


def test_ignore_files_can_be_switched_off(tmp_path: Path) -> None:
    tree(tmp_path, {".git/": "", ".gitignore": "*\n", "sub/.guardrailsignore": "*\n", "sub/a.txt": ""})
    assert found(tmp_path, ignore_files=False) == ["sub/a.txt"]
    assert found(tmp_path / "sub", ignore_files=False) == ["a.txt"]


def test_a_nested_file_counts_from_its_own_folder(tmp_path: Path) -> None:
    tree(tmp_path, {"sub/.gitignore": "/a.txt\n", "a.txt": "", "sub/a.txt": "", "sub/deep/a.txt": ""})
    assert found(tmp_path) == ["a.txt", "sub/deep/a.txt"]


def test_a_nested_file_wins_over_those_above(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            ".gitignore": "*.log\n",
            "sub/.gitignore": "!a.log\n",
            "a.log": "",
            "sub/a.log": "",
            "sub/b.log": "",
        },
    )
    assert found(tmp_path) == ["sub/a.log"]


def test_a_nested_file_does_not_reach_a_neighbouring_folder(tmp_path: Path) -> None:
    tree(tmp_path, {"a/.gitignore": "*\n", "a/x.txt": "", "b/x.txt": ""})
    assert found(tmp_path) == ["b/x.txt"]


def test_nothing_below_an_ignored_folder_comes_back(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {".gitignore": "build/\n!build/keep.txt\n", "build/keep.txt": "", "build/.gitignore": "!*\n"},
    )
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({".gitignore": "*.txt\n", ".guardrailsignore": "!a.txt\n"}, ["a.txt"]),
        ({".gitignore": "!a.txt\n", ".guardrailsignore": "*.txt\n"}, []),
        ({".gitignore": "*.txt\n", ".ignore": "!a.txt\n"}, ["a.txt"]),
        ({".ignore": "*.txt\n", ".guardrailsignore": "!a.txt\n"}, ["a.txt"]),
        ({".ignore": "!a.txt\n", ".gitignore": "*.txt\n"}, ["a.txt"]),
        ({".ignore": "*.txt\n"}, []),
        ({".guardrailsignore": "*.txt\n"}, []),
    ],
)
def test_the_tools_own_file_has_the_last_word_in_a_folder(
    tmp_path: Path, files: dict[str, str], expected: list[str]
) -> None:
    assert found(tree(tmp_path, files | {"a.txt": ""})) == expected


@pytest.mark.parametrize("marker", [".git/", ".git"])
def test_files_above_the_folder_count_up_to_the_top_of_the_work_tree(tmp_path: Path, marker: str) -> None:
    tree(tmp_path, {".gitignore": "*.txt\n", f"repo/{marker}": "", "repo/.gitignore": "/sub/deep/*.log\n"})
    tree(tmp_path, {"repo/sub/deep/a.log": "", "repo/sub/deep/a.txt": "", "repo/sub/.ignore": "*.csv\n"})
    tree(tmp_path, {"repo/sub/deep/a.csv": "", "repo/sub/deep/below/a.log": ""})
    assert found(tmp_path / "repo/sub/deep") == ["a.txt", "below/a.log"]


def test_files_above_the_folder_do_not_count_outside_of_a_work_tree(tmp_path: Path) -> None:
    assert found(tree(tmp_path, {".gitignore": "*\n", "sub/a.txt": ""}) / "sub") == ["a.txt"]


def test_files_above_the_top_of_a_work_tree_do_not_count(tmp_path: Path) -> None:
    tree(tmp_path, {".git/": "", ".gitignore": "*\n", "inner/.git/": "", "inner/a.txt": ""})
    assert found(tmp_path / "inner") == ["a.txt"]


def test_files_above_count_for_a_folder_reached_through_a_link(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"repo/.git/": "", "repo/.gitignore": "/sub/*.log\n", "repo/sub/a.log": "", "repo/sub/a.txt": ""},
    )
    (tmp_path / "link").symlink_to("repo/sub")
    assert found(tmp_path / "link") == ["a.txt"]


@pytest.mark.parametrize("spelling", ["sub", "./sub", "sub/", "sub//", "../repo/sub", "sub/../sub"])
def test_the_folders_spelling_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    tree(tmp_path, {"repo/.git/": "", "repo/.gitignore": "/sub/a.log\n/sub/deep/a.log\n"})
    tree(
        tmp_path,
        {
            "repo/sub/a.log": "",
            "repo/sub/deep/a.log": "",
            "repo/sub/a.txt": "",
            "repo/sub/.gitignore": "/b.log\n",
        },
    )
    tree(tmp_path, {"repo/sub/b.log": ""})
    monkeypatch.chdir(tmp_path / "repo")
    assert [Path(source.path).name for source in Walk([spelling], WalkOptions())] == ["a.txt"]


@pytest.mark.parametrize("ignored", ["*\n", "*\n!*/\n!*.txt\n/sub\n"])
def test_everything_in_a_folder_is_scanned_if_it_is_given_itself_though_ignored(tmp_path: Path, ignored: str) -> None:
    tree(tmp_path, {".git/": "", ".gitignore": ignored, "sub/a.txt": "", "sub/deep/b.log": ""})
    assert found(tmp_path / "sub") == ["a.txt", "deep/b.log"]


@pytest.mark.parametrize("given", ["build", "build/sub", "vendor"])
def test_a_folder_that_is_ignored_is_walked_if_it_is_given_itself(tmp_path: Path, given: str) -> None:
    tree(tmp_path, {".git/": "", ".gitignore": "build/\nvendor\n", "build/sub/a.txt": "", "vendor/a.txt": ""})
    assert [Path(path).name for path in found(tmp_path / given)] == ["a.txt"]


def test_files_above_count_for_a_folder_given_itself_that_they_do_not_ignore(tmp_path: Path) -> None:
    tree(tmp_path, {".git/": "", ".gitignore": "*\n!*/\n!*.txt\n", "sub/a.txt": "", "sub/a.log": ""})
    assert found(tmp_path / "sub") == found(tmp_path / "sub/") == ["a.txt"]


def test_a_folder_above_that_may_not_be_searched_is_one_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {"locked/sub/a.txt": "", "b.txt": ""})

    def refuse(path: Path, *, follow_symlinks: bool = True) -> bool:
        if "locked" in path.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return False

    monkeypatch.setattr(Path, "exists", refuse)
    first, second = Walk([str(tmp_path / "locked/sub"), str(tmp_path / "b.txt")], WalkOptions())
    assert first == Unscanned(
        str(tmp_path / "locked/sub"),
        0,
        Status.FAILED,
        Reason(ReasonCode.ACCESS_DENIED, "cannot open: Permission denied"),
    )
    assert isinstance(second, Source)


def test_only_a_line_feed_ends_a_line_of_an_ignore_file(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "a\x0cb.txt\nc.txt\r\n", "b.txt": "", "c.txt": "", "a\x0cb.txt": ""})
    assert found(tmp_path) == ["b.txt"]


def test_an_ignore_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    tree(tmp_path, {"a.txt": "", "b.txt": ""})
    (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbfa.txt\n")
    assert found(tmp_path) == ["b.txt"]


def test_an_ignore_file_may_hold_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    tree(tmp_path, {"a.txt": "", "b.txt": ""})
    (tmp_path / ".gitignore").write_bytes(b"caf\xe9\na.txt\n")
    assert found(tmp_path) == ["b.txt"]


def test_an_ignore_file_counts_for_names_that_are_no_utf8(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "*.log\n", os.fsdecode(b"caf\xe9.log"): "", os.fsdecode(b"caf\xe9.txt"): ""})
    assert found(tmp_path) == ["caf\\xe9.txt"]


def test_a_line_that_is_no_pattern_is_passed_over_as_git_does(tmp_path: Path) -> None:
    assert found(tree(tmp_path, {".gitignore": "!\na.txt\n", "a.txt": "", "b.txt": ""})) == ["b.txt"]


def test_an_ignore_file_that_cannot_be_read_leaves_nothing_out(tmp_path: Path) -> None:
    assert found(tree(tmp_path, {".gitignore/": "", "a.txt": ""})) == ["a.txt"]


def test_a_pattern_of_the_user_that_is_none_is_an_error() -> None:
    with pytest.raises(ConfigError, match="not a usable pattern"):
        matcher(["*.txt", "!"])
