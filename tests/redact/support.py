"""Documents redacted in this process: real readers, the engine without the language model."""

import io
import sys
from collections.abc import Iterable
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from guardrails_cli import cli
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import DetectOptions, EngineOptions, Limits
from guardrails_cli.policy.packs import Pack
from guardrails_cli.redact.restore import restored
from guardrails_cli.redact.sanitize import Copy, Sanitizer
from guardrails_cli.redact.writers.writer import Choice
from tests.integration.support import Ran

FAST = DetectOptions(EngineOptions(model=None, profile="fast"))
KEY = b"a key for tests"
SSN, MAIL, CARD, PHONE = "219-09-9999", "jane.roe@example.com", "4111 1111 1111 1111", "+1 212 555 0143"
SECRETS = (SSN, MAIL, CARD, PHONE)


def source_of(path: Path) -> Source:
    return Source(path.name, str(path), path.stat().st_size)


@dataclass
class Redacting:
    """A reader shared by many redactions: starting its child process takes longer than most of them."""

    stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.reader = self.stack.enter_context(SourceReader(Limits()))

    def sanitizer(
        self, choice: Choice | str = "token", packs: Iterable[Pack] = (), detect: DetectOptions = FAST
    ) -> Sanitizer:
        choice = Choice(choice, key=KEY) if isinstance(choice, str) else choice
        return Sanitizer(self.reader, detect, tuple(packs), choice)

    def copy(self, path: Path, target: Path, choice: Choice | str = "token", backup: Path | None = None) -> Copy:
        return self.sanitizer(choice).copy(source_of(path), target, backup)

    def restored(self, path: Path, target: Path, key: bytes = KEY) -> Copy:
        return restored(self.reader, source_of(path), target, key)


def guardrails(*arguments: str, cwd: Path | None = None, **environment: str) -> Ran:
    """Run the program's command line in this process, where the engine is loaded already."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["guardrails", *arguments])
        for name, value in environment.items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        code = cli._run()
    return Ran(code, out.getvalue(), err.getvalue())
