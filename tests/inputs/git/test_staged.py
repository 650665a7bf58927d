"""Only staged content, and only its new lines, is scanned."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.options.model import DetectOptions
from tests.inputs.git.support import FAST, LINE, OTHER, SSN, STAGED, Repo, places, scanned, walked


def staged(repo: Repo, *inside: str, **options: object) -> list[str]:
    return [found.path for found in walked(repo, STAGED, *inside, **options)]


def test_before_the_first_commit_all_that_is_staged_is_new(repo: Repo) -> None:
    repo.stage("a.txt", LINE)
    repo.write("not-staged.txt", LINE)
    assert places(scanned(repo, STAGED)[0]) == [("a.txt", 1)]


def test_the_index_is_read_not_the_work_tree(repo: Repo) -> None:
    repo.stage("a.txt", "nothing\n" + LINE)
    repo.write("a.txt", "all gone\n")
    repo.stage("b.txt", "clean\n")
    repo.write("b.txt", LINE)
    assert places(scanned(repo, STAGED)[0]) == [("a.txt", 2)]


def test_only_added_lines_count(repo: Repo) -> None:
    repo.commit("a.txt", LINE + "two\n" + "three\n")
    repo.stage("a.txt", LINE + "two\n" + OTHER + "three\n")
    [record] = scanned(repo, STAGED)[0]
    assert places([record]) == [("a.txt", 3)]
    assert record.risk is not None
    assert record.risk.total_entities == 1
    assert record.compliance is not None
    assert {violation.count for violation in record.compliance.violations} == {1}


def test_a_file_with_nothing_new_is_no_document(repo: Repo) -> None:
    repo.commit("a.txt", LINE + "two\n")
    repo.commit("b.sh", LINE)
    repo.commit("gone.txt", LINE)
    repo.stage("a.txt", LINE)
    (repo.folder / "b.sh").chmod(0o755)
    repo.git("add", "b.sh")
    repo.git("rm", "-q", "gone.txt")
    assert repo.git("diff", "--cached", "--name-only").split() == ["a.txt", "b.sh", "gone.txt"]
    assert scanned(repo, STAGED)[0] == []


def test_a_renamed_file_brings_only_what_changed(repo: Repo) -> None:
    body = "".join(f"line {number}\n" for number in range(50))
    repo.commit("old.txt", LINE + body)
    repo.git("mv", "old.txt", "new.txt")
    assert staged(repo) == []
    repo.stage("new.txt", LINE + body + OTHER)
    assert places(scanned(repo, STAGED)[0]) == [("new.txt", 52)]


def test_a_copy_is_new(repo: Repo) -> None:
    repo.commit("old.txt", LINE * 9)
    repo.stage("copy.txt", LINE * 9)
    assert len(places(scanned(repo, STAGED)[0])) == 9


def test_a_finding_that_only_begins_before_an_added_line_counts(repo: Repo) -> None:
    repo.commit("a.txt", "Jane Roe\n12 Main Street\nSpringfield, IL\n")
    repo.stage("a.txt", "Jane Roe\n12 Main Street\nSpringfield, IL 62704\n")
    everything = DetectOptions(engine=FAST.engine, key=b"k")
    [record] = scanned(repo, STAGED, everything)[0]
    assert [(found.entity_type, found.line) for found in record.findings] == [("LOCATION", 2)]


def test_of_a_format_without_lines_the_whole_file_is_new(repo: Repo) -> None:
    def packed(*texts: str) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for number, text in enumerate(texts):
                archive.writestr(f"{number}.txt", text)
        return file.getvalue()

    repo.commit("a.zip", packed(LINE))
    repo.stage("a.zip", packed(LINE, OTHER))
    assert places(scanned(repo, STAGED)[0]) == [("a.zip!0.txt", 1), ("a.zip!1.txt", 1)]


@pytest.mark.parametrize(
    ("name", "before", "after", "lines"),
    [
        ("a.csv", "id,ssn\n1,219-09-9999\n2,x\n", "id,ssn\n1,219-09-9999\n2,4111111111111111\n", [3]),
        ("a.json", '{"ssn": "219-09-9999",\n"x": 1}\n', '{"ssn": "219-09-9999",\n"card": "4111111111111111"}\n', [2]),
        ("a.yaml", f"a: |\n  {LINE}  x\n", f"a: |\n  {LINE}  x\nb: {OTHER}", [4]),
        ("a.html", f"<p>{LINE}x</p>\n", f"<p>{LINE}x</p>\n<p>{OTHER}</p>\n", [3]),
        ("a.md", f"# A\n\n{LINE}", f"# A\n\n{LINE}\n{OTHER}", [5]),
        ("a.txt", LINE[:-1] + "\r\n\f\v\u2028\n", LINE[:-1] + "\r\n\f\v\u2028\n" + OTHER, [3]),
    ],
)  # fmt: skip
def test_lines_are_counted_as_git_does_in_each_format(
    repo: Repo, name: str, before: str, after: str, lines: list[int]
) -> None:
    repo.commit(name, before)
    repo.stage(name, after)
    assert [line for _, line in places(scanned(repo, STAGED)[0])] == lines


def test_far_down_in_a_long_file_lines_are_right(repo: Repo) -> None:
    rows = [f"row {number} of nothing in particular, told at some length\n" for number in range(20_000)]
    repo.commit("long.txt", "".join(rows))
    rows[100] = rows[19_900] = OTHER
    rows[10_000] = LINE
    repo.stage("long.txt", "".join(rows))
    assert [line for _, line in places(scanned(repo, STAGED)[0])] == [101, 10_001, 19_901]
    repo.git("commit", "-qm", "Change")
    rows[10_001] = "changed\n"
    repo.stage("long.txt", "".join(rows))
    assert places(scanned(repo, STAGED)[0]) == []


def test_content_that_looks_like_a_patch_is_content(repo: Repo) -> None:
    repo.commit("a.txt", "@@ -1 +1 @@\n" + LINE)
    repo.stage(
        "a.txt", "++ b/x\n@@ -1,9 +1,9 @@\n-- a\n+\ndiff --git a/x b/x\n\\ No newline\n" + LINE + "no end " + OTHER[:-1]
    )
    assert places(scanned(repo, STAGED)[0]) == [("a.txt", 8)]


@pytest.mark.parametrize("name", ["a b\tc\nd.txt", "@@ -1 +1 @@\n.txt", ":x", "-rf", "ü.txt", "*?[a].txt", '"q".txt'])
def test_any_name_will_do(repo: Repo, name: str) -> None:
    repo.write(name, LINE)
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Change")
    repo.write(name, LINE + OTHER)
    repo.git("add", "-A")
    assert places(scanned(repo, STAGED)[0]) == [(name, 2)]
    assert [found.path for found in walked(repo, STAGED, name)] == [name]


def test_a_name_that_is_no_utf_8_is_escaped(repo: Repo) -> None:
    repo.write(os.fsdecode(b"\xff.txt"), LINE)
    repo.git("add", "-A")
    assert places(scanned(repo, STAGED)[0]) == [("\\xff.txt", 1)]


def test_what_is_no_file_says_so(repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other")
    other.commit("a.txt", LINE)
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.folder), "sub")
    (repo.folder / "link").symlink_to(SSN)
    repo.git("add", "link")
    repo.stage("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 9\n")
    records, _ = scanned(repo, STAGED)
    assert [(one.path, one.status, one.reason) for one in records if one.path != ".gitmodules"] == [
        ("big.bin", Status.SKIPPED, "a pointer of Git LFS: its content is not in the repository"),
        ("link", Status.SKIPPED, "symbolic link, not followed"),
        ("sub", Status.SKIPPED, "submodule, not followed"),
    ]
    assert SSN not in repr(records)


def test_a_link_that_became_a_file_is_new(repo: Repo) -> None:
    (repo.folder / "a").symlink_to("b")
    repo.git("add", "a")
    repo.commit()
    (repo.folder / "a").unlink()
    repo.stage("a", LINE)
    assert places(scanned(repo, STAGED)[0]) == [("a", 1)]


def test_a_conflict_is_told(repo: Repo) -> None:
    repo.commit("a.txt", "one\n")
    repo.git("checkout", "-qb", "other")
    repo.commit("a.txt", "two\n")
    repo.git("checkout", "-q", "main")
    repo.commit("a.txt", "three\n")
    with pytest.raises(Exception, match="non-zero"):
        repo.git("merge", "-q", "other")
    assert walked(repo, STAGED) == [
        Unscanned("a.txt", 0, Status.SKIPPED, Reason(ReasonCode.UNMERGED, "in conflict: not merged"))
    ]


def test_options_and_the_tools_own_ignore_file_leave_out(repo: Repo) -> None:
    repo.write(".gitignore", "*.log\n")
    repo.write(".guardrailsignore", "fixtures/\n!fixtures/keep.txt\n")
    repo.write("deep/.guardrailsignore", "/own.txt\n")
    for name in (".env", "a.log", "fixtures/keep.txt", "deep/own.txt", "deep/er/own.txt", "src/a.py"):
        repo.stage(name, LINE)
    assert staged(repo) == [".env", "a.log", "deep/er/own.txt", "src/a.py"]
    assert staged(repo, exclude=("*.py",)) == [".env", "a.log", "deep/er/own.txt"]
    assert staged(repo, include=("src/",)) == ["src/a.py"]
    assert staged(repo, ignore_files=False) == [
        ".env", "a.log", "deep/er/own.txt", "deep/own.txt", "fixtures/keep.txt", "src/a.py",
    ]  # fmt: skip
    assert staged(repo, "src") == ["src/a.py"]
    assert staged(repo, "src", "a.log") == ["a.log", "src/a.py"]


def test_a_size_is_that_of_the_blob(repo: Repo) -> None:
    repo.stage("a.txt", "12345")
    [found] = walked(repo, STAGED)
    assert isinstance(found, Source)
    assert found.size_bytes == 5
    assert scanned(repo, STAGED, max_bytes=4)[0][0].status is Status.SKIPPED
