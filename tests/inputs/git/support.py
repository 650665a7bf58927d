"""A repository to try things in, and what a scan of it reports."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from guardrails_cli.core.record import DocumentResult, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.git.walk import GitWalk
from guardrails_cli.options.model import (
    DetectOptions,
    EngineOptions,
    GitOptions,
    JournalOptions,
    Limits,
    ScanOptions,
    WalkOptions,
)
from guardrails_cli.scanning.progress import Quiet
from guardrails_cli.scanning.run import Outcome, Scan
from guardrails_cli.system.stop import StopFlag

SSN, CARD = "219-09-9999", "4111111111111111"
LINE = f"social security number {SSN}\n"
OTHER = f"credit card {CARD}\n"
STAGED = GitOptions(staged=True)
HISTORY = GitOptions(history=True)
FAST = DetectOptions(engine=EngineOptions(model=None, profile="fast"), entities=("CREDIT_CARD", "US_SSN"), key=b"k")


class Repo:
    """A git repository in a folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main", *options, str(folder), here=False)

    def git(self, *arguments: str, here: bool = True, stdin: bytes = b"", **variables: str) -> str:
        done = subprocess.run(
            ["git", *(("-C", str(self.folder)) if here else ()), *arguments],
            input=stdin,
            capture_output=True,
            check=True,
            env=os.environ
            | dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Ada Tester")
            | dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ada@example.com")
            | variables,
        )
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def stage(self, name: str, content: str | bytes) -> None:
        self.write(name, content)
        self.git("add", "-f", name)

    def commit(self, name: str | None = None, content: str | bytes = "", **variables: str) -> str:
        """Commit what is staged, after staging a file if one is given; return the commit's id."""
        if name is not None:
            self.stage(name, content)
        self.git("commit", "-q", "-m", "Change", here=True, stdin=b"", **variables)
        return self.git("rev-parse", "HEAD")


def walked(repo: Repo | Path, git: GitOptions, *inside: str, **options: object) -> list[Source | Unscanned]:
    folder = repo.folder if isinstance(repo, Repo) else repo
    paths = tuple(str(folder / name) for name in inside) or (str(folder),)
    return list(GitWalk(paths, git, WalkOptions(**options)))  # type: ignore[arg-type]


def scanned(
    repo: Repo, git: GitOptions, detect: DetectOptions = FAST, state: Path | None = None, max_bytes: int | None = None
) -> tuple[list[DocumentResult], Outcome]:
    """Return the records of a scan in this process, and its outcome."""
    options = ScanOptions(
        paths=(str(repo.folder),),
        detect=detect,
        inline=True,
        git=git,
        limits=Limits(max_bytes),
        journal=JournalOptions(state, off=state is None, incremental=state is not None),
    )
    records: list[DocumentResult] = []
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        outcome = Scan(options).run(Quiet(nowhere), records.append, StopFlag())
    return records, outcome


def places(records: Iterable[DocumentResult]) -> list[tuple[str, int]]:
    """Return path and line of every finding."""
    return [(record.path, found.line) for record in records for found in record.findings]
