"""Describe rules in words, and the differences between two packs."""

from guardrails_cli.policy.packs import Exemption, Near, Pack, Place, Rule, Scope


def describe(rule: Rule) -> dict[str, str]:
    """Return the description of a rule, by key: when it fires, where, and why."""
    lines = {
        "fires on": _fires(rule) if rule.detectable else "nothing: a scan cannot check it",
        "in": _place(rule.place),
        "except": "; ".join(map(_exemption, rule.exemptions)),
        "worse": ", ".join(f"{severity.name} from {count:,} on" for count, severity in rule.severity_by_count),
        "citation": rule.citation,
        "rationale": rule.rationale,
        "message": rule.message,
        "remediation": rule.remediation,
        "note": rule.note,
    }
    return {key: text for key, text in lines.items() if text}


def _fires(rule: Rule) -> str:
    what = "different values" if rule.distinct else "findings"
    needed = f"{rule.min_count:,} or more {what} of " if rule.min_count > 1 else ""
    text = f"{needed}{_types(rule.entity_types, rule.min_score)}"
    if rule.near:
        text += f", {_near(rule.near)}"
    return text + (", masked values apart" if rule.unless_masked else "")


def _types(types: frozenset[str], min_score: float) -> str:
    return f"{', '.join(sorted(types))} with a score of {min_score:g} or more"


def _near(near: Near) -> str:
    match near.within:
        case Scope.ROW:
            where = "in the same row as"
        case Scope.DOCUMENT:
            where = "in the same document as"
        case _:
            where = f"within {near.within} characters, or in the same row, of"
    return f"{where} {_types(near.entity_types, near.min_score)}"


def _place(place: Place) -> str:
    parts = (("paths", place.paths), ("columns", place.columns), ("formats", place.formats))
    return ", ".join(f"{name} {' '.join(values)}" for name, values in parts if values)


def _exemption(exemption: Exemption) -> str:
    until = f" until {exemption.until}" if exemption.until else ""
    return f"{_place(exemption.place)}{until} ({exemption.reason})"


def differences(old: Pack, new: Pack) -> list[str]:
    """Return the differences between two packs, one per line: `-` only in the old, `+` only in the new, `~` changed."""
    before = {rule.rule_id: rule for rule in old.rules}
    after = {rule.rule_id: rule for rule in new.rules}
    lines = [
        f"~ {name}: {getattr(old, name)} -> {getattr(new, name)}"
        for name in ("framework", "title", "version", "source")
        if getattr(old, name) != getattr(new, name)
    ]
    for rule_id in sorted(before.keys() | after.keys()):
        if rule_id not in after:
            lines.append(f"- {rule_id} {before[rule_id].name}")
        elif rule_id not in before:
            lines.append(f"+ {rule_id} {after[rule_id].name}")
        else:
            lines += [f"~ {rule_id} {line}" for line in _rule_differences(before[rule_id], after[rule_id])]
    return lines


def _rule_differences(old: Rule, new: Rule) -> list[str]:
    lines = []
    for name in (field for field in Rule.__struct_fields__ if field not in ("framework", "examples")):
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if isinstance(before, frozenset):
            gone, come = sorted(before - after), sorted(after - before)
            change = " ".join([*(f"-{each}" for each in gone), *(f"+{each}" for each in come)])
        else:
            change = f"{_shown(before)} -> {_shown(after)}"
        lines.append(f"{name}: {change}")
    if _examples(old) != _examples(new):
        lines.append(f"examples: {len(old.examples)} -> {len(new.examples)}")
    return lines


def _examples(rule: Rule) -> set[tuple[str, bool, str | None]]:
    return {(example.text, example.fires, example.path) for example in rule.examples}


def _shown(value: object) -> str:
    if isinstance(value, Near):
        return _near(value)
    if isinstance(value, Place):
        return _place(value) or "anywhere"
    if isinstance(value, tuple):
        return "; ".join(_exemption(each) if isinstance(each, Exemption) else _step(each) for each in value) or "none"
    return getattr(value, "name", None) or ("none" if value in (None, "") else str(value))


def _step(step: object) -> str:
    count, severity = step  # type: ignore[misc]
    return f"{severity.name} from {count:,} on"  # type: ignore[has-type]
