"""Draws `docs/scan.svg`, the picture in the README, from a real scan of the examples: `python docs/picture.py`."""

import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {terminal_width} {terminal_height}">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; \
line-height: {line_height}px; }}
{styles}
</style>
<rect fill="#1c1e26" width="{terminal_width}" height="{terminal_height}" rx="8"/>
<defs>{lines}</defs>
<g transform="translate(12, 12)"><g class="{unique_id}-matrix" xml:space="preserve">{matrix}</g></g>
</svg>
"""


def main() -> None:
    """Scan the examples on a terminal of our own making and keep what it shows."""
    scan = "import sys; sys.argv[0] = 'guardrails'; from guardrails_cli.__main__ import main; main()"
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ guardrails scan examples", style="bold"))
    coloured = subprocess.run(
        [sys.executable, "-c", scan, "scan", "examples", "--no-block"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"},
    )
    console.print(Text.from_ansi(coloured.stdout))
    (ROOT / "docs" / "scan.svg").write_text(console.export_svg(code_format=SVG, unique_id="scan"), encoding="utf-8")


if __name__ == "__main__":
    main()
