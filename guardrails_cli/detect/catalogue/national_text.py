"""National identifiers in running text: behind a label, in a shape that proves itself, or of a country asked for.

All labels are searched for together, because a pattern for each of them would slow every scan: a match is a label, the
text that may follow it, and the beginning of a value. The identifiers that have this label then judge the value.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import regex

from guardrails_cli.core.field_names import NATIONAL_ID
from guardrails_cli.detect.catalogue import national
from guardrails_cli.detect.catalogue.national import Identifier
from guardrails_cli.detect.catalogue.surroundings import REFUTATIONS
from guardrails_cli.detect.recognizers.recognizer import LABEL, VALUE, Evidence, ValueRecognizer
from guardrails_cli.detect.results import Raw, remove_duplicates

_REFUTED_BY = tuple(REFUTATIONS[name] for name in ("decimal", "hexadecimal", "path", "unit"))
_MARKS = r"[\s_.'\":=#<>/|,()-]"
_LETTER = r"[A-Za-zº°№\u00c0-\u024f]"
_GAP = rf"(?:{_MARKS}{{0,24}}{_LETTER}{{1,9}}(?![A-Za-z\d])){{0,2}}{_MARKS}{{0,24}}"
"""Text between a label and its value: two short words and marks, as in `no.`, `(holder):`, `", "value": "`."""
_NUMBER_WORD = regex.compile(
    r"(?i:numbers?|num|n[uú]m[eé]ro|numer|nummer|numarası|číslo|no|nr|n|nº|n°|№|id|code|card|value|val|content|text"
    r"|string|is|was|ist|er|est|es|é|to|je|on)"
)
"""Words that may follow any label; behind others only a sure label counts, and the check must fit."""
_WORD = regex.compile(rf"{_LETTER}+")
_BEGINNING = r"[A-ZÑ&АВЕКМНОРСТa-z]{0,6}[ -]?"
"""Letters and a mark in front of a value's first digit."""
_LONG = 12
"""Number of digits at the beginning of a long value."""
_LONGEST = 600
"""Characters of labels in one expression: Hyperscan refuses longer ones."""


class NationalRecognizer(ValueRecognizer):
    """Finds the national identifiers of the catalogue, each as its entity type."""

    def __init__(self, countries: Iterable[str] = ()) -> None:
        """Prepare the recognizer.

        Args:
            countries: countries whose numbers are also found without a label.

        """
        labels = [Evidence("label", pattern, national.CERTAIN, needs=needs) for pattern, needs in _expressions()]
        alone = [(known, one) for known in national.identifiers() for one in _alone(known, frozenset(countries))]
        super().__init__(NATIONAL_ID, [*labels, *(one for _, one in alone)], name="NationalRecognizer")
        self.entities = frozenset(known.entity for known in national.identifiers())
        self._labels = len(labels)
        self._alone = tuple(known.entity for known, _ in alone)

    def judge(self, text: str, spans: Sequence[Sequence[tuple[int, int]]]) -> list[Raw]:
        """Return the identifiers behind labels, and those without one."""
        found: list[Raw] = []
        for number, places in enumerate(spans):
            for start, _ in places:
                if number < self._labels:
                    found += self._behind_label(text, self._pattern(number).match(text, start))
                elif value := self._value(number, text, start):
                    found.append(Raw(self._alone[number - self._labels], *value[:3], self.name, value[3]))
        return remove_duplicates(found)

    def _behind_label(self, text: str, match: "regex.Match[str]") -> Iterator[Raw]:
        known = national.labelled().get(national.plain(match[LABEL]), ())
        places = _places(text, match.end(LABEL), match.start(VALUE)) if known else []
        label = f'label "{" ".join(match[LABEL].split())}"'
        for each, sure in known:
            for start, near in places:
                end = each.match(text, start) if sure or near else -1
                if end > start and (judged := each.judge(text[start:end], sure and near)):
                    yield Raw(each.entity, start, end, judged.score, self.name, (label, *judged.evidence))
                    break


def _places(text: str, start: int, end: int) -> list[tuple[int, bool]]:
    """Return where a value may begin, at its digits or a word before them, and whether only usual words precede it."""
    found, near = [], True
    for word in _WORD.finditer(text, start, end):
        found.append((word.start(), near))
        near = near and bool(_NUMBER_WORD.fullmatch(word[0]))
    return [*found, (end, near)]


def _alone(known: Identifier, countries: frozenset[str]) -> Iterator[Evidence]:
    """Yield the evidence of values without a label."""
    shapes = [known.bare] if known.bare else []
    shapes += [(known.value, national.BARE)] if known.check and not countries.isdisjoint(known.countries) else []
    for shape, score in shapes:
        pattern = rf"(?<![\w./+-])(?P<{VALUE}>{shape})(?![\w-])(?![./]\w)"
        yield Evidence(known.name, pattern, score, known.check, refuted_by=_REFUTED_BY, checked=known.check_name)


@cache
def _expressions() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the expressions of all labels, each with the words of which a match contains one."""
    labels = {" ".join(label.split()) for each in national.identifiers() for label in (*each.labels, *each.ambiguous)}
    labels |= {national.without_accents(label) for label in labels}
    kinds: dict[tuple[bool, bool], list[str]] = {}
    for label in sorted({label.lower() for label in labels}):
        kinds.setdefault((label.isascii(), _has_long_values(label)), []).append(label)
    return tuple(
        (_expression(group, long), tuple(label.split()[0] for label in group))
        for (_, long), names in kinds.items()
        for group in _groups(names)
    )


def _has_long_values(label: str) -> bool:
    """Return whether all values behind a label begin with many digits; `id: 123456` need then not be looked at."""
    known = national.labelled()[national.plain(label)]
    return all(
        national.plain(text)[:_LONG].isdigit() and len(national.plain(text)) > _LONG
        for each, _ in known
        for text in each.specimens
    )


def _groups(labels: Iterable[str]) -> Iterator[list[str]]:
    """Yield the labels in groups that are short enough for one expression each."""
    group: list[str] = []
    for label in labels:
        if sum(map(len, group)) + len(label) > _LONGEST:
            yield group
            group = []
        group.append(label)
    yield group


def _expression(labels: Iterable[str], long: bool) -> str:
    spelled = "|".join(map(_spelled, sorted(labels, key=lambda label: (-len(label), label))))
    before = r"(?:(?<![A-Za-z0-9])|(?<=[a-z])(?=[A-Z]))"
    value = rf"{_BEGINNING}\d(?:[ ./-]?\d|[A-Za-z]){{{_LONG - 1 if long else 4}}}"
    return rf"{before}(?P<{LABEL}>{spelled})(?![A-Za-z]){_GAP}(?P<{VALUE}>{value})"


def _spelled(label: str) -> str:
    """Return the expression of a label in any letter case.

    Letters that are not ASCII are spelled in both cases: where case does not matter, the search takes each for any.
    """
    if label.isascii():
        return rf"(?i:{_spaced(label)})"
    return "".join(
        f"[{each}{each.upper()}]" if len(each.upper()) == 1 and each != each.upper() else _spaced(each)
        for each in label
    )


def _spaced(text: str) -> str:
    return str(regex.escape(text)).replace(r"\ ", "[ _-]?")
