"""The error tree and the exit codes. An error states the fault, its place and the remedy, never content."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the program."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_TO_SCAN = 3
    INCOMPLETE = 4
    RUNNING = 5
    """A job or task has no result yet."""
    OVERLAP = 75
    """An audit was skipped because its last run is not over; sysexits.h calls 75 a temporary failure."""
    INTERRUPTED = 130


class GuardrailsError(Exception):
    """Any error that this program raises on purpose; its `str()` is one line for the user."""


class ConfigError(GuardrailsError):
    """An option, a policy pack or the environment is not usable: nothing was scanned."""


class InputError(GuardrailsError, ValueError):
    """A task was given bad input. A retry would fail in the same way, so it is never retried."""


class DocumentError(GuardrailsError):
    """One document could not be analysed; the scan continues with the others."""


class BrokerError(GuardrailsError):
    """The message broker or its workers cannot be used."""


class MismatchError(GuardrailsError):
    """A message is for another worker: its version, model or key differs. The document is not at fault."""


class FormError(GuardrailsError, ValueError):
    """Data of another process or a saved file has not the form that this program writes."""


class StopNow(BaseException):
    """The user asked twice to stop. Not an Exception, so that no error handling swallows it."""
