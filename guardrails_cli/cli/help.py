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
        ("guardrails redact docs --out clean", "copies without the sensitive values"),
        ("guardrails redact mail.txt --out clean --strategy replace", "stand-ins that keep the format"),
        ("guardrails redact db.csv --in-place --strategy-for US_SSN=hash", "another strategy for one type"),
    ),
    "restore": (
        ("guardrails restore clean --out back --key-file key.txt", "undo --strategy encrypt"),
        ("guardrails restore clean --out back", "with GUARDRAILS_KEY, or the generated key"),
    ),
    "report convert": (
        ("guardrails report convert report.json -o report.html", "for people"),
        ("guardrails report convert report.json --format sarif > report.sarif", "for code scanning"),
    ),
    "report merge": (
        ("guardrails report merge a.json b.json -o all.json", "reports of several machines"),
        ("guardrails report merge *.json --format markdown", "for a job page"),
    ),
    "report diff": (
        ("guardrails report diff before.json after.json", "new, fixed and unchanged findings"),
        ("guardrails report diff before.json after.json --fail-on-new", "for CI"),
    ),
    "baseline create": (
        ("guardrails baseline create src", "accept all current findings"),
        ("guardrails baseline create src --force", "replace an existing baseline"),
    ),
    "baseline update": (
        ("guardrails baseline update src", "remove fixed findings"),
        ("guardrails baseline update src --add-new", "and add new ones"),
    ),
    "baseline audit": (
        ("guardrails baseline audit", "review each entry in the terminal"),
        ("guardrails baseline audit --all", "entries that have a verdict, too"),
    ),
    "baseline stats": (
        ("guardrails baseline stats", "entries by entity type and verdict"),
        ("guardrails baseline stats other.jsonl", "another file"),
    ),
    "submit": (
        ("guardrails submit docs", "prints the job's id and returns at once"),
        ("guardrails submit docs -o report.html", "and write a report at the end"),
    ),
    "status": (
        ("guardrails status 1f0c", "progress of a job"),
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
        ("guardrails cancel 1f0c", "finish the documents in flight"),
        ("guardrails cancel 1f0c --now", "drop them"),
    ),
    "retry": (
        ("guardrails retry 1f0c", "scan what failed or was not reached"),
        ("guardrails retry 1f0c --broker rediss://queue.example.net:6379/0", "if the URL of its Redis has a password"),
    ),
    "list": (
        ("guardrails list", "the jobs of this machine"),
        ("guardrails list --broker redis://localhost:6379/0 --json", "jobs of all machines at a broker"),
    ),
    "tasks pending": (
        ("guardrails tasks pending", "waiting tasks by queue"),
        ("guardrails tasks pending --broker redis://localhost:6379/0 --json", "for programs"),
    ),
    "tasks workers": (
        ("guardrails tasks workers", "workers and their queues"),
        ("guardrails tasks workers --broker redis://localhost:6379/0", "at another broker"),
    ),
    "tasks stats": (
        ("guardrails tasks stats", "counts by queue"),
        ("guardrails tasks stats --json", "for programs"),
    ),
    "tasks status": (
        ("guardrails tasks status 5d1c", "one task"),
        ("guardrails tasks status 5d1c --json", "for programs"),
    ),
    "tasks result": (
        ("guardrails tasks result 5d1c", "one task"),
        ("guardrails tasks result 5d1c --json", "for programs"),
    ),
    "tasks cancel": (
        ("guardrails tasks cancel 5d1c", "a waiting or running task"),
        ("guardrails tasks cancel 5d1c --json", "for programs"),
    ),
    "worker": (
        ("guardrails worker --broker redis://queue.example.net:6379/0", "serve scans of other machines"),
        ("guardrails worker --concurrency 4 --loglevel warning", "at GUARDRAILS_BROKER_URL"),
    ),
    "init": (
        ("guardrails init", "a guardrails.yaml that fits this folder"),
        ("guardrails init src", "another folder"),
    ),
    "config show": (
        ("guardrails config show", "every option with its origin"),
        ("guardrails config show src", "options for a scan of src"),
    ),
    "config path": (
        ("guardrails config path", "files that are used"),
        ("guardrails config path src", "files for a scan of src"),
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
        ("guardrails audit list", "last and next runs"),
        ("guardrails audit list --config audits.yaml", "another file"),
    ),
    "beat": (
        ("guardrails beat", "start audits when they are due"),
        ("guardrails beat --config audits.yaml", "another file"),
    ),
    "policies list": (
        ("guardrails policies list", "the built-in packs"),
        ("guardrails policies list | grep yes", "those that are checked by default"),
    ),
    "policies show": (
        ("guardrails policies show HIPAA", "all rules of a framework"),
        ("guardrails policies show own.yaml", "rules of your own pack"),
    ),
    "policies validate": (
        ("guardrails policies validate own.yaml", "errors with file, line and key"),
        ("guardrails policies validate packs/*.yaml", "several packs"),
    ),
    "policies test": (
        ("guardrails policies test PCI_DSS", "examples of a built-in pack"),
        ("guardrails policies test own.yaml", "your own pack"),
    ),
    "policies diff": (
        ("guardrails policies diff HIPAA own.yaml", "changes that your pack makes"),
        ("guardrails policies diff GDPR CCPA", "two frameworks"),
    ),
    "policies schema": (
        ("guardrails policies schema > pack.schema.json", "for editors"),
        ("guardrails policies schema | jq .properties", "keys of a pack"),
    ),
    "entities": (
        ("guardrails entities", "all entity types"),
        ("guardrails entities | grep CRITICAL", "types that open accounts by themselves"),
    ),
    "explain": (
        ("guardrails explain US_SSN", "an entity type"),
        ("guardrails explain HIPAA_001", "a rule"),
        ("guardrails explain role_play --json", "a technique of prompt injections, for programs"),
    ),
    "doctor": (
        ("guardrails doctor", "check everything that a scan needs"),
        ("guardrails doctor --broker redis://queue.example.net:6379/0", "remote workers too"),
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
