"""Every blob of a history once, and what a branch adds."""

from pathlib import Path

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.record import Status
from guardrails_cli.core.source import Commit, Source
from guardrails_cli.options.model import GitOptions
from tests.inputs.git.support import HISTORY, LINE, OTHER, Repo, places, scanned, walked

DATE = "2020-02-03T04:05:06+00:00"


def since(revision: str) -> GitOptions:
    return GitOptions(diff=revision)


def test_each_blob_comes_once_with_the_first_commit_that_has_it(repo: Repo) -> None:
    first = repo.commit("a.txt", LINE, GIT_AUTHOR_DATE=DATE, GIT_AUTHOR_NAME="Bo\tTester")
    repo.commit("copy.txt", LINE)
    second = repo.commit("a.txt", "clean\n")
    repo.commit("a.txt", LINE)
    repo.git("rm", "-q", "a.txt")
    repo.commit()
    records, outcome = scanned(repo, HISTORY)
    assert [record.path for record in records] == [f"{first[:12]}:a.txt", f"{second[:12]}:a.txt"]
    assert records[0].commit == Commit(first, "Bo\\tTester", DATE)
    assert outcome.summary.findings == 1


def test_the_path_is_one_that_git_show_takes(repo: Repo) -> None:
    repo.commit("deep/a.txt", LINE)
    [found] = walked(repo, HISTORY)
    assert repo.git("show", found.path) == LINE.strip()


def test_parents_come_first_whatever_the_clocks_said(repo: Repo) -> None:
    first = repo.commit("a.txt", LINE, GIT_COMMITTER_DATE="2030-01-01T00:00:00Z")
    repo.commit("b.txt", LINE, GIT_COMMITTER_DATE="2001-01-01T00:00:00Z")
    assert [found.path for found in walked(repo, HISTORY)] == [f"{first[:12]}:a.txt"]


def test_what_only_a_merge_brought_is_found(repo: Repo) -> None:
    repo.commit("a.txt", "one\n")
    repo.git("checkout", "-qb", "side")
    repo.commit("b.txt", "two\n")
    repo.git("checkout", "-q", "main")
    repo.commit("c.txt", "three\n")
    repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    merge = repo.commit("evil.txt", LINE)
    assert places(scanned(repo, HISTORY)[0]) == [(f"{merge[:12]}:evil.txt", 1)]
    assert len(walked(repo, HISTORY)) == 4


def test_all_branches_tags_and_a_detached_head_count(repo: Repo) -> None:
    repo.commit("a.txt", "one\n")
    repo.git("checkout", "-qb", "side")
    repo.commit("side.txt", LINE)
    repo.git("checkout", "-q", "--orphan", "root")
    repo.git("rm", "-qrf", ".")
    repo.commit("root.txt", OTHER)
    repo.git("checkout", "-q", "--detach", "main")
    repo.commit("detached.txt", "see\n" + LINE)
    names = {found.path.partition(":")[2] for found in walked(repo, HISTORY)}
    assert names == {"a.txt", "side.txt", "root.txt", "detached.txt"}


def test_a_range_limits_the_commits(repo: Repo) -> None:
    repo.commit("a.txt", LINE)
    repo.git("tag", "v1")
    second = repo.commit("b.txt", OTHER)
    found = walked(repo, GitOptions(history=True, revisions="v1..HEAD"))
    assert [one.path for one in found] == [f"{second[:12]}:b.txt"]
    assert len(walked(repo, GitOptions(history=True, revisions="v1"))) == 1


def test_a_path_limits_the_documents(repo: Repo) -> None:
    repo.commit("src/a.txt", LINE)
    repo.commit("b.txt", OTHER)
    assert [one.path.partition(":")[2] for one in walked(repo, HISTORY, "src")] == ["src/a.txt"]


def test_a_bare_repository_has_a_history(repo: Repo, tmp_path: Path) -> None:
    repo.commit("a.txt", LINE)
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.folder), str(bare), here=False)
    assert [one.path.partition(":")[2] for one in walked(bare, HISTORY)] == ["a.txt"]


def test_a_shallow_clone_is_told(repo: Repo, tmp_path: Path) -> None:
    from guardrails_cli.inputs.git.walk import GitWalk
    from guardrails_cli.options.model import WalkOptions

    repo.commit("a.txt", LINE)
    repo.commit("b.txt", OTHER)
    shallow = tmp_path / "shallow"
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.folder}", str(shallow), here=False)
    walk = GitWalk((str(shallow),), HISTORY, WalkOptions())
    assert "shallow" in walk.warnings[0]
    assert len(list(walk)) == 2
    with pytest.raises(ConfigError, match="fetch-depth: 0"):
        GitWalk((str(shallow),), since("HEAD~1"), WalkOptions())


def test_an_empty_repository_has_no_documents(repo: Repo) -> None:
    assert walked(repo, HISTORY) == []
    with pytest.raises(ConfigError, match="no such commit: 'HEAD'"):
        walked(repo, since("HEAD"))


def test_a_repository_with_sha_256_is_one(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "sha256", "--object-format=sha256")
    commit = repo.commit("a.txt", LINE)
    assert len(commit) == 64
    assert places(scanned(repo, HISTORY)[0]) == [(f"{commit[:12]}:a.txt", 1)]
    repo.stage("a.txt", LINE + OTHER)
    assert places(scanned(repo, GitOptions(staged=True))[0]) == [("a.txt", 2)]


def test_a_branch_adds_what_came_since_it_left(repo: Repo) -> None:
    repo.commit("a.txt", LINE)
    repo.git("checkout", "-qb", "feature")
    repo.commit("a.txt", LINE + "x\n" + OTHER)
    repo.git("checkout", "-q", "main")
    repo.commit("main.txt", LINE)
    repo.git("checkout", "-q", "feature")
    repo.write("a.txt", LINE * 5)
    repo.stage("staged.txt", LINE)
    assert places(scanned(repo, since("main"))[0]) == [("a.txt", 3)]
    assert scanned(repo, since("HEAD"))[0] == []


@pytest.mark.parametrize("name", ["nowhere", "--output=x", "-p", "", "main..HEAD", "a b", "\n"])
def test_what_is_no_revision_is_refused_in_one_line(repo: Repo, name: str) -> None:
    repo.commit("a.txt", LINE)
    with pytest.raises(ConfigError, match="no such commit") as refused:
        walked(repo, since(name))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["nowhere..HEAD", "--output=x", "--all", "^"])
def test_what_is_no_range_is_refused(repo: Repo, name: str) -> None:
    repo.commit("a.txt", LINE)
    with pytest.raises(ConfigError, match="no such range of commits"):
        walked(repo, GitOptions(history=True, revisions=name))
    assert not (repo.folder / "x").exists()


def test_branches_without_a_common_commit_are_refused(repo: Repo) -> None:
    repo.commit("a.txt", LINE)
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit("b.txt", LINE)
    with pytest.raises(ConfigError, match="no commit in common"):
        walked(repo, since("main"))


def test_a_folder_outside_of_any_repository_is_refused(tmp_path: Path, repo: Repo) -> None:
    with pytest.raises(ConfigError, match="not a git repository"):
        walked(tmp_path, HISTORY)
    with pytest.raises(ConfigError, match="not of one repository"):
        walked(repo, HISTORY, ".", str(Repo(tmp_path / "other").folder))


def test_without_git_it_says_what_is_missing(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="need the git program"):
        walked(repo, HISTORY)


def test_a_second_run_reads_only_what_is_new(repo: Repo, tmp_path: Path) -> None:
    state = tmp_path / "journal.sqlite3"
    repo.commit("a.txt", LINE)
    before, _ = scanned(repo, HISTORY, state=state)
    repo.commit("b.txt", OTHER)
    after, _ = scanned(repo, HISTORY, state=state)
    assert [record.status for record in after] == [Status.FINDINGS, Status.FINDINGS]
    assert after[0].commit == before[0].commit
    assert after[0].seconds == round(before[0].seconds, 6) > 0  # the time that it once took


def test_the_journal_of_a_change_is_not_that_of_another(repo: Repo, tmp_path: Path) -> None:
    state = tmp_path / "journal.sqlite3"
    repo.commit("a.txt", LINE)
    repo.stage("a.txt", LINE + OTHER)
    staged = GitOptions(staged=True)
    assert places(scanned(repo, staged, state=state)[0]) == [("a.txt", 2)]
    repo.git("rm", "-q", "--cached", "a.txt")
    repo.commit()
    repo.git("add", "a.txt")
    assert places(scanned(repo, staged, state=state)[0]) == [("a.txt", 1), ("a.txt", 2)]


def test_two_runs_are_equal(repo: Repo) -> None:
    for number in range(30):
        repo.stage(f"{number}.txt", LINE * number)
    repo.commit()
    first, second = walked(repo, HISTORY), walked(repo, HISTORY)
    assert first == second
    assert len([one for one in first if isinstance(one, Source)]) == 30
