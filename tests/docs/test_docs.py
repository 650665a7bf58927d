"""Every command in the documentation is run here, but for those that `.ci/run` runs."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from guardrails_cli.options.model import ENV_PROFILE
from tests.inputs.git.support import Repo
from tests.integration.support import EXAMPLES, PATIENCE, ROOT, environment, guardrails, script, warm

BLOCK = re.compile(r"(<!-- \w+ -->\n)?```sh\n(.*?)```", re.DOTALL)
SNIPPET = re.compile(r"^ *(?:- |- script: |sh ')(guardrails (?:scan|report) [^'\n]+)'?$", re.MULTILINE)
"""A command in what a CI system reads."""
CI_VARIABLES = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "origin/main"}
IN_GIT = re.compile(r" --(?:staged|diff|git-history|git-range)\b")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
HOUSE = """\
framework: HOUSE
title: House rules
version: "1"
source: Handbook
rules:
  - id: HOUSE_001
    name: Cards
    citation: Handbook 1
    entity_types: [CREDIT_CARD]
    severity: HIGH
    action: BLOCK
    message: Ask first
"""
OWN = """\
recognizers:
  - name: Projects
    entity_type: CODE_NAME
    deny_list: [Blue Heron]
"""


def commands(pages: list[Path] = PAGES) -> Iterator[str]:
    for page in pages:
        for marked, block in BLOCK.findall(page.read_text(encoding="utf-8")):
            if not marked:  # the README's two commands are the gate's
                yield from (line.partition("  #")[0].strip() for line in block.splitlines() if line.strip())


SNIPPETS = SNIPPET.findall((ROOT / "docs" / "ci.md").read_text(encoding="utf-8"))
ALL = list(dict.fromkeys([*commands(), *SNIPPETS]))
AS_THEY_STAND = set(commands([ROOT / "README.md", ROOT / "docs" / "usage.md"]))
"""Commands that run with the profile they name or leave open, the language model included."""
WORKERS = [line for line in ALL if line.startswith("guardrails worker")]


def test_there_are_commands() -> None:
    assert len(ALL) > 10
    assert WORKERS
    assert len(SNIPPETS) == 5


@pytest.fixture
def desk(tmp_path: Path, saved_report: Path) -> Path:
    """A folder as the documentation's reader would have it, with `guardrails` on the PATH."""
    home = tmp_path / "desk"
    for name in ("share", "src", "srv"):
        shutil.copytree(EXAMPLES / "shop", home / name)
    shutil.copy(EXAMPLES / "shop" / "support-mail.eml", home / "mail.eml")
    (home / "house.yaml").write_text(HOUSE)
    (home / "audits.yaml").write_text("audits: {nightly: {paths: [srv], crontab: 30 2 * * *, fail-on: critical}}\n")
    (home / "audits.yaml").chmod(0o644)
    (home / "own.yaml").write_text(OWN)
    (home / "allow.yaml").write_text("allow: [{reason: examples, paths: [src/]}]\n")
    (home / "risk.yaml").write_text("levels: {HIGH: 50}\n")
    (home / "key.txt").write_text("a key for these tests\n")
    shutil.copy(EXAMPLES / "shop" / "orders.csv", home / "report.csv")
    shutil.copy(EXAMPLES / "clinic" / "intake-form.txt", home / "notes.txt")
    shutil.copytree(EXAMPLES / "saas", home / "sealed")
    for name in ("before.json", "earlier.json", "scan.json"):
        shutil.copy(saved_report, home / name)
    tools = home / "bin"
    tools.mkdir()
    start = "from guardrails_cli.__main__ import main\nmain()\n"
    lasting = "'worker', 'beat', 'submit'"
    client = "".join(f"    {line}\n" for line in warm().client.splitlines())
    script(tools / "guardrails", f"import sys\nif sys.argv[1:2] and sys.argv[1] not in ({lasting}):\n{client}{start}")
    if shutil.which("jq") is None:  # a bare machine has none
        script(tools / "jq", "import json, sys\nprint(json.load(sys.stdin)[sys.argv[1].strip('.')])\n")
    return home


@pytest.fixture(scope="session")
def saved_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report that was saved."""
    path = tmp_path_factory.mktemp("saved") / "report.json"
    assert guardrails("scan", str(EXAMPLES / "shop"), "--profile", "fast", "-q", "-o", str(path)).code == 0
    return path


def make_repository(desk: Path) -> None:
    """Make the desk a repository with a branch, a tag and something staged."""
    repo = Repo(desk)
    repo.commit("first.txt", "nothing\n")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.git("tag", "v1.0")
    repo.git("add", "src")
    repo.commit()
    repo.stage("second.txt", "219-09-9999\n")


def adapted(line: str, desk: Path, broker: str) -> str:
    line = re.sub(r"rediss?://\S+", broker, line).replace("hooks.example.com", "127.0.0.1")
    return line.replace("/var/lib/guardrails", str(desk)).replace("/srv/share", str(desk / "srv"))


def shell(line: str, desk: Path, broker: str, **changes: str) -> subprocess.Popen[bytes]:
    """Start a command. Those of README and usage run as they stand, the others without the model where they can."""
    profile = {} if line in AS_THEY_STAND else {ENV_PROFILE: "fast"}
    line = adapted(line, desk, broker)
    path = f"{desk / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", f"exec {line}" if line.startswith("guardrails worker") else line],
        cwd=desk,
        env=environment(HOME=str(desk), PATH=path, **profile, **CI_VARIABLES, **changes),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.parametrize("line", [line for line in ALL if line not in WORKERS])
def test_a_documented_command_works(line: str, desk: Path, workers: str) -> None:
    if IN_GIT.search(line):
        make_repository(desk)
    if "baseline create" not in line:
        salt = '{"guardrails_baseline": 1, "salt": "%s"}' % ("0" * 32)
        (desk / ".guardrails-baseline.jsonl").write_text(f"{salt}\n")
    process = shell(line, desk, workers)
    out, _ = process.communicate(timeout=PATIENCE)
    # 4: the share holds a picture, which cannot be copied; 1: something reaches --fail-on, or is blocked
    by_words = {"redact ~/share": (4,), "guardrails scan": (0, 1), "audit run": (0, 1)}
    expected = next((codes for words, codes in by_words.items() if words in line), (0,))
    assert process.returncode in expected, out.decode()
    for report in re.findall(r"-o (\S+)", line):
        assert (desk / Path(report).name).stat().st_size > 100


@pytest.mark.parametrize("line", WORKERS)
def test_a_documented_worker_starts(line: str, desk: Path, broker: str) -> None:
    process = shell(line, desk, broker, GUARDRAILS_CLUSTER_KEY_FILE=str(desk / "key.txt"))
    assert process.stdout is not None
    try:
        assert b"worker for" in process.stdout.readline()
    finally:
        process.kill()
        process.communicate()
