"""The groups of options for `guardrails scan` and configuration files."""

from guardrails_cli.options.declare import Declared, declared
from guardrails_cli.options.judging import DetectionFlags, PolicyFlags, SuppressionFlags
from guardrails_cli.options.running import ExecutionFlags, JournalFlags, OutputFlags, TellingFlags
from guardrails_cli.options.sources import FileFlags, GitFlags, LimitFlags

GROUPS: tuple[type, ...] = (
    OutputFlags, FileFlags, GitFlags, LimitFlags, DetectionFlags, PolicyFlags, SuppressionFlags, ExecutionFlags,
    JournalFlags, TellingFlags,
)  # fmt: skip


def all_declared() -> tuple[Declared, ...]:
    """Return the options of all groups."""
    return tuple(each for group in GROUPS for each in declared(group))
