"""`python -m benchmarks [NAME…]` runs the measurements and prints their tables; `--write` keeps those of all.

`python -m benchmarks.quality FOLDER` is apart: it needs labelled texts.
"""

import argparse
import importlib
import platform
from pathlib import Path

NAMES = ("cluster", "detection", "formats", "injection", "overhead", "repository", "secrets", "startup")
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Run the measurements named on the command line, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--write", action="store_true", help="write the tables of all into benchmarks/RESULTS.md")
    parser.add_argument("--data", type=Path, help="folder of labelled texts, for `injection`")
    parser.add_argument("--peer", type=Path, help="the program detect-secrets, for `repository`")
    arguments = parser.parse_args()
    sections = []
    for name in NAMES if arguments.write else arguments.names or NAMES:
        given = {"injection": (arguments.data,), "repository": (arguments.peer,)}.get(name, ())
        sections.append(importlib.import_module(f"benchmarks.{name}").measure(*given))
        print(sections[-1], flush=True)
    if arguments.write:
        head = f"# Results\n\nMade by `python -m benchmarks --write` on {platform.machine()}, Python {_version()}.\n"
        RESULTS.write_text("\n".join([head, *sections]), encoding="utf-8")


def _version() -> str:
    return platform.python_version()


if __name__ == "__main__":
    main()
