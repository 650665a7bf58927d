"""Run git on a repository that may be hostile: it reads objects, and runs nothing that the repository names."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, cast

from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.inputs.git.blob import Repository
from guardrails_cli.system.processes import die_with_parent

LOCAL = (
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_QUARANTINE_PATH",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)
"""Variables that describe the repository of a hook: a commit of some files has an index of its own."""
_KEPT = ("GIT_CONFIG", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
"""Beginnings of the other variables that stay: the user's own settings, including `safe.directory`."""
_FIXED = {
    "GIT_ALLOW_PROTOCOL": "none",  # a partial clone would fetch what it lacks
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # a replaced object hides another
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_OPTIONS = (
    "--no-pager",
    "--literal-pathspecs",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.commitGraph=false",
    "-c", "core.quotePath=true",
)  # fmt: skip
_WORDS_BYTES = 64 * 1024


class GitError(ConfigError):
    """A refusal of git, in one line."""


def run(repository: Repository, *arguments: str) -> bytes:
    """Return the output of a git command.

    Raises:
        GitError: if it fails, with git's own words.

    """
    done = subprocess.run(
        command(repository.folder, arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(repository.variables),
        check=False,
    )
    if done.returncode:
        raise GitError(_words(done.stderr, arguments[0], done.returncode))
    return done.stdout


class Git:
    """A running git command. Ctrl-C in the terminal does not reach it; it ends when this process does.

    Args:
        repository: the repository that it runs in.
        arguments: git's arguments.
        stdin: its input; None means a pipe.
        stderr: receives its messages.

    Raises:
        GitError: if git cannot be started.

    """

    def __init__(
        self, repository: Repository, arguments: tuple[str, ...], stdin: IO[bytes] | int | None, stderr: IO[bytes] | int
    ) -> None:
        try:
            self._process = subprocess.Popen(
                command(repository.folder, arguments),
                stdin=subprocess.PIPE if stdin is None else stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment(repository.variables),
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one resolved C call
            )
        except OSError as error:
            raise GitError(f"cannot run git: {error.strerror or 'error'}") from None
        self.stdout = cast("IO[bytes]", self._process.stdout)
        self.repository = repository

    def ask(self, *names: str) -> None:
        """Send lines to the command. Raises OSError if it has ended."""
        stdin = cast("IO[bytes]", self._process.stdin)
        stdin.write("".join(f"{name}\n" for name in names).encode("ascii"))
        stdin.flush()

    def wait(self) -> int:
        """Return the exit code once it ends by itself."""
        return self._process.wait()

    def end(self) -> None:
        """Kill it if it still runs."""
        self._process.kill()
        for stream in (self._process.stdin, self.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process.wait()


@contextmanager
def streaming(repository: Repository, *arguments: str, stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
    """Run a git command and provide its output as a stream.

    Raises:
        GitError: at the end, if it failed and was not left early.

    """
    with tempfile.TemporaryFile() as errors:
        git = Git(repository, arguments, subprocess.DEVNULL if stdin is None else stdin, errors)
        try:
            yield git.stdout
            git.stdout.close()
            code = git.wait()
        finally:
            git.end()
        if code:
            errors.seek(0)
            raise GitError(_words(errors.read(_WORDS_BYTES), arguments[0], code))


def command(folder: str, arguments: tuple[str, ...]) -> list[str]:
    """Return the command line of git in a folder.

    Raises:
        GitError: if git is not installed.

    """
    program = shutil.which("git")
    if program is None:
        raise GitError("--staged, --diff and --git-history need the git program, and there is none on the PATH")
    return [program, "-C", folder, *_OPTIONS, *arguments]


def environment(variables: tuple[tuple[str, str], ...] = ()) -> Mapping[str, str]:
    """Return git's environment: this one without variables that make git run or write things, plus the given ones."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
    return own | _FIXED | dict(variables)


def _words(stderr: bytes, name: str, code: int) -> str:
    """Return git's first words about an error, and its hint for the user if there is one."""
    lines = [line.strip() for line in stderr.decode("utf-8", "backslashreplace").splitlines() if line.strip()]
    if not lines:
        return f"git {name} failed ({f'signal {-code}' if code < 0 else f'exit code {code}'})"
    hints = [line for line in lines[1:] if line.startswith("git config")]
    return "git: " + printable("; ".join([lines[0].removeprefix("fatal: "), *hints]))
