import os
import socket
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.listing import Listing
from guardrails_cli.inputs.stdin import STDIN, STDIN_NAME
from guardrails_cli.inputs.walk import VCS_DIRECTORIES, Walk
from guardrails_cli.options.model import WalkOptions

DEFAULTS = WalkOptions()
ANY_BYTES = pytest.mark.skipif(sys.platform == "darwin", reason="this file system takes UTF-8 names only")


def tree(root: Path, *names: str) -> Path:
    """Make files, each with its own name as content."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name))
    return root


def found(root: Path, options: WalkOptions = DEFAULTS) -> list[str]:
    """Return the documents below `root`, relative to it, in the walk's order."""
    return [os.path.relpath(source.path, root) for source in Walk([str(root)], options) if isinstance(source, Source)]


def left_out(root: Path, options: WalkOptions = DEFAULTS) -> Counter[str]:
    walk = Walk([str(root)], options)
    list(walk)
    return walk.left_out


def only(paths: Iterable[Path | str], options: WalkOptions = DEFAULTS) -> Source | Unscanned:
    """Return the one thing that the walk yields."""
    (source,) = Listing([str(path) for path in paths], options)
    return source


def test_every_file_below_a_folder_is_a_document(tmp_path: Path) -> None:
    assert found(tree(tmp_path, "a.txt", "b/c.txt", "b/d/e.txt")) == ["a.txt", "b/c.txt", "b/d/e.txt"]


def test_a_document_has_its_path_location_and_size(tmp_path: Path) -> None:
    path = str(tree(tmp_path, "a.txt") / "a.txt")
    assert only([tmp_path]) == Source(path, path, 5)


def test_order_is_that_of_the_names_bytes_and_not_of_their_creation(tmp_path: Path) -> None:
    names = ["Z.txt", "a.txt", "a/b.txt", "a0.txt", "ä.txt", "b.txt", "山.txt"]
    assert found(tree(tmp_path, *reversed(names))) == [
        "Z.txt",
        "a/b.txt",
        "a.txt",
        "a0.txt",
        "b.txt",
        "ä.txt",
        "山.txt",
    ]


def test_paths_are_walked_in_the_order_given(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", "b.txt")
    paths = [str(tmp_path / "b.txt"), str(tmp_path / "a.txt")]
    assert [source.path for source in Walk(paths, DEFAULTS)] == paths


def test_an_empty_folder_holds_no_document(tmp_path: Path) -> None:
    assert list(Walk([str(tmp_path)], DEFAULTS)) == []


def test_an_empty_file_is_a_document(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert found(tmp_path) == ["empty"]


def test_a_folder_tree_deeper_than_the_recursion_limit_is_walked(tmp_path: Path) -> None:
    depth = 60
    tree(tmp_path, "d/" * depth + "leaf")
    limit = sys.getrecursionlimit()
    frame, used = sys._getframe(), 0
    while frame.f_back is not None:
        frame, used = frame.f_back, used + 1
    try:
        sys.setrecursionlimit(used + depth)
        documents = [source.path for source in Walk([str(tmp_path)], WalkOptions(ignore_files=False))]
    finally:
        sys.setrecursionlimit(limit)
    assert len(documents) == 1


def test_dash_is_standard_input_and_is_not_read_by_the_walk() -> None:
    assert only(["-"]) == Source(STDIN_NAME, STDIN, 0, input="stdin")


def test_a_file_named_dash_is_reached_by_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree(tmp_path, "-"))
    assert only(["./-"]) == Source("./-", "./-", 1)


# Left-out files


def test_hidden_files_and_folders_are_left_out_and_counted(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", ".env", ".config/b.txt", ".config/c.txt")
    assert found(tmp_path) == ["a.txt"]
    assert left_out(tmp_path) == {"hidden": 2}


def test_hidden_files_and_folders_are_scanned_if_asked_for(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", ".env", ".config/b.txt")
    options = WalkOptions(hidden=True)
    assert found(tmp_path, options) == [".config/b.txt", ".env", "a.txt"]
    assert left_out(tmp_path, options) == {}


@pytest.mark.parametrize("name", sorted(VCS_DIRECTORIES))
def test_folders_of_version_control_are_left_out_even_among_hidden_ones(tmp_path: Path, name: str) -> None:
    tree(tmp_path, f"{name}/config", "a.txt")
    options = WalkOptions(hidden=True)
    assert found(tmp_path, options) == ["a.txt"]
    assert left_out(tmp_path, options) == {"vcs": 1}


@pytest.mark.parametrize("name", sorted(VCS_DIRECTORIES))
def test_folders_of_version_control_are_scanned_if_asked_for(tmp_path: Path, name: str) -> None:
    assert found(tree(tmp_path, f"{name}/config"), WalkOptions(vcs=True)) == [f"{name}/config"]


def test_version_control_does_not_bring_other_hidden_files_along(tmp_path: Path) -> None:
    assert found(tree(tmp_path, ".git/config", ".env"), WalkOptions(vcs=True)) == [".git/config"]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        (("*.txt",), ["a.txt", "docs/b.txt"]),
        (("/a.txt",), ["a.txt"]),
        (("docs/",), ["docs/b.txt", "docs/c.csv"]),
        (("docs/**/*.csv",), ["docs/c.csv"]),
        (("*.csv", "a.*"), ["a.txt", "docs/c.csv"]),
        (("*", "!*.csv"), ["a.txt", "docs/b.txt"]),
        (("[ab].txt",), ["a.txt", "docs/b.txt"]),
        (("*.pdf",), []),
    ],
)
def test_include_keeps_only_files_that_match(tmp_path: Path, include: tuple[str, ...], expected: list[str]) -> None:
    tree(tmp_path, "a.txt", "docs/b.txt", "docs/c.csv")
    options = WalkOptions(include=include)
    assert found(tmp_path, options) == expected
    assert left_out(tmp_path, options)["not_included"] == 3 - len(expected)


@pytest.mark.parametrize(
    ("exclude", "expected", "count"),
    [
        (("*.txt",), ["docs/c.csv"], 2),
        (("docs",), ["a.txt"], 1),
        (("docs/",), ["a.txt"], 1),
        (("a.txt/",), ["a.txt", "docs/b.txt", "docs/c.csv"], 0),
        (("/b.txt",), ["a.txt", "docs/b.txt", "docs/c.csv"], 0),
        (("docs/*", "!docs/b.txt"), ["a.txt", "docs/b.txt"], 1),
        (("**",), [], 2),
    ],
)
def test_exclude_leaves_out_what_matches_and_counts_a_folder_as_one(
    tmp_path: Path, exclude: tuple[str, ...], expected: list[str], count: int
) -> None:
    tree(tmp_path, "a.txt", "docs/b.txt", "docs/c.csv")
    options = WalkOptions(exclude=exclude)
    assert found(tmp_path, options) == expected
    assert left_out(tmp_path, options)["excluded"] == count


def test_exclude_wins_over_include(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", "b.txt")
    assert found(tmp_path, WalkOptions(include=("*.txt",), exclude=("b.*",))) == ["a.txt"]


def test_globs_are_relative_to_the_path_given(tmp_path: Path) -> None:
    tree(tmp_path, "docs/docs/a.txt", "docs/b.txt")
    assert found(tmp_path / "docs", WalkOptions(include=("/docs/",))) == ["docs/a.txt"]


@pytest.mark.parametrize("option", ["include", "exclude"])
def test_a_glob_that_is_none_is_a_usage_error(option: str) -> None:
    with pytest.raises(ConfigError, match="not a usable pattern"):
        Walk(["."], WalkOptions(include=("!",)) if option == "include" else WalkOptions(exclude=("!",)))


@pytest.mark.parametrize("name", [".env", "node_modules.log", "a.bin"])
def test_a_file_given_itself_is_a_document_whatever_its_name(tmp_path: Path, name: str) -> None:
    tree(tmp_path, name, ".gitignore").joinpath(".gitignore").write_text("*\n")
    path = tmp_path / name
    assert only([path], WalkOptions(include=("*.txt",), exclude=("*",))).path == str(path)


def test_a_hidden_folder_given_itself_is_walked(tmp_path: Path) -> None:
    assert found(tree(tmp_path, ".config/a.txt") / ".config") == ["a.txt"]


def test_the_report_being_written_is_no_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree(tmp_path, "a.txt", "report.json"))
    walk = Walk([str(tmp_path)], DEFAULTS, own_files=[Path("report.json"), Path("not yet there")])
    assert [source.path for source in walk] == [str(tmp_path / "a.txt")]
    assert walk.left_out == {"own_output": 1}


# Entries that cannot be documents


def test_a_link_below_a_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    outside = tree(tmp_path, "outside/secret.txt") / "outside"
    inside = tree(tmp_path, "inside/a.txt") / "inside"
    (inside / "file").symlink_to(outside / "secret.txt")
    (inside / "folder").symlink_to(outside)
    (inside / "dangling").symlink_to("nowhere")
    (inside / "loop").symlink_to("loop")
    skipped = [source for source in Walk([str(inside)], DEFAULTS) if isinstance(source, Unscanned)]
    assert [Path(source.path).name for source in skipped] == ["dangling", "file", "folder", "loop"]
    assert {(source.status, source.reason) for source in skipped} == {(Status.SKIPPED, "symbolic link, not followed")}


@pytest.mark.parametrize("suffix", ["", "/"])
def test_a_link_to_a_folder_given_itself_is_followed(tmp_path: Path, suffix: str) -> None:
    tree(tmp_path, "real/a.txt")
    (tmp_path / "link").symlink_to("real")
    assert only([f"{tmp_path}/link{suffix}"]).path == f"{tmp_path}/link/a.txt"


def test_a_link_to_a_file_given_itself_is_followed(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt")
    (tmp_path / "link").symlink_to("a.txt")
    assert only([tmp_path / "link"]) == Source(str(tmp_path / "link"), str(tmp_path / "link"), 5)


@pytest.mark.parametrize("below", [True, False])
def test_a_named_pipe_is_skipped_without_waiting_for_a_writer(tmp_path: Path, below: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert only([tmp_path if below else pipe]) == Unscanned(
        str(pipe), 0, Status.SKIPPED, Reason(ReasonCode.SPECIAL_FILE, "named pipe")
    )


@pytest.mark.parametrize("below", [True, False])
def test_a_socket_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: bool) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")  # relative: a socket's address has about a hundred bytes
        assert only(["." if below else "./socket"]) == Unscanned(
            "./socket", 0, Status.SKIPPED, Reason(ReasonCode.SPECIAL_FILE, "socket")
        )


def test_a_device_is_skipped() -> None:
    assert only(["/dev/null"]) == Unscanned(
        "/dev/null", 0, Status.SKIPPED, Reason(ReasonCode.SPECIAL_FILE, "character device")
    )


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("missing", ReasonCode.NOT_FOUND, "No such file or directory"),
        ("a.txt/below", ReasonCode.UNREADABLE, "Not a directory"),
        ("n" * 300, ReasonCode.UNREADABLE, "File name too long"),
    ],
)
def test_a_path_that_cannot_be_opened_fails_with_the_systems_words(
    tmp_path: Path, name: str, code: ReasonCode, reason: str
) -> None:
    path = tree(tmp_path, "a.txt") / name
    failed = only([path])
    assert failed == Unscanned(str(path), 0, Status.FAILED, Reason(code, f"cannot open: {reason}"))
    assert isinstance(failed, Unscanned)
    assert failed.reason.code is code


@pytest.mark.parametrize("path", ["nul\0byte", "lone \ud800 surrogate"])
def test_a_path_that_no_file_can_have_fails(path: str) -> None:
    source = only([path])
    assert isinstance(source, Unscanned)
    assert (source.status, source.reason) == (Status.FAILED, "cannot open: not a usable path")


def test_one_bad_path_does_not_stop_the_others(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt")
    kinds = [type(source) for source in Walk([str(tmp_path / "missing"), str(tmp_path / "a.txt")], DEFAULTS)]
    assert kinds == [Unscanned, Source]


@pytest.mark.usefixtures("permissions_count")
@pytest.mark.parametrize("given", [True, False])
def test_a_folder_that_cannot_be_read_fails_and_the_rest_goes_on(tmp_path: Path, given: bool) -> None:
    locked = tree(tmp_path, "locked/a.txt", "z.txt") / "locked"
    locked.chmod(0o000)
    try:
        sources = list(Walk([str(locked), str(tmp_path / "z.txt")] if given else [str(tmp_path)], DEFAULTS))
    finally:
        locked.chmod(0o700)
    assert sources[0] == Unscanned(
        str(locked), 0, Status.FAILED, Reason(ReasonCode.ACCESS_DENIED, "cannot open: Permission denied")
    )
    assert sources[1].path == str(tmp_path / "z.txt")


# Names


@pytest.mark.parametrize(
    "name",
    ["new\nline.txt", "\x1b[31mred.txt", "-rf", "--help", " ", "[bold]x[/bold]", "a\tb", "=1+1", "😀.txt"],
)
def test_a_strange_name_is_a_name(tmp_path: Path, name: str) -> None:
    assert found(tree(tmp_path, name)) == [name]


@ANY_BYTES
def test_a_name_that_is_no_utf8_is_shown_with_escapes_and_opened_by_its_bytes(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    source = only([tree(tmp_path, name)])
    assert isinstance(source, Source)
    assert source.path == f"{tmp_path}/caf\\xe9.txt"
    assert source.location is not None
    assert Path(source.location).read_bytes() == b"caf\xe9.txt"


@ANY_BYTES
def test_globs_match_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    tree(tmp_path, os.fsdecode(b"caf\xe9.txt"), os.fsdecode(b"caf\xe9.csv"))
    assert found(tmp_path, WalkOptions(exclude=("*.txt",))) == ["caf\\xe9.csv"]


@pytest.mark.parametrize("name", ["new\nline.txt", "new\nline/a.txt", "a/new\nline/b/c.txt"])
def test_globs_match_a_name_with_a_line_break(tmp_path: Path, name: str) -> None:
    tree(tmp_path, name)
    assert found(tmp_path, WalkOptions(exclude=("*.txt",))) == []
    assert found(tmp_path, WalkOptions(include=("*.txt",))) == [name]


def test_a_name_with_a_line_break_at_its_end_is_another_name(tmp_path: Path) -> None:
    assert found(tree(tmp_path, "a.txt\n"), WalkOptions(exclude=("*.txt",))) == ["a.txt\n"]


# The same place twice


def test_the_same_path_twice_counts_once(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt")
    assert len(list(Walk([str(tmp_path)] * 2, DEFAULTS))) == 1


def test_standard_input_twice_counts_once() -> None:
    assert len(list(Listing(["-", "-"], DEFAULTS))) == 1


@pytest.mark.parametrize(
    "paths",
    [
        [".", "sub"],
        ["sub", "."],
        ["sub/b.txt", "."],
        ["sub", "./sub/"],
        ["sub", "sub/../sub"],
        ["sub", "link"],
        ["link", "sub/b.txt", "."],
    ],
)
def test_overlapping_paths_give_each_document_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str]
) -> None:
    tree(tmp_path, "sub/b.txt", "sub/c.txt")
    (tmp_path / "link").symlink_to("sub")
    monkeypatch.chdir(tmp_path)
    documents = [source for source in Walk(paths, DEFAULTS) if isinstance(source, Source)]
    assert sorted(os.path.realpath(source.path) for source in documents) == [
        str(tmp_path / "sub/b.txt"),
        str(tmp_path / "sub/c.txt"),
    ]


def test_a_document_found_twice_is_named_by_the_path_that_comes_first(tmp_path: Path) -> None:
    tree(tmp_path, "sub/a.txt")
    paths = [f"{tmp_path}/sub/a.txt", f"{tmp_path}/sub/../sub"]
    assert only(paths).path == f"{tmp_path}/sub/a.txt"


def test_folders_whose_names_begin_alike_do_not_overlap(tmp_path: Path) -> None:
    tree(tmp_path, "a/x.txt", "ab/x.txt")
    assert len(list(Walk([str(tmp_path / "a"), str(tmp_path / "ab")], DEFAULTS))) == 2


def test_the_top_folder_overlaps_with_all_others(tmp_path: Path) -> None:
    path = tree(tmp_path, "a.txt") / "a.txt"
    way = [*reversed(path.relative_to("/").parents), path.relative_to("/")]
    only_that_way = [pattern for folder in way[1:] for pattern in (f"/{folder.parent}/*", f"!/{folder}")]
    options = WalkOptions(exclude=("/*", *only_that_way), hidden=True)
    documents = [source for source in Walk([str(path), "/"], options) if isinstance(source, Source)]
    assert len(documents) == 1


def test_overlapping_paths_do_not_change_which_documents_there_are(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", "sub/b.txt")
    (tmp_path / "sub/c.txt").hardlink_to(tmp_path / "a.txt")
    alone = {source.path for source in Walk([str(tmp_path)], DEFAULTS)}
    assert {source.path for source in Walk([str(tmp_path), str(tmp_path / "sub")], DEFAULTS)} == alone


def test_what_is_left_out_below_overlapping_paths_counts_once(tmp_path: Path) -> None:
    tree(tmp_path, "sub/.env")
    walk = Walk([str(tmp_path), str(tmp_path / "sub")], DEFAULTS)
    list(walk)
    assert walk.left_out == {"hidden": 1}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("given", ["sub/.env", "sub/.config", "sub"])
def test_what_one_path_leaves_out_and_another_takes_is_not_left_out(tmp_path: Path, given: str, order: int) -> None:
    tree(tmp_path, "sub/.env", "sub/.config/.hidden", "sub/a.txt")
    walk = Walk([str(tmp_path), str(tmp_path / given)][::order], WalkOptions(exclude=("/sub/a.txt",)))
    documents = {os.path.relpath(source.path, tmp_path) for source in walk}
    expected: dict[str, tuple[set[str], dict[str, int]]] = {
        "sub/.env": ({"sub/.env"}, {"hidden": 1, "excluded": 1}),
        "sub/.config": (set(), {"hidden": 2, "excluded": 1}),
        "sub": ({"sub/a.txt"}, {"hidden": 2}),
    }
    assert (documents, walk.left_out) == expected[given]


def test_one_failure_below_overlapping_paths_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = tree(tmp_path, "sub/locked/a.txt") / "sub/locked"
    listing = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert only([tmp_path, tmp_path / "sub", locked]).path == str(locked)


def test_the_report_behind_a_link_is_no_document(tmp_path: Path) -> None:
    tree(tmp_path, "report.json", "a.txt")
    (tmp_path / "link.json").symlink_to("report.json")
    walk = Walk([str(tmp_path)], DEFAULTS, own_files=[tmp_path / "link.json"])
    assert [source.path for source in walk] == [str(tmp_path / "a.txt")]
    assert walk.left_out == {"own_output": 2}


def test_everything_found_is_a_document_or_has_a_reason_or_is_counted(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "a.txt",
        ".env",
        ".git/config",
        "build/x.o",
        "skip.log",
        "c.csv",
        "report.json",
        ".gitignore",
    )
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "link").symlink_to("a.txt")
    walk = Walk([str(tmp_path)], WalkOptions(include=("*.txt",), exclude=("*.log",)), [tmp_path / "report.txt"])
    things = [type(source) for source in walk]
    assert things == [Source]
    assert walk.left_out == {"hidden": 2, "vcs": 1, "ignored": 1, "excluded": 1, "not_included": 3}
    assert len(things) + walk.left_out.total() == len(list(tmp_path.iterdir()))
