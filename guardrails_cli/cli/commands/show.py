"""`guardrails show`: show findings with the text around them."""

from typing import TYPE_CHECKING, Annotated

import typer

from guardrails_cli.cli import options as o
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.options.judging import DetectionFlags
from guardrails_cli.options.model import DEFAULT_MODEL, Limits
from guardrails_cli.system.keys import fingerprint_key

if TYPE_CHECKING:
    from guardrails_cli.document.excerpts import Excerpt


def show(
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="Path of the document as the report has it: `a.txt`, `b.zip!inner/c.csv`."),
    ],
    finding: Annotated[
        str, typer.Option(metavar="ID", help="The finding's fingerprint; its first digits suffice. Default: all.")
    ] = "",
    lines: Annotated[int, typer.Option(min=0, max=100, help="Lines to show above and below.")] = 2,
    show_values: o.ShowValues = False,
    profile: o.ProfileName = None,
    entities: o.Entities = None,
    min_score: o.MinScore = None,
    country: o.Countries = None,
    language: o.Language = "en",
    model: o.ModelName = DEFAULT_MODEL,
    recognizers: o.RecognizerFiles = None,
    password: o.Passwords = None,
) -> None:
    """Show the findings of a document in context, values masked unless --show-values is given.

    The document is scanned again, so use the options of the scan that reported the finding.
    """
    from guardrails_cli.document.excerpts import excerpts

    detect = o.detect_options(
        DetectionFlags(
            profile=profile, language=language, model=model, country=country, recognizers=recognizers,
            entities=entities, min_score=min_score,
        ),
        show_values,
        fingerprint_key()[0],
    )  # fmt: skip
    found = 0
    for excerpt in excerpts(path, finding.lower(), detect, Limits(passwords=tuple(password or ())), lines):
        found += 1
        print_excerpt(excerpt)
    if not found:
        what = f"no finding {finding}" if finding else "no finding"
        raise ConfigError(f"{what} in {path}; the fingerprint's key and the scan's options must be the same")


def print_excerpt(excerpt: "Excerpt") -> None:
    """Print a finding and the lines around it."""
    from rich.console import Console
    from rich.text import Text

    from guardrails_cli.core.display import SEVERITY_STYLE, printable

    finding = excerpt.finding
    console = Console(highlight=False, emoji=False, markup=False)
    head = Text(f"{printable(excerpt.path)}: {printable(finding.place)}: ")
    head.append(finding.severity.name, style=SEVERITY_STYLE[finding.severity])
    head.append(f" {finding.entity_type} {finding.fingerprint} ({finding.score:.2f}, {finding.recognizer})")
    console.print(head, soft_wrap=True)
    body = Text()
    for piece, style in ((excerpt.before, ""), (excerpt.value, "bold reverse"), (excerpt.after, "")):
        body.append("\n".join(printable(line) for line in piece.split("\n")), style=style)
    for line in body.split("\n"):
        console.print(Text("  | ").append_text(line), soft_wrap=True)
    console.print()
