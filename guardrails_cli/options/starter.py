"""A first configuration, fitted to the files in a folder."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from guardrails_cli.options.config_file import FILE_NAME

MOST_ENTRIES = 20_000
"""Number of files and folders to examine: a rough picture suffices."""
GENERATED = frozenset(
    {
        ".gradle",
        ".mypy_cache",
        ".next",
        ".nox",
        ".nuxt",
        ".pytest_cache",
        ".ruff_cache",
        ".terraform",
        ".tox",
        ".venv",
        "__pycache__",
        "bower_components",
        "build",
        "coverage",
        "dist",
        "htmlcov",
        "node_modules",
        "site-packages",
        "target",
        "vendor",
        "venv",
    }
)
"""Folders that tools generate, or fill with the work of others."""
_CODE = re.compile(r"\.(?:cc?|cpp|cs|go|h|java|jsx?|kt|php|py|rb|rs|scala|sh|sql|swift|tsx?)")
_HEALTH = ("claim", "clinic", "diagnos", "hl7", "fhir", "hospital", "medic", "patient")
_CARDS = ("card", "checkout", "invoice", "merchant", "order", "payment", "payroll", "stripe")
_SCHOOL = ("grade", "pupil", "school", "student", "transcript", "university")
_BANK = ("bank", "credit", "loan", "mortgage")


@dataclass(frozen=True, slots=True)
class Picture:
    """A rough picture of a folder."""

    files: int
    kinds: tuple[tuple[str, int], ...]
    """Most common suffixes, with their numbers of files."""
    code: bool
    """Whether most files are program text."""
    repository: bool
    generated: tuple[str, ...]
    """Names of generated folders."""
    frameworks: tuple[tuple[str, str], ...]
    """Frameworks that file names suggest, each with such a name."""
    hidden_secrets: bool
    """Whether there are files such as `.env`."""


def look(folder: Path) -> Picture:
    """Return the picture of a folder, from names alone: no file is opened."""
    kinds: Counter[str] = Counter()
    generated: set[str] = set()
    words: dict[str, str] = {}
    hidden = False
    seen = 0
    for place, folders, files in os.walk(folder):
        generated.update(GENERATED.intersection(folders))
        folders[:] = sorted(name for name in folders if name not in GENERATED and not name.startswith("."))
        hidden = hidden or any(name == ".env" or name.startswith(".env.") for name in files)
        visible = [name for name in files if not name.startswith(".") and name != FILE_NAME]
        kinds.update(Path(name).suffix.lower() for name in visible)
        for name in (os.path.basename(place), *visible):  # noqa: PTH119 - of a string from os.walk
            _take_words(name, words)
        seen += len(folders) + len(files)
        if seen > MOST_ENTRIES:
            break
    total = sum(kinds.values())
    code = sum(count for kind, count in kinds.items() if _CODE.fullmatch(kind))
    return Picture(
        files=total,
        kinds=tuple((kind, count) for kind, count in kinds.most_common(5) if kind),
        code=code * 2 > total,
        repository=os.path.lexists(folder / ".git"),
        generated=tuple(sorted(generated)),
        frameworks=tuple(words.items()),
        hidden_secrets=hidden,
    )


def _take_words(name: str, found: dict[str, str]) -> None:
    """Record the frameworks that a name suggests, each with the first such name."""
    small = name.lower()
    for framework, words in (("HIPAA", _HEALTH), ("PCI_DSS", _CARDS), ("FERPA", _SCHOOL), ("GLBA", _BANK)):
        if framework not in found and any(word in small for word in words):
            found[framework] = name


def starter(picture: Picture) -> str:
    """Return the text of a `guardrails.yaml`: likely settings, and the rest as comments to uncomment."""
    kinds = ", ".join(f"{count:,} {_word(kind)}" for kind, count in picture.kinds)
    lines = [
        "# Options of `guardrails scan` for this folder and below. Flags and GUARDRAILS_* variables count more.",
        "# `guardrails config show` prints what applies and why; `guardrails config schema` has all there is.",
        f"# Seen here: {picture.files:,} files" + (f", among them {kinds}." if kinds else "."),
        "",
        "# fast finds patterns only, in a moment; balanced finds names too; thorough leaves nothing out.",
        f"profile: {'fast' if picture.code else 'balanced'}",
        "",
        *_frameworks(picture),
        "",
        *_exclude(picture),
        "",
        "# Hidden files, such as .env, often hold secrets." + (" There are some here." * picture.hidden_secrets),
        f"{'' if picture.hidden_secrets else '# '}hidden: true",
        "",
        "# The exit code is 1 from this severity on: low, medium, high or critical.",
        f"{'' if picture.repository else '# '}fail-on: {'critical' if picture.code else 'high'}",
        "",
        "# Whose identifiers to look for, and what to leave out.",
        "# country: [us, uk, de]",
        "# exclude-entities: [DATE_TIME]",
        "# min-score: 0.5",
        "# max-size: 100MB",
        "",
        "# Policy packs and recognizers of your own; paths begin at the folder of this file.",
        "# policy: [policies/house.yaml]",
        "# recognizers: [policies/recognizers.yaml]",
        "",
        "# Scans that are repeated, by `guardrails audit run nightly` or `guardrails beat`.",
        "# audits:",
        "#   nightly:",
        "#     paths: [.]",
        '#     crontab: "30 2 * * *"',
        '#     output: ["reports/{name}-{date}.json"]',
    ]
    return "\n".join(lines) + "\n"


def _frameworks(picture: Picture) -> list[str]:
    default = ["HIPAA", "GDPR", "PCI_DSS", "SECRETS"]
    more = [(name, example) for name, example in picture.frameworks if name not in default]
    because = [f"#   {name}: there is {_word(example)}" for name, example in picture.frameworks]
    if picture.code:
        return [
            "# Which rules to check; `guardrails policies list` has all. In program text mostly secrets matter.",
            *because,
            f"frameworks: {_list(['SECRETS', *(name for name, _ in picture.frameworks)])}",
        ]
    return [
        "# Which rules to check; `guardrails policies list` has all.",
        *because,
        f"frameworks: {_list([*default, *(name for name, _ in more)])}",
    ]


def _exclude(picture: Picture) -> list[str]:
    told = "# Files and folders to leave out, in the syntax of .gitignore."
    if not picture.generated:
        return [told, "# exclude: [build/, '*.min.js']"]
    return [f"{told} These are made by tools.", f"exclude: {_list(f'{name}/' for name in picture.generated)}"]


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(words)}]"


def _word(name: str) -> str:
    """Return a name in a form for a comment: one line, whatever is in it."""
    return json.dumps(name.encode("utf-8", "backslashreplace").decode())[1:-1]
