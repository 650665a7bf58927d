"""The values of options that take one of a few words."""

from enum import StrEnum


class Format(StrEnum):
    """A report format."""

    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    sarif = "sarif"
    junit = "junit"
    codequality = "codequality"
    gitlab = "gitlab"
    github = "github"
    lines = "lines"
    markdown = "markdown"
    html = "html"


class LogFormat(StrEnum):
    """What the log on stderr is made for."""

    text = "text"
    json = "json"


class Profile(StrEnum):
    """How much to look for, as `--profile` takes it."""

    fast = "fast"
    balanced = "balanced"
    thorough = "thorough"


class Transfer(StrEnum):
    """How documents reach workers elsewhere, as `--transfer` takes it."""

    auto = "auto"
    reference = "reference"
    content = "content"


class Level(StrEnum):
    """A severity, as `--fail-on` takes it."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"
