"""Report the rules that a scan cannot check, with the reason: a rule that nothing can violate has not been passed."""

from collections.abc import Iterable

from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.options.model import DetectOptions
from guardrails_cli.policy.packs import Pack, Rule

NEED_MODEL = frozenset({"DATE_TIME", "LOCATION", "NRP", "ORGANIZATION", "PERSON"})
"""Types that only the language model finds in running text."""


def unchecked(packs: Iterable[Pack], options: DetectOptions) -> dict[str, str]:
    """Return the rules that a scan with these options cannot check, as rule id → reason.

    An unknown type may belong to a recognizer of the user or of a country.
    """
    reasons = {rule.rule_id: _reason(rule, options) for pack in packs for rule in pack.rules}
    return {rule_id: reason for rule_id, reason in reasons.items() if reason}


def _reason(rule: Rule, options: DetectOptions) -> str:
    if not rule.detectable:
        return rule.note
    halves = [rule.entity_types, *([rule.near.entity_types] if rule.near else [])]
    for types in halves:
        wanted = {name for name in types if _wanted(name, options)}
        names = ", ".join(sorted(types))
        if not wanted:
            return f"the options leave out {names}"
        if options.engine.model is None and wanted <= NEED_MODEL:
            return f"without the language model {names} is found in fields and tables only; see --profile"
        if not wanted & ENTITY_TYPES.keys() and not _has_others(options):
            return f"nothing finds {names}; see --recognizers and --country"
    return ""


def _has_others(options: DetectOptions) -> bool:
    """Return whether there may be recognizers of types that are not listed."""
    return bool(options.engine.recognizers or options.engine.countries or options.engine.profile == "thorough")


def _wanted(name: str, options: DetectOptions) -> bool:
    return name not in options.excluded and (not options.entities or name in options.entities)
