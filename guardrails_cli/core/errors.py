"""The error tree and the exit codes. An error says what went wrong, where and what to do, never content."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the program returns to the shell."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_TO_SCAN = 3
    INCOMPLETE = 4
    RUNNING = 5
    """Of a job or task: there is no result yet."""
    OVERLAP = 75
    """An audit was skipped because its last run is not over; sysexits.h calls 75 a temporary failure."""
    INTERRUPTED = 130


class GuardrailsError(Exception):
    """Any error that this program raises on purpose; `str()` of it is one line for the user."""


class ConfigError(GuardrailsError):
    """An option, a policy pack or the environment is not usable: nothing was scanned."""


class InputError(GuardrailsError, ValueError):
    """A task was given bad input. Trying again would give the same: it is never retried."""


class DocumentError(GuardrailsError):
    """One document could not be analysed; the others go on."""


class BrokerError(GuardrailsError):
    """The message broker or its workers cannot be used."""


class MismatchError(GuardrailsError):
    """A message is not for this worker: of another version, model or key. The document has nothing to do with it."""


class FormError(GuardrailsError, ValueError):
    """Data of another process or a saved file has not the form that this program writes."""


class StopNow(BaseException):
    """The user asked twice to stop. Not an Exception: nothing that handles errors may swallow it."""
