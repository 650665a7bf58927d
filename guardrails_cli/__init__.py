"""Guardrails: finds sensitive data in files, and says which rules it breaks and how bad that is."""

from importlib import import_module as _import_module
from pathlib import Path as _Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardrails_cli.api.library import Results, scan, scan_text
    from guardrails_cli.core.errors import BrokerError, ConfigError, GuardrailsError
    from guardrails_cli.core.finding import Finding, Severity
    from guardrails_cli.core.record import DocumentResult, Status, Violation
    from guardrails_cli.core.version import __version__

__all__ = [
    "BrokerError",
    "ConfigError",
    "DocumentResult",
    "Finding",
    "GuardrailsError",
    "Results",
    "Severity",
    "Status",
    "Violation",
    "__version__",
    "scan",
    "scan_text",
]

# The public names, by module: imported on demand, since start-up time is a feature.
_EXPORTS = {
    "core.version": ("__version__",),
    "core.errors": ("BrokerError", "ConfigError", "GuardrailsError"),
    "api.library": ("Results", "scan", "scan_text"),
    "core.finding": ("Finding", "Severity"),
    "core.record": ("DocumentResult", "Status", "Violation"),
}

# In a checkout `tasks/` and `policies/` lie beside this package, not inside it as in a wheel.
if not (_Path(__file__).parent / "tasks").is_dir():
    __path__.append(str(_Path(__file__).parent.parent))


def __getattr__(name: str) -> object:
    for module, names in _EXPORTS.items():
        if name in names:
            value: object = getattr(_import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
