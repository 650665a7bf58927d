"""`guardrails explain`: explain an entity type, a rule or a technique, with advice."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guardrails_cli.cli import completion
from guardrails_cli.cli import options as o
from guardrails_cli.cli.std_streams import terminal
from guardrails_cli.core.display import printable
from guardrails_cli.options.model import EngineOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType

    from guardrails_cli.services.explain import (
        Explained,
        Method,
        NamedBy,
        RuleExplained,
        TechniqueExplained,
        TypeExplained,
    )

EXAMPLES_SHOWN = 3
RULES_SHOWN = 12
CONTEXT_SHOWN = 8


def explain(
    topic: Annotated[
        str,
        typer.Argument(
            metavar="TYPE|RULE|TECHNIQUE",
            help="An entity type, rule or technique, such as US_SSN, HIPAA_001 or role_play, in any letter case.",
            autocompletion=completion.topics,
        ),
    ],
    policy: Annotated[
        list[Path] | None, typer.Option(help="Your own policy pack, to explain its rules. Repeatable.")
    ] = None,
    recognizers: Annotated[
        list[Path] | None, typer.Option(help="Your own recognizers, a YAML file. Repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain an entity type, a rule or an injection technique: meaning, detection, known misses, remediation."""
    from guardrails_cli.policy.load import builtin_packs, load_pack
    from guardrails_cli.services.explain import explain as explained

    own = [load_pack(path) for path in policy or ()]
    replaced = {pack.framework for pack in own}
    packs = [*own, *(pack for pack in builtin_packs() if pack.framework not in replaced)]
    answer = explained(topic, packs, EngineOptions(recognizers=o.own_recognizers(recognizers or [])))
    if as_json:
        typer.echo(json.dumps(asdict(answer), ensure_ascii=False, indent=2))
        return
    _print(terminal(), answer)


def _print(console: "Console", answer: "Explained") -> None:
    from rich.text import Text

    from guardrails_cli.core.display import SEVERITY_STYLE
    from guardrails_cli.core.finding import Severity

    head = Text(answer.name, style="bold")
    if answer.kind != "technique":
        severity = Severity[answer.severity]  # type: ignore[union-attr]
        head.append("  ").append(severity.name, style=SEVERITY_STYLE[severity])
    console.print(head.append(f"  {answer.kind.replace('_', ' ')}", style="dim"))
    console.print(Text(printable(answer.what)))
    sections = {"entity_type": _of_type, "rule": _of_rule, "technique": _of_technique}[answer.kind](answer)  # type: ignore[operator]
    for title, lines in sections:
        _section(console, title, [line for line in lines if line])


def _section(console: "Console", title: str, lines: "list[str | RenderableType]") -> None:
    from rich.padding import Padding
    from rich.text import Text

    if lines:
        console.print()
        console.print(Text(title, style="bold"))
    for line in lines:
        console.print(Padding(Text(printable(line)) if isinstance(line, str) else line, (0, 0, 0, 2)))


def _of_type(answer: "TypeExplained") -> "Iterable[tuple[str, list[str | RenderableType]]]":
    yield "Why it matters", list(answer.why)
    yield "How it is found", [_method(method) for method in answer.methods]
    yield "Scores", [f"Below {answer.min_score:g} a finding is left out, unless --min-score says otherwise."]
    yield "Standard", [answer.standard]
    yield "Rules that name it", _rules(answer.rules)
    yield "What to do", list(answer.what_to_do)
    yield "What is missed", [answer.misses]


def _of_rule(answer: "RuleExplained") -> "Iterable[tuple[str, list[str | RenderableType]]]":
    details = answer.details
    yield "Framework", [f"{answer.framework}: {answer.title}"]
    yield "Citation", [details.get("citation", "")]
    yield "Why it matters", [details.get("rationale", "")]
    yield (
        "Fires on",
        [
            details[key] if key == "fires on" else f"{key} {details[key]}"
            for key in ("fires on", "in", "except", "worse")
            if key in details
        ],
    )
    yield "Action", [f"{answer.action}: {_ACTIONS[answer.action]}"]
    yield "Violated by", list(answer.fires[:EXAMPLES_SHOWN])
    yield "Not violated by", list(answer.passes[:EXAMPLES_SHOWN])
    yield "What to do", [details.get("remediation", "")]
    yield "What a scan cannot see", [details.get("note", "")]
    types = [*answer.entity_types, *answer.near]
    if types:
        yield "See also", [f"guardrails explain {name}" for name in types[:EXAMPLES_SHOWN]]


_ACTIONS = {
    "FLAG": "it is reported",
    "REDACT": "`guardrails redact` removes it whatever the score",
    "BLOCK": "the scan exits with 1, and `guardrails redact` removes it whatever the score",
}


def _of_technique(answer: "TechniqueExplained") -> "Iterable[tuple[str, list[str | RenderableType]]]":
    yield "Why it matters", [answer.why]
    yield "How it is found", [f"Wordings, strongest first: {', '.join(answer.features)}."]
    yield "Scores", [f"A passage is reported from {answer.warning_score:g} on, as PROMPT_INJECTION."]
    yield "Rules that name it", _rules(answer.rules)
    yield "What to do", [answer.what_to_do]
    yield "What is missed", [answer.misses]


def _method(method: "Method") -> "RenderableType":
    from rich.text import Text

    line = Text().append(method.name, style="cyan").append(f" ({method.origin}): ").append(method.how)
    if method.scores:
        low, high = method.scores[0], method.scores[-1]
        line.append(f"; score {low:g}" + (f" to {high:g}" if high > low else ""))
    if method.checks:
        line.append(f"; checked: {'; '.join(method.checks)}")
    if method.context:
        more = ", …" if len(method.context) > CONTEXT_SHOWN else ""
        line.append(f"; more sure near {', '.join(method.context[:CONTEXT_SHOWN])}{more}")
    if method.needs:
        line.append(f"; only with {method.needs}", style="yellow")
    return line


def _rules(rules: "tuple[NamedBy, ...]") -> "list[str | RenderableType]":
    from rich.table import Table
    from rich.text import Text

    from guardrails_cli.core.display import SEVERITY_STYLE
    from guardrails_cli.core.finding import Severity

    if not rules:
        return ["none"]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for rule in rules[:RULES_SHOWN]:
        role = "" if rule.role == "counts" else " (beside it)"
        level = Text(rule.severity, style=SEVERITY_STYLE[Severity[rule.severity]])
        table.add_row(rule.rule_id, level, rule.action, Text(printable(rule.name + role)))
    if len(rules) > RULES_SHOWN:
        table.add_row(Text(f"{len(rules) - RULES_SHOWN} more; --json lists them", style="dim"))
    return [table]
