"""The standard streams in any state: closed, full, a pipe without a reader, or in an encoding that lacks characters."""

import os
import sys
from typing import TYPE_CHECKING, TextIO

from guardrails_cli.core.display import printable
from guardrails_cli.system import log

if TYPE_CHECKING:
    from rich.console import Console


def make_usable() -> None:
    """Open closed streams, and make characters that the terminal's encoding lacks printable.

    If one of the numbers 0 to 2 is free, the next file that is opened gets it, and messages would go there. The
    replacement fails when it is used, as the closed stream would; only output to stderr may vanish.
    """
    for number, flags in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def terminal(stream: TextIO | None = None) -> "Console":
    """Return a Rich console for `stream` (default: stdout) that prints text unchanged and leaves errors to us."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:  # Rich's own exits with 1, the code of a finding
            raise BrokenPipeError

    return Terminal(file=stream, highlight=False, emoji=False, markup=False)


def complain(message: str, level: str = "warning") -> None:
    """Write a message to the log, safe for a terminal whatever names are in it; ignore a failure, as nobody listens."""
    lines = [printable(line) for line in message.split("\n")]
    try:
        log.say("\n".join(lines), level=level)
    except OSError:
        forget(sys.stderr)


def forget(stream: TextIO) -> None:
    """Discard the buffer of `stream`: Python would fail to flush it at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
