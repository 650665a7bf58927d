"""Git and CI by the command line: what is committed, staged, added; what fails a build; hooks and actions."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.inputs.git.support import LINE, OTHER, Repo
from tests.integration.support import PATIENCE, ROOT, Ran, environment, guardrails, script, stable


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GUARDRAILS_PROFILE", "fast")
    return Repo(tmp_path / "repo")


def scan(repo: Repo, *arguments: str) -> Ran:
    return guardrails("scan", *arguments, cwd=repo.folder)


def test_the_next_commit_is_checked_and_an_empty_one_is_fine(repo: Repo) -> None:
    repo.commit("a.txt", LINE)
    assert scan(repo, "--staged", "-q", "--fail-on", "low").code == 0
    repo.stage("a.txt", LINE + "\n" + LINE)
    ran = scan(repo, "--staged", "-q", "--fail-on", "high", "-f", "lines")
    assert ran.code == 1
    assert ran.out.startswith("a.txt:3:24: CRITICAL US_SSN ")
    assert ran.out.count("a.txt:") == 1


def test_a_history_tells_the_commit_in_each_format(repo: Repo) -> None:
    commit = repo.commit("a.txt", LINE)
    repo.git("rm", "-q", "a.txt")
    repo.commit()
    outputs = [item for name in ("r.json", "r.sarif", "r.xml", "r.md", "r.csv") for item in ("-o", name)]
    assert scan(repo, "--git-history", "-q", *outputs).code == 0
    files = {path.suffix: path.read_text() for path in repo.folder.glob("r.*")}
    report = json.loads(files[".json"])
    [document] = report["documents"]
    assert document["path"] == f"{commit[:12]}:a.txt"
    assert document["commit"]["id"] == commit
    assert document["commit"]["author"] == "Ada Tester"
    assert report["run"]["options"]["git"]["history"] is True
    [result] = json.loads(files[".sarif"])["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.txt"
    assert result["properties"]["commit"]["id"] == commit
    assert all(commit[:12] in text for text in files.values())
    assert (
        guardrails("report", "convert", "r.json", "-f", "gitlab", cwd=repo.folder).report["vulnerabilities"][0][
            "location"
        ]["commit"]["sha"]
        == commit
    )


def test_two_runs_differ_in_their_times_only(repo: Repo) -> None:
    for number in range(20):
        repo.stage(f"{number}.txt", LINE * number + OTHER)
    repo.commit()
    for mode in (["--git-history"], ["."]):
        first, second = (stable(scan(repo, *mode, "-q", "-f", "json", "--no-block").report) for _ in range(2))
        assert first == second


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--max-findings", "2"], 0),
        (["--max-findings", "1"], 1),
        (["--fail-on", "critical", "--max-findings", "2"], 0),
        (["--fail-on", "critical", "--max-findings", "0"], 1),
        (["--fail-on", "critical"], 1),
    ],
)
def test_a_number_of_findings_may_be_there(repo: Repo, arguments: list[str], code: int) -> None:
    repo.write("a.txt", LINE + "\n" + LINE)
    ran = scan(repo, ".", *arguments)
    assert ran.code == code
    assert ("TOO MANY: 2 findings" in ran.out) == bool(code)


def test_git_options_exclude_each_other_and_need_a_repository(repo: Repo, tmp_path: Path) -> None:
    ran = scan(repo, "--staged", "--diff", "HEAD")
    assert (ran.code, ran.err) == (2, "guardrails: --staged and --diff exclude each other\n")
    assert scan(repo, "--diff", "").code == 2
    ran = guardrails("scan", "--staged", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "not a git repository" in ran.err
    assert scan(repo, "-", "--staged").code == 2


def test_a_found_configuration_does_not_choose_what_of_git_is_scanned(repo: Repo) -> None:
    repo.write("guardrails.yaml", "diff: HEAD\n").chmod(0o644)
    repo.commit("a.txt", LINE)
    assert scan(repo, ".", "--fail-on", "low").code == 1


def test_in_a_log_of_github_the_tables_fold(repo: Repo) -> None:
    repo.write("::error::x", LINE)
    lines = guardrails("scan", "::error::x", cwd=repo.folder, GITHUB_ACTIONS="true").out.splitlines()
    begin, stop = lines.index("::group::What guardrails found"), lines.index("::endgroup::")
    assert lines[begin + 1].startswith("::stop-commands::")
    assert any("::error::x:1:" in line for line in lines[begin:stop])
    assert any("1 with findings" in line for line in lines[stop:])


def hook(name: str) -> dict[str, Any]:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return next(one for one in hooks if one["id"] == name)


def run_hook(repo: Repo, name: str, *files: str) -> Ran:
    """Run a hook as pre-commit does: entry, arguments, names."""
    entry = hook(name)["entry"].split()
    assert entry[0] == "guardrails"
    return guardrails(*entry[1:], *hook(name).get("args", []), *files, cwd=repo.folder)


def test_the_hook_takes_names_and_fails_on_what_is_severe(repo: Repo) -> None:
    repo.write("--no-block", LINE)
    repo.write("mail.txt", "ann@example.com\n")
    assert run_hook(repo, "guardrails", "mail.txt").code == 0
    ran = run_hook(repo, "guardrails", "mail.txt", "--no-block")
    assert ran.code == 1
    assert "--no-block:1:24: CRITICAL US_SSN" in ran.out
    assert ".guardrailsignore" in ran.out


def test_the_hook_leaves_out_what_the_project_says_and_takes_what_cannot_be_read(repo: Repo) -> None:
    repo.write("fixtures/a.txt", LINE)
    repo.write("old/a.txt", LINE)
    repo.write("program", b"\x7fELF\x02\x01\x01\0" * 9)
    repo.write(".guardrailsignore", "fixtures/\n")
    repo.write("guardrails.yaml", "exclude: [old/]\n").chmod(0o644)
    assert run_hook(repo, "guardrails", "fixtures/a.txt", "old/a.txt", "program").code == 0


def test_the_hook_for_staged_lines_leaves_old_ones_alone(repo: Repo) -> None:
    repo.commit("a.txt", LINE)
    repo.stage("a.txt", LINE + "more\n")
    assert run_hook(repo, "guardrails-staged").code == 0
    repo.stage("b.txt", LINE)
    assert run_hook(repo, "guardrails-staged").code == 1


ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def test_no_script_of_the_action_holds_an_expression() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert scripts
    assert all("${{" not in text for text in scripts)
    assert all(one["description"] for one in [*ACTION["inputs"].values(), *ACTION["outputs"].values()])


@pytest.fixture
def runner(repo: Repo, tmp_path: Path) -> Iterator[Any]:
    """Run the action's scan as GitHub's runner does; return the exit code, log, outputs and summary."""
    tools = tmp_path / "bin"
    tools.mkdir()
    script(tools / "guardrails", "from guardrails_cli.__main__ import main\nmain()\n")
    step = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "scan")

    def run(**given: str) -> tuple[int, str, dict[str, str], str]:
        values = {name: str(one["default"]) for name, one in ACTION["inputs"].items()} | given
        inputs = {name: values[text[len("${{ inputs.") : -len(" }}")]] for name, text in step["env"].items()}
        files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=repo.folder,
            env=environment(
                PATH=f"{tools}{os.pathsep}{os.environ['PATH']}", RUNNER_TEMP=str(tmp_path), GITHUB_ACTIONS="true",
                **inputs, **{name: str(path) for name, path in files.items()},
            ),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        return done.returncode, done.stdout + done.stderr, outputs, files["GITHUB_STEP_SUMMARY"].read_text()

    yield run


def test_the_action_fails_and_tells_where(repo: Repo, runner: Any) -> None:
    repo.write("a b.txt", LINE)
    code, log, outputs, summary = runner()
    assert code == 1
    assert outputs["exit-code"] == "1"
    assert "::error file=a b.txt,line=1,col=24,title=CRITICAL US_SSN" in log
    assert json.loads(Path(outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert "US_SSN" in summary


def test_the_action_takes_its_inputs_as_they_are(repo: Repo, runner: Any) -> None:
    repo.commit("a.txt", LINE)
    repo.git("checkout", "-qb", "feature")
    repo.commit("$(touch hacked).txt", LINE)
    code, log, *_ = runner(
        diff="main", paths="$(touch hacked).txt\n", options="--exclude=`touch hacked`\n--max-size=1MB\n"
    )  # fmt: skip
    assert code == 1
    assert "1 with findings" in log
    assert not (repo.folder / "hacked").exists()
    assert runner(**{"diff": "main", "fail-on": "", "summary": "false", "annotations": "false"})[3] == ""
