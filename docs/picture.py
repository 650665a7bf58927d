"""Makes the README's pictures from a real scan of the examples: `python docs/picture.py`.

`docs/scan.svg` is the terminal's summary. `docs/report.png` is the HTML report, if Chromium is there to show it.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
SCAN = "import sys; sys.argv[0] = 'guardrails'; from guardrails_cli.__main__ import main; main()"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGE = (1360, 800)
"""Size of the report's page in pixels."""
COLOURS = 96
"""Colours of the picture: text and bars need no more, and it is a third of the size."""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {terminal_width} {terminal_height}">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; \
line-height: {line_height}px; }}
{styles}
</style>
<rect fill="#1c1e26" width="{terminal_width}" height="{terminal_height}" rx="8"/>
<defs>{lines}</defs>
<g transform="translate(8, 12)"><g class="{unique_id}-matrix" xml:space="preserve">{matrix}</g></g>
</svg>
"""


def main() -> None:
    """Make both pictures."""
    terminal()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit("no Chromium: docs/report.png stays as it is")
    report(browser)


def terminal() -> None:
    """Scan the examples on a terminal of our own making and keep what it shows."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ guardrails scan examples", style="bold"))
    coloured = scan("--no-block", FORCE_COLOR="1", COLUMNS=str(WIDTH), TERM="xterm-256color")
    console.print(Text.from_ansi(coloured))
    (ROOT / "docs" / "scan.svg").write_text(console.export_svg(code_format=SVG, unique_id="scan"), encoding="utf-8")


def report(browser: str) -> None:
    """Have a browser show the report of the examples, and keep the picture with few colours."""
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder) / "report.html", Path(folder) / "shot.png"
        scan("--no-block", "--quiet", "-o", str(page))
        subprocess.run(
            [
                browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--user-data-dir={folder}/profile", f"--window-size={PAGE[0]},{PAGE[1]}", f"--screenshot={shot}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )  # fmt: skip
        picture = Image.open(shot).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(ROOT / "docs" / "report.png", optimize=True)


def scan(*options: str, **environment: str) -> str:
    """Scan the examples, and return what the terminal gets."""
    return subprocess.run(
        [sys.executable, "-c", SCAN, "scan", "examples", "--isolated", *options],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    ).stdout


if __name__ == "__main__":
    main()
