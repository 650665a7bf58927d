"""A repository that came from somebody else: nothing that it names is run, and nothing that it breaks is silent."""

import os
import subprocess
from pathlib import Path

import pytest

from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.inputs.git.blob import Repository
from guardrails_cli.inputs.git.blobs import NOT_HERE, Blobs
from guardrails_cli.inputs.git.changes import added_lines
from guardrails_cli.options.model import GitOptions
from tests.inputs.git.support import HISTORY, LINE, OTHER, STAGED, Repo, places, scanned, walked

MODES = [STAGED, HISTORY, GitOptions(diff="HEAD~1")]


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a trace."""
    path = tmp_path / "trap"
    path.write_text(f'#!/bin/sh\ntouch "{tmp_path}/sprung"\ncat\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("git", MODES)
def test_no_program_of_the_repository_is_run(repo: Repo, trap: Path, git: GitOptions) -> None:
    repo.commit("a.txt", "one\n")
    repo.write(".gitattributes", "*.txt diff=evil filter=evil merge=evil\n")
    repo.stage(".gitattributes", "*.txt diff=evil filter=evil merge=evil\n")
    repo.commit("a.txt", "one\n" + LINE)
    repo.stage("a.txt", "one\n" + LINE + OTHER)
    for name in (
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "diff.external",
        "diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
        "gpg.program", "pager.diff-tree", "pager.rev-list", "pager.cat-file", "core.alternateRefsCommand",
        "alias.diff-tree", "alias.cat-file", "core.gitProxy", "uploadpack.packObjectsHook", "credential.helper",
    ):  # fmt: skip
        repo.git("config", name, f"!{trap}" if name.startswith("alias") else str(trap))
    settings = {
        "log.showSignature": "true", "color.ui": "always", "diff.noprefix": "true", "diff.mnemonicPrefix": "true",
        "diff.relative": "true", "diff.context": "9", "diff.renames": "copies", "core.quotePath": "false",
        "diff.submodule": "log", "diff.wsErrorHighlight": "all", "diff.orderFile": "nowhere", "core.abbrev": "4",
        "diff.interHunkContext": "9", "i18n.logOutputEncoding": "UTF-16", "format.pretty": "x",
    }  # fmt: skip
    for name, value in settings.items():
        repo.git("config", name, value)
    hooks = repo.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
        (hooks / name).symlink_to(trap)
    assert scanned(repo, git)[1].summary.findings > 0
    assert not (trap.parent / "sprung").exists()
    if git is STAGED:
        assert places(scanned(repo, git)[0]) == [("a.txt", 3)]


@pytest.mark.parametrize("name", ["GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EDITOR"])
def test_no_program_of_the_environment_is_run(
    repo: Repo, trap: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("a.txt", "one\n")
    repo.stage("a.txt", "one\n" + LINE)
    monkeypatch.setenv(name, str(trap))
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=9")
    monkeypatch.setenv("GIT_TRACE", str(trap.parent / "sprung"))
    assert places(scanned(repo, STAGED)[0]) == [("a.txt", 2)]
    assert not (trap.parent / "sprung").exists()


def test_a_partial_clone_fetches_nothing(repo: Repo, tmp_path: Path, trap: Path) -> None:
    repo.commit("a.txt", LINE)
    repo.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    clone = ("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo.folder}", str(partial))
    repo.git(*clone, here=False)
    subprocess.run(
        ["git", "-C", str(partial), "config", "remote.origin.uploadpack", str(trap)], check=True
    )  # fmt: skip
    [found] = walked(partial, HISTORY)
    assert isinstance(found, Unscanned)
    assert (found.status, found.reason) == (Status.FAILED, NOT_HERE)
    assert not (trap.parent / "sprung").exists()


def test_a_replaced_object_hides_nothing(repo: Repo) -> None:
    repo.commit("a.txt", LINE)
    clean = repo.git("hash-object", "-w", "--stdin", stdin=b"clean\n")
    repo.git("replace", repo.git("rev-parse", "HEAD:a.txt"), clean)
    assert len(places(scanned(repo, HISTORY)[0])) == 1


def test_a_damaged_blob_fails_alone(repo: Repo) -> None:
    repo.commit("a.txt", LINE)
    oid = repo.git("rev-parse", "HEAD:a.txt")
    repo.commit("b.txt", OTHER)
    path = repo.folder / ".git" / "objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:20])
    records, _ = scanned(repo, HISTORY)
    assert [record.status for record in records] == [Status.FAILED, Status.FINDINGS]


def test_a_damaged_tree_is_told_at_the_end(repo: Repo) -> None:
    repo.commit("a.txt", LINE)
    repo.commit("b.txt", OTHER)
    oid = repo.git("rev-parse", "HEAD^{tree}")
    path = repo.folder / ".git" / "objects" / oid[:2] / oid[2:]
    path.unlink()
    *before, last = scanned(repo, HISTORY)[0]
    assert [record.status for record in before] == [Status.FINDINGS]
    assert last.status is Status.FAILED
    assert str(last.reason).startswith("git: ")


@pytest.mark.parametrize("attributes", ["*.txt -diff", "*.txt binary", "*.txt diff=ada"])
def test_attributes_never_have_less_reported(repo: Repo, attributes: str) -> None:
    repo.commit("a.txt", LINE)
    repo.stage(".gitattributes", attributes + "\n")
    repo.stage("a.txt", LINE + OTHER)
    found = places(scanned(repo, STAGED)[0])
    assert found == ([("a.txt", 2)] if attributes.endswith("ada") else [("a.txt", 1), ("a.txt", 2)])


def test_a_commit_may_claim_anything(repo: Repo) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=LINE.encode())
    tree = repo.git("mktree", stdin=f"100644 blob {blob}\ta.txt\n".encode())
    author = "\x1b[31mcommit :100644 ::error:: <x> 99999999999999 +0000"
    commit = repo.git(
        "hash-object", "-t", "commit", "-w", "--literally", "--stdin",
        stdin=f"tree {tree}\nauthor {author}\ncommitter {author}\n\nx\n".encode(),
    )  # fmt: skip
    repo.git("update-ref", "refs/heads/main", commit)
    [record] = scanned(repo, HISTORY)[0]
    assert record.commit is not None
    assert "\x1b" not in record.commit.author
    assert record.commit.date.endswith("+00:00")
    assert len(record.findings) == 1


def test_in_a_hook_the_index_of_the_commit_counts(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("a.txt", "one\n")
    repo.stage("a.txt", "one\n" + LINE)
    index = tmp_path / "own-index"
    index.write_bytes((repo.folder / ".git" / "index").read_bytes())
    repo.git("reset", "-q", "--hard")
    other = Repo(tmp_path / "other")
    other.stage("b.txt", LINE)
    monkeypatch.chdir(repo.folder)
    monkeypatch.setenv("GIT_INDEX_FILE", os.path.relpath(index))
    assert [found.path for found in walked(Path(), STAGED)] == ["a.txt"]
    assert [found.path for found in walked(other, STAGED)] == ["b.txt"]
    monkeypatch.setenv("GIT_DIR", ".git")
    (repo.folder / "sub").mkdir()
    assert walked(Path("sub"), STAGED) == []
    assert [found.path for found in walked(Path(), STAGED)] == ["a.txt"]
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert walked(repo, STAGED) == []


def test_what_is_read_to_no_end_does_not_disturb_the_next(repo: Repo) -> None:
    contents = [b"x" * 10, b"y" * 5_000_000, b"z" * 100_000, b"w" * 2000]
    oids = [repo.git("hash-object", "-w", "--stdin", stdin=content) for content in contents]
    with Blobs() as blobs:
        for _ in range(2):
            for oid, content in zip(oids, contents, strict=True):
                with blobs.open(Repository(str(repo.folder)), oid) as stream:
                    assert stream.read(7) == content[:7]
        with blobs.open(Repository(str(repo.folder)), oids[1]) as stream:
            assert b"".join(iter(lambda: stream.read(65_536), b"")) == contents[1]
        with pytest.raises(RefusedError, match="cannot give it"):
            blobs.open(Repository(str(repo.folder)), "0" * 40)
        with pytest.raises(RefusedError, match="cannot give it"):
            blobs.open(Repository(str(repo.folder)), repo.git("mktree"))
        with blobs.open(Repository(str(repo.folder)), oids[0]) as stream:
            assert stream.read(99) == contents[0]


def test_hunks_are_followed_by_their_counts() -> None:
    import io

    old, new, other = "1" * 40, "2" * 40, "3" * 40
    patch = (
        f"diff --git a/x b/x\nindex {old}..{new} 100644\n--- a/x\n+++ b/x\n"
        "@@ -1,2 +1,3 @@ context\n-@@ -0,0 +1,99 @@\n-two\n\\ No newline at end of file\n+diff --git a/y b/y\n"
        f"+index {old}..{other} 100644\n+{'long ' * 30_000}\n"
        "@@ -9 +10,0 @@\n-gone\n@@ -20,0 +20 @@\n+x\n\\ No newline at end of file\n"
        f"diff --git a/y b/y\nindex {new}..{other} 100644\nBinary files a/y and b/y differ\n"
        f"diff --git a/z b/z\nindex {old}..{new}\n@@ -1,2 +1,3 @@\n-1\n-2\n+1\n+2\n+3\n"
    )
    assert added_lines(io.BytesIO(patch.encode())) == {(old, new): ((1, 3), (20, 20)), (new, other): None}


def test_all_lines_of_a_file_with_lone_carriage_returns_are_new() -> None:
    import io

    old, new = "1" * 40, "2" * 40
    patch = (
        f"diff --git a/x b/x\nindex {old}..{new} 100644\n--- a/x\n+++ b/x\n"
        "@@ -1 +1 @@\n-one\rtwo\r\n+one\rthree\r\n@@ -9 +9 @@\n-a\r\n+b\r\n"
    )
    assert added_lines(io.BytesIO(patch.encode())) == {(old, new): None}
