"""Additions to `--help`: the panel of each command, and examples of its use."""

from collections.abc import Iterator
from typing import Any

import typer

SCAN, UNDERSTAND, JOBS, REPEAT, SETUP = (
    "Scan and clean",
    "Understand",
    "In the background",
    "Repeat and distribute",
    "Set up",
)
OTHER = "More"
PANELS: dict[str, str] = {
    "scan": SCAN,
    "show": SCAN,
    "redact": SCAN,
    "restore": SCAN,
    "report": SCAN,
    "baseline": SCAN,
    "explain": UNDERSTAND,
    "entities": UNDERSTAND,
    "policies": UNDERSTAND,
    "submit": JOBS,
    "status": JOBS,
    "watch": JOBS,
    "result": JOBS,
    "cancel": JOBS,
    "retry": JOBS,
    "list": JOBS,
    "tasks": JOBS,
    "audit": REPEAT,
    "beat": REPEAT,
    "worker": REPEAT,
    "init": SETUP,
    "config": SETUP,
    "doctor": SETUP,
}
"""Panels by command; an unlisted command is among the others, at the end."""

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "scan": (
        ("guardrails scan docs", "a folder, with a summary at the end"),
        ("guardrails scan . --format json | jq .summary", "JSON on stdout, everything else on stderr"),
        ("guardrails scan src --profile fast --fail-on high -o report.sarif", "for CI"),
        ("cat mail.eml | guardrails scan -", "standard input"),
    ),
    "show": (
        ("guardrails show notes.txt", "all findings of a document"),
        ("guardrails show mails.zip!inbox/1.eml --finding 3f2a", "one finding, inside an archive"),
    ),
    "redact": (
        ("guardrails redact docs --out clean", "copies without what was found"),
        ("guardrails redact mail.txt --out clean --strategy replace", "stand-ins that keep the format"),
        ("guardrails redact db.csv --in-place --strategy-for US_SSN=hash", "another strategy for one type"),
    ),
    "restore": (
        ("guardrails restore clean --out back --key-file key.txt", "the way back from --strategy encrypt"),
        ("guardrails restore clean --out back", "with GUARDRAILS_KEY, or the key that was made"),
    ),
    "report convert": (
        ("guardrails report convert report.json -o report.html", "for people"),
        ("guardrails report convert report.json --format sarif > report.sarif", "for code scanning"),
    ),
    "report merge": (
        ("guardrails report merge a.json b.json -o all.json", "of several machines"),
        ("guardrails report merge *.json --format markdown", "for a job page"),
    ),
    "report diff": (
        ("guardrails report diff before.json after.json", "new, fixed and still there"),
        ("guardrails report diff before.json after.json --fail-on-new", "for CI"),
    ),
    "baseline create": (
        ("guardrails baseline create src", "everything that is there becomes known"),
        ("guardrails baseline create src --force", "replace the one that is there"),
    ),
    "baseline update": (
        ("guardrails baseline update src", "forget what is fixed"),
        ("guardrails baseline update src --add-new", "and know what is new"),
    ),
    "baseline audit": (
        ("guardrails baseline audit", "judge each entry, in the terminal"),
        ("guardrails baseline audit --all", "those that were judged before, too"),
    ),
    "baseline stats": (
        ("guardrails baseline stats", "how many are known, and judged how"),
        ("guardrails baseline stats other.jsonl", "of another file"),
    ),
    "submit": (
        ("guardrails submit docs", "prints the job's id and returns at once"),
        ("guardrails submit docs -o report.html", "with a report in its place at the end"),
    ),
    "status": (
        ("guardrails status 1f0c", "how far a job is"),
        ("guardrails status 1f0c --json", "for programs"),
    ),
    "watch": (
        ("guardrails watch 1f0c", "until the job is over; its exit code is the scan's"),
        ("guardrails watch 1f0c --json", "a line for each change"),
    ),
    "result": (
        ("guardrails result 1f0c --format json", "the report on stdout"),
        ("guardrails result 1f0c -o report.html", "or as a file"),
    ),
    "cancel": (
        ("guardrails cancel 1f0c", "finish what is in flight"),
        ("guardrails cancel 1f0c --now", "and drop it"),
    ),
    "retry": (
        ("guardrails retry 1f0c", "what failed or was not reached"),
        ("guardrails retry 1f0c --broker rediss://queue.example.net:6379/0", "its Redis, if the URL has a password"),
    ),
    "list": (
        ("guardrails list", "the jobs of this machine"),
        ("guardrails list --broker redis://localhost:6379/0 --json", "of all machines at a broker"),
    ),
    "tasks pending": (
        ("guardrails tasks pending", "what waits in the queues"),
        ("guardrails tasks pending --broker redis://localhost:6379/0 --json", "for programs"),
    ),
    "tasks workers": (
        ("guardrails tasks workers", "who serves the queues"),
        ("guardrails tasks workers --broker redis://localhost:6379/0", "at another broker"),
    ),
    "tasks stats": (
        ("guardrails tasks stats", "counts by queue"),
        ("guardrails tasks stats --json", "for programs"),
    ),
    "tasks status": (
        ("guardrails tasks status 5d1c", "of one task"),
        ("guardrails tasks status 5d1c --json", "for programs"),
    ),
    "tasks result": (
        ("guardrails tasks result 5d1c", "of one task"),
        ("guardrails tasks result 5d1c --json", "for programs"),
    ),
    "tasks cancel": (
        ("guardrails tasks cancel 5d1c", "a task that is not begun"),
        ("guardrails tasks cancel 5d1c --json", "for programs"),
    ),
    "worker": (
        ("guardrails worker --broker redis://queue.example.net:6379/0", "serve scans from elsewhere"),
        ("guardrails worker --concurrency 4 --loglevel warning", "at GUARDRAILS_BROKER_URL"),
    ),
    "init": (
        ("guardrails init", "a guardrails.yaml that fits this folder"),
        ("guardrails init src", "another folder"),
    ),
    "config show": (
        ("guardrails config show", "every option, and where it is from"),
        ("guardrails config show src", "as a scan of src would have them"),
    ),
    "config path": (
        ("guardrails config path", "which files are used"),
        ("guardrails config path src", "by a scan of src"),
    ),
    "config schema": (
        ("guardrails config schema > guardrails.schema.json", "for editors"),
        ("guardrails config schema | jq .properties", "all options"),
    ),
    "audit run": (
        ("guardrails audit run nightly", "the audit of that name in guardrails.yaml"),
        ("guardrails audit run nightly --quiet", "with an option of scan"),
    ),
    "audit list": (
        ("guardrails audit list", "when they ran and when they are due"),
        ("guardrails audit list --config audits.yaml", "of another file"),
    ),
    "beat": (
        ("guardrails beat", "start audits when they are due"),
        ("guardrails beat --config audits.yaml", "of another file"),
    ),
    "policies list": (
        ("guardrails policies list", "the built-in packs"),
        ("guardrails policies list | grep yes", "those that are checked by default"),
    ),
    "policies show": (
        ("guardrails policies show HIPAA", "all rules of a framework"),
        ("guardrails policies show own.yaml", "of a pack of your own"),
    ),
    "policies validate": (
        ("guardrails policies validate own.yaml", "faults with file, line and key"),
        ("guardrails policies validate packs/*.yaml", "several"),
    ),
    "policies test": (
        ("guardrails policies test PCI_DSS", "the examples in a pack"),
        ("guardrails policies test own.yaml", "of your own"),
    ),
    "policies diff": (
        ("guardrails policies diff HIPAA own.yaml", "what your pack changes"),
        ("guardrails policies diff GDPR CCPA", "two frameworks"),
    ),
    "policies schema": (
        ("guardrails policies schema > pack.schema.json", "for editors"),
        ("guardrails policies schema | jq .properties", "what a pack has"),
    ),
    "entities": (
        ("guardrails entities", "what can be found"),
        ("guardrails entities | grep CRITICAL", "what opens accounts by itself"),
    ),
    "explain": (
        ("guardrails explain US_SSN", "an entity type"),
        ("guardrails explain HIPAA_001", "a rule"),
        ("guardrails explain role_play --json", "a technique of prompt injections, for programs"),
    ),
    "doctor": (
        ("guardrails doctor", "is everything there that a scan needs"),
        ("guardrails doctor --broker redis://queue.example.net:6379/0", "workers elsewhere too"),
    ),
}
"""Examples by command: the command line, and its purpose."""


def arrange(app: typer.Typer) -> None:
    """Set the panels and examples of an application's commands and subcommands."""
    for path, info in commands(app):
        if " " not in path:
            info.rich_help_panel = PANELS.get(path, OTHER)
        lines = [f"- `{command}` · {what}" for command, what in EXAMPLES.get(path, ())]
        if lines:
            info.epilog = "\n\n".join(filter(None, [_text(info.epilog), "**Examples**", "\n".join(lines)]))
    app.registered_commands.sort(key=_place)
    app.registered_groups.sort(key=_place)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _place(info: Any) -> int:
    return list(PANELS).index(info.name) if info.name in PANELS else len(PANELS)


def commands(app: typer.Typer, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the description of each command and group, such as `policies list`."""
    for command in app.registered_commands:
        if command.hidden:
            continue
        yield f"{above}{command.name or _name(command.callback)}", command
    for group in app.registered_groups:
        path = f"{above}{group.name}"
        yield path, group
        if group.typer_instance is not None:
            yield from commands(group.typer_instance, f"{path} ")


def _name(callback: Any) -> str:
    return str(callback.__name__).strip("_").replace("_", "-")
