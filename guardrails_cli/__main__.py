"""`python -m guardrails_cli`: the same program as the `guardrails` command."""

import sys
from pathlib import Path


def main() -> None:
    """Run the command line, safe from modules that lie in the working directory.

    `python -m` puts the working directory first on the import path, where a user's own `celery.py` or
    `redis.py` would be taken for the library of that name.
    """
    here = Path(__file__).resolve().parent.parent
    cwd = Path.cwd()
    if cwd != here:
        sys.path[:] = [entry for entry in sys.path if entry and Path(entry) != cwd]
    from guardrails_cli.cli import run

    run()


if __name__ == "__main__":
    main()
