"""The evidence of an injection in a text: which feature shows where."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guardrails_cli.injection.folding import Folded, fold
from guardrails_cli.injection.patterns import WORD, Pattern, Rules, load_rules

_BACK = 48
"""Characters before a word that tell whether an order can begin there."""
_ORDER = re.compile(
    r"(?:^|[^\w\s'-]\s*|\n\s*|[-–—]\s+|\s{2,}|\b(?:please|kindly|and|then|now|just|simply|also|but|so|or|next|first|instead|"
    r"bitte|nun|jetzt|und|por\s+favor|ahora|y|maintenant|et|ora|agora|e|nu|en|teraz|теперь|и|let's|lets|"
    r"you|(?:you|ai|ais|assistants?|models?|llms?|bots?|agents?|gpt|chatgpt)\s+(?:must|should|shall|will|can|could|may|"
    r"now|only|always|have\s+to|need\s+to|are\s+to|(?:are|is)\s+(?:required|instructed|ordered|going|asked|told)\s+to)|"
    r"(?:want|need|like|order|command|instruct|ask|tell|require|urge|allow|force|beg)\s+(?:you|chatgpt|gpt)\s+to|"
    r"must|needs?\s+to|to|will)\s+)$"
)
_WEAK_ORDER = re.compile(r"(?<!you )(?<!ai )(?<!assistant )(?<!assistants )(?<!models )(?<!model )(?<!llms )(?:to|will|must)\s+$")
_START = re.compile(
    r"(?:^|[.!?:;\n\"“”«»„()\[\]|>*#=,]\s*|[-–—]\s+|\\n\s*|\s{2,}|\b(?:please|bitte|and|then|now|und|jetzt|nun|but|so|ok|okay)\s+)$"
)
_REFUSED = re.compile(r"\b(?:not|never|nicht|t|nie|niemals|cannot|ne|pas|no)\s+$")


@dataclass(frozen=True, slots=True)
class Hit:
    """A feature that shows at half-open offsets of the text."""

    start: int
    end: int
    feature: str


def find_wordings(text: str) -> tuple[list[Hit], Folded]:
    """Return the hits of the patterns of features.yaml in `text`, by place, and the text as they read it."""
    rules = load_rules()
    folded = fold(text)
    hits = [*_word_hits(folded.text, text, rules), *_mark_hits(folded.text, rules)]
    placed = (Hit(*folded.span(hit.start, hit.end), hit.feature) for hit in hits)
    return sorted(placed, key=lambda hit: (hit.start, hit.end, hit.feature)), folded


def _word_hits(folded: str, text: str, rules: Rules) -> Iterator[Hit]:
    vocabulary = set(WORD.findall(folded))
    tried: dict[str, list[Pattern]] = {}
    for word in vocabulary & rules.patterns.keys():
        possible = [
            pattern for pattern in rules.patterns[word] if not any(map(vocabulary.isdisjoint, pattern.needs))
        ]
        if possible:
            tried[word] = possible
    if not tried:
        return
    same_places = len(folded) == len(text)
    for found in WORD.finditer(folded):
        for pattern in tried.get(found[0], ()):
            start = found.start()
            match = pattern.regex.match(folded, start)
            if not match:
                continue
            shouted = same_places and _shouted(text, start, match.end())
            if _placed(pattern, found[0], folded, start, shouted):
                yield Hit(start, match.end(), pattern.feature)
                if shouted:
                    yield Hit(start, match.end(), "shouted")


def _placed(pattern: Pattern, word: str, folded: str, start: int, shouted: bool) -> bool:
    """Return whether the word stands where the pattern wants it."""
    if not pattern.place:
        return True
    before = folded[max(0, start - _BACK) : start]
    if shouted:
        return not _REFUSED.search(before)
    if pattern.place == "start":
        return bool(_START.search(before))
    return word not in pattern.english or bool(_ORDER.search(before) and not _WEAK_ORDER.search(before))


def _shouted(text: str, start: int, end: int) -> bool:
    """Return whether the wording is in capitals, amid other text that is not."""
    wording = text[start:end]
    return " " in wording and wording.isupper() and not text[max(0, start - _BACK) : end + _BACK].isupper()


def _mark_hits(folded: str, rules: Rules) -> Iterator[Hit]:
    for mark in rules.marks:
        start = folded.find(mark.mark)
        while start >= 0:
            match = mark.regex.match(folded, start)
            if match:
                yield Hit(start, match.end(), mark.feature)
            start = folded.find(mark.mark, start + 1)
