"""Find the evidence of an injection in a text: its features and their places."""

import re
from collections.abc import Iterator
from itertools import accumulate
from operator import or_

import msgspec

from guardrails_cli.injection.folding import Folded, fold
from guardrails_cli.injection.rules import Rules, load_rules
from guardrails_cli.injection.wording import ASCII_WORD, WORD, Trial, Wording, compiled

_BACK = 48
"""Characters before a word that decide whether an order can begin there."""
_ORDINARY = 120
"""Characters before a word in capitals in which other capitals belong to the same passage."""
_LEADS = [
    "please",
    "kindly",
    "and",
    "then",
    "now",
    "just",
    "simply",
    "also",
    "but",
    "so",
    "or",
    "next",
    "first",
    "instead",
    "let's",
    "lets",
    "ok",
    "okay",
    "bitte",
    "nun",
    "jetzt",
    "und",
    "favor",
    "ahora",
    "y",
    "maintenant",
    "et",
    "ora",
    "agora",
    "nu",
    "teraz",
    "теперь",
]
"""Words after which an order or a sentence may begin."""
_HELPS = [
    "must",
    "should",
    "shall",
    "will",
    "can",
    "could",
    "may",
    "now",
    "only",
    "always",
    "have",
    "need",
    "needs",
    "are",
    "is",
    "to",
    "you",
]
_ORDER = re.compile(
    rf"(?:^|[^\w\s'-]\s*|\n\s*|[-–—]\s+|\s{{2,}}|\b(?:{'|'.join(_LEADS)}|"
    r"you|(?:you|ai|ais|assistants?|models?|llms?|bots?|agents?|gpt|chatgpt)\s+(?:must|should|shall|will|can|could|may|"
    r"now|only|always|have\s+to|need\s+to|are\s+to|(?:are|is)\s+(?:required|instructed|ordered|going|asked|told)\s+to)|"
    r"(?:want|need|like|order|command|instruct|ask|tell|require|urge|allow|force|beg)\s+(?:you|chatgpt|gpt)\s+to)\s+)$"
)
_START = re.compile(rf"(?:^|[.!?:;\n\"“”«»„()\[\]|>*#=,]\s*|[-–—]\s+|\\n\s*|\s{{2,}}|\b(?:{'|'.join(_LEADS)})\s+)$")
_LINE = re.compile(r"(?:^|\n|\\n)[ \t>*]{0,4}$")
_REFUSED = re.compile(r"\b(?:not|never|nicht|t|nie|niemals|cannot|ne|pas|no)\s+$")
_MAY_PRECEDE = frozenset(word.split("'")[-1] for word in (*_LEADS, *_HELPS))
"""Words of _ORDER and _START that can directly precede an order: a quick test before the exact one."""


class Hit(msgspec.Struct, frozen=True):
    """A feature found at half-open offsets of the text."""

    start: int
    end: int
    feature: str


class Reading(msgspec.Struct, frozen=True):
    """A text as the wordings match it."""

    folded: Folded
    words: list[str]
    """Every word of the folded text."""
    starts: list[int]
    """Start of each word in the folded text."""
    hits: list[Hit]
    """Hits of the wordings and marks, by place in the original text."""


def read(text: str) -> Reading:
    """Return `text` folded, its words, and the hits of the wordings in features.yaml."""
    rules = load_rules()
    folded = fold(text)
    parts = (ASCII_WORD if folded.text.isascii() else WORD).split(folded.text)  # gap, word, gap, word, …
    words, starts = parts[1::2], list(accumulate(map(len, parts)))[::2]
    hits = [*_word_hits(words, starts, folded.text, text, rules), *_mark_hits(folded.text, rules)]
    placed = [Hit(*folded.span(hit.start, hit.end), hit.feature) for hit in hits]
    return Reading(folded, words, starts, sorted(placed, key=lambda hit: (hit.start, hit.end, hit.feature)))


def _tries(words: list[str], rules: Rules) -> Iterator[tuple[int, Trial]]:
    """Yield the wordings that may match in a text, each with the number of the word that it would begin at."""
    known = [at for at, word in enumerate(words) if word in rules.groups]
    near, far = _groups_ahead([rules.groups[words[at]] for at in known])
    after = [*words[1:], ""]
    for number, at in enumerate(known):
        opening = rules.openings.get(words[at])
        if opening:
            for trial in (*opening.any_next, *opening.by_next.get(after[at], ())):
                if trial.near & near[number] == trial.near and trial.far & far[number] == trial.far:
                    yield at, trial


def _groups_ahead(groups: list[int]) -> tuple[list[int], list[int]]:
    """Return for each word the groups among it and the next words: within NEAR words, and within FAR words."""
    two = list(map(or_, groups, [*groups[1:], 0]))
    four = list(map(or_, two, [*two[2:], 0, 0]))
    near = list(map(or_, four, [*four[4:], *[0] * 4]))
    sixteen = list(map(or_, near, [*near[8:], *[0] * 8]))
    return near, list(map(or_, sixteen, [*near[16:], *[0] * 16]))


def _word_hits(words: list[str], starts: list[int], folded: str, text: str, rules: Rules) -> Iterator[Hit]:
    same_places = len(folded) == len(text)
    for at, trial in _tries(words, rules):
        start, word, wording = starts[at], words[at], trial.wording
        capital = same_places and text[start : start + 2].isupper()
        if wording.place and at and not capital and not _may_begin(word, words[at - 1], folded, start, wording):
            continue
        end = trial.end(folded, start, word)
        if end >= 0:
            shouted = capital and _shouted(text, start, end)
            if _placed(wording, word, folded, start, shouted):
                yield Hit(start, end, wording.feature)
                if shouted:
                    yield Hit(start, end, "shouted")


def _may_begin(word: str, before: str, folded: str, start: int, wording: Wording) -> bool:
    """Return False if the word before, in the same clause, rules out the wording's place."""
    if wording.place == "order" and word not in wording.english:
        return True
    return before in _MAY_PRECEDE or folded[start - 1] != " " or not folded[start - 2].isalnum()


def _placed(wording: Wording, word: str, folded: str, start: int, shouted: bool) -> bool:
    """Return whether the word is at the place that the wording requires."""
    if not wording.place:
        return True
    before = folded[max(0, start - _BACK) : start]
    if shouted:
        return not _REFUSED.search(before)
    if wording.place == "line":
        return bool(_LINE.search(before))
    if wording.place == "start":
        return bool(_START.search(before))
    return word not in wording.english or bool(_ORDER.search(before))


def _shouted(text: str, start: int, end: int) -> bool:
    """Return whether the wording is in capitals after ordinary text that is not."""
    wording = text[start:end]
    return " " in wording and wording.isupper() and any(map(str.islower, text[max(0, start - _ORDINARY) : start]))


def _mark_hits(folded: str, rules: Rules) -> Iterator[Hit]:
    begins = {mark.mark[0] for mark in rules.marks}
    present = {char for char in begins if char in folded}
    for mark in rules.marks:
        if mark.mark[0] not in present:
            continue
        start = folded.find(mark.mark)
        while start >= 0:
            match = compiled(mark.source).match(folded, start)
            if match:
                yield Hit(start, match.end(), mark.feature)
            start = folded.find(mark.mark, start + 1)
