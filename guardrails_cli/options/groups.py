"""The groups of options for `guardrails scan` and configuration files."""

from dataclasses import dataclass, field, fields

from guardrails_cli.options.declare import Declared, declared
from guardrails_cli.options.judging import DetectionFlags, PolicyFlags, SuppressionFlags
from guardrails_cli.options.running import ExecutionFlags, JournalFlags, OutputFlags, TellingFlags
from guardrails_cli.options.sources import FileFlags, GitFlags, LimitFlags


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of one run as the user chose them, by group."""

    output: OutputFlags = field(default_factory=OutputFlags)
    files: FileFlags = field(default_factory=FileFlags)
    git: GitFlags = field(default_factory=GitFlags)
    limits: LimitFlags = field(default_factory=LimitFlags)
    detection: DetectionFlags = field(default_factory=DetectionFlags)
    policies: PolicyFlags = field(default_factory=PolicyFlags)
    suppression: SuppressionFlags = field(default_factory=SuppressionFlags)
    execution: ExecutionFlags = field(default_factory=ExecutionFlags)
    journal: JournalFlags = field(default_factory=JournalFlags)
    telling: TellingFlags = field(default_factory=TellingFlags)

    @classmethod
    def fields(cls) -> dict[str, type]:
        """Return the group of each field."""
        return {each.name: each.type for each in fields(cls) if isinstance(each.type, type)}


def groups() -> tuple[type, ...]:
    """Return the groups in the order in which help lists their panels."""
    return tuple(Choices.fields().values())


def all_declared() -> tuple[Declared, ...]:
    """Return the options of all groups."""
    return tuple(each for group in groups() for each in declared(group))
