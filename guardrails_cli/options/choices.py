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
    """The format of the log on stderr."""

    text = "text"
    json = "json"


class Profile(StrEnum):
    """A detection profile, for `--profile`."""

    fast = "fast"
    balanced = "balanced"
    thorough = "thorough"
    presidio = "presidio"


class Transfer(StrEnum):
    """The way in which documents reach workers elsewhere, for `--transfer`."""

    auto = "auto"
    reference = "reference"
    content = "content"


class Level(StrEnum):
    """A severity, for `--fail-on`."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"
