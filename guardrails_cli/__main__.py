"""`python -m guardrails_cli`: the same program as the `guardrails` command."""

import os
import signal
import sys


def main() -> None:
    """Run the command line, safe from modules that lie in the working directory.

    `python -m` puts the working directory first on the import path, where a user's own `celery.py` or
    `redis.py` would be taken for the library of that name.
    """
    # Nothing is begun yet, so Ctrl-C may end it at once. Python's exception would be a traceback in the middle of an
    # import, and some libraries take it for a missing module and go on.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from pathlib import Path

    here = Path(__file__).resolve().parent.parent
    try:
        cwd = Path.cwd()
    except FileNotFoundError:  # the folder was removed, so it contains no module
        cwd = here
    if cwd != here:
        sys.path[:] = [entry for entry in sys.path if entry and Path(entry) != cwd]
    from guardrails_cli.cli import run

    run()


if __name__ == "__main__":
    main()
