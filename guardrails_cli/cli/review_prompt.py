"""The prompt of `guardrails baseline audit` on any terminal: no cursor movement, one key per answer."""

import contextlib
import os
import sys
from collections.abc import Iterator

import typer

from guardrails_cli.cli.commands.show import print_excerpt
from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.services.baseline_review import Surroundings, Triage
from guardrails_cli.suppress.baseline import Verdict

PROMPT = "[t]rue positive, [f]alse positive, [s]kip, [u]ndo, [q]uit: "
_VERDICTS = {"t": Verdict.TRUE, "f": Verdict.FALSE, "s": None}
_WORDS = {"t": "true positive", "f": "false positive", "s": "skipped", "u": "undo", "q": "quit"}
_END = ("", "\x04")
"""End of input, and the key for it."""


def is_terminal() -> bool:
    """Return whether a person can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(triage: Triage, surroundings: Surroundings, lines: int) -> None:
    """Ask about each entry until the last is answered or the user leaves; every answer is saved at once."""
    if not len(triage):
        typer.echo("Nothing to judge; --all asks about what was judged before.")
        return
    with _single_keys():
        while (key := triage.current) is not None:
            typer.echo(f"\n{triage.place + 1} of {len(triage)}, {triage.known(key).count} times in this document")
            try:
                print_excerpt(surroundings.of(key, lines))
            except ConfigError as error:
                typer.echo(f"{printable(key[0])}: {printable(key[1])}: {error}")
            answer = _answer()
            if answer == "q":
                break
            if answer != "u":
                triage.answer(_VERDICTS[answer])
            elif not triage.undo():
                typer.echo("There is nothing to undo.")
    typer.echo(f"\n{triage.place} of {len(triage)} seen; every answer is saved.")


def _answer() -> str:
    """Return one of the keys of `_WORDS`."""
    typer.echo(PROMPT, nl=False)
    while True:
        sys.stdout.flush()
        key = os.read(sys.stdin.fileno(), 1).decode("ascii", "replace").lower()
        key = "q" if key in _END else key
        if key in _WORDS:
            typer.echo(_WORDS[key])
            return key


@contextlib.contextmanager
def _single_keys() -> Iterator[None]:
    """Read each key when it is pressed, and restore the terminal at the end. Ctrl-C still ends the program."""
    import termios
    import tty

    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        tty.setcbreak(number)
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
