"""Postal addresses: streets, post boxes, military addresses, and the town, state, code and country after them.

Presidio leaves addresses to the language model, which takes house numbers for dates and streets for people. Here the
shape of a street is an anchor, and the address continues from it, over line ends, for as long as the text looks like
part of an address. Universal Postal Union S42 gives the order of the parts in each country; any order is accepted.
"""

from functools import cache

import regex

from guardrails_cli.core.package_data import read_yaml
from guardrails_cli.detect.ner.gazetteer import spelled
from guardrails_cli.detect.recognizers.recognizer import VALUE, Evidence, ValueRecognizer

_SURE, _LIKELY, _WEAK = 0.9, 0.7, 0.3
_MAX_PARTS = 6
_REACH = 80
_CAP = r"\p{Lu}[\p{L}\p{M}'’.-]{0,30}"
_WORD = r"[\p{L}\p{M}'’.-]{1,30}"
_GAP = r"(?:[ \t]*,)?(?:[ \t]*\r?\n[>?*|#\t ]{0,8}|[ \t]{1,8}|(?<=,))"
"""Gap between two parts of an address; a new line may begin with quotation marks of a mail."""

_REGION = r"(?-i:[A-Z]{2,3}|nan)"
_CODE = (
    r"(?i:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|(?:[A-Z]{1,2}-)?\d{4,5}(?:-\d{3,4})?|\d{3} \d{2}|\d{2}-\d{3}"
    r"|[A-Z]\d[A-Z] ?\d[A-Z]\d)"
)
_PLACE = rf"{_CAP}(?:[ -](?:{_CAP}|de|di|del|della|do|da|dos|la|le|ob|pod|am|an|der|den|sur|v|u|z|och|i)){{0,5}}"


@cache
def _data() -> dict[str, str]:
    lists: dict[str, list[str]] = read_yaml("guardrails_cli.detect.recognizers", "address.yaml")
    lists["kind_after"] += [word.upper() for word in lists["kind_after"]]
    return {name: _any_of(words) for name, words in lists.items()}


def _any_of(words: list[str]) -> str:
    return (
        "(?:" + "|".join(regex.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word))) + ")"
    )


def _anchors() -> dict[str, tuple[str, float]]:
    words = _data()
    year = r"(?!(?:19|20)\d\d\b)"
    number = rf"{year}\d{{1,4}}(?:[-/]\d{{1,4}})?[a-zA-Z]?\b\.?"
    lead = r"(?:\d{1,5} )?"
    unit = rf"(?i:{words['unit']})\.?[ ]?\#?(?:\d{{1,5}}|[A-Z])\b"
    return {
        "number, name, kind": (
            rf"(?<!\d[ .-])\b\d{{1,5}}[a-zA-Z]?,? (?:\d{{1,5}} )?(?:(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}"
            rf"{words['kind_after']}\b\.?",
            _SURE,
        ),
        "name, kind": (rf"(?<!\p{{L}}[ ])\b(?:{_CAP} ){{1,3}}{words['kind_certain']}\b(?! (?:{_CAP}|of\b))", _LIKELY),
        "corner": (rf"\b{_CAP}(?: {_CAP}){{0,3}}(?: \d{{1,4}}\.?)? (?:St\.|street\b|Street\b)", _LIKELY),
        "grown together": (rf"\b{lead}{_CAP}(?:[ ]{_CAP}){{0,2}}(?<=\p{{L}}{{3}}{words['suffix']}),? {number}", _SURE),
        "kind before": (rf"\b{lead}{words['kind_before']}(?<=[./]|\b)\.? (?:{_WORD} ){{0,4}}{_WORD},? {number}", _SURE),
        "number, kind before": (
            rf"(?<!\d[ .-])\b\d{{1,5}},? (?:\d{{1,4}} )?"
            rf"{words['kind_before']}(?<=[./]|\b)\.? (?:{_WORD} ){{0,3}}{_CAP}\b",
            _SURE,
        ),
        "kind between": (rf"\b{lead}(?:{_CAP} ){{1,3}}{words['kind_between']}\b\.? {number}", _SURE),
        "unit": (
            rf"(?i:\b\d{{1,5}},? (?:{_WORD} ){{0,6}}?{_WORD}(?: \d{{1,4}}\.?)?(?:,? |,?[ ]?\r?\n[>?*| ]{{0,8}}){unit})",
            _SURE,
        ),
        "unit by itself": (r"\b(?:Apt|Suite|Ste)\b\.? \#?\d{1,5}\b", _LIKELY),
        "post box": (
            r"(?i:\b(?:P\.? ?O\.? ?Box|Post Office Box|Postfach|Casella Postale|Boîte Postale|Apartado) \d{1,6}\b)",
            _SURE,
        ),
        "military": (
            r"\b(?:(?:USNS|USS|USCGC|USNV) \p{Lu}[\p{L}'-]{1,30}|(?:PSC|Unit|CMR) \d{1,5},? Box \d{1,5})",
            _LIKELY,
        ),
        "town, state, code": (rf"\b{_PLACE},? [A-Z]{{2}},? \d{{5}}(?:-\d{{4}})?\b", _LIKELY),
        "town, code": (rf"\bin (?P<{VALUE}>{_PLACE} (?:{year}\d{{4,5}}(?:-\d{{3,4}})?|\d{{3}} \d{{2}}))\b", _LIKELY),
        "postal code": (
            rf"(?i:\b(?:zip(?:[ -]?code)?|post(?:al)?[ -]?code|PLZ)(?: is| to|:| =)? ?"
            rf"(?P<{VALUE}>\d{{3,5}}(?:-\d{{3,4}})?|[A-Z]{{1,2}}\d[A-Z\d]? ?\d[A-Z]{{2}})\b)",
            _SURE,
        ),
        "lead-in": (
            rf"(?i:\b{words['lead_in']}) (?P<{VALUE}>\d{{1,5}} [^\s\d,.;:?!][^\n,.;:?!\d]{{1,50}}"
            rf"(?:[^\n,.;:?!\d] \d{{1,4}}\b)?\.?|{_CAP}(?: {_WORD}){{0,3}} {number})",
            _SURE,
        ),
        "place lead-in": (rf"(?i:\b{words['place_lead_in']}) (?:the )?(?P<{VALUE}>{_PLACE})", _SURE),
        "line": (rf"^[>?*| \t]{{0,8}}(?P<{VALUE}>\d{{2,5}} {_CAP}(?: {_WORD}){{0,3}} \d{{1,4}}\.?)$", _LIKELY),
        "number, name, number": (rf"\b\d{{3,5}} {_CAP}(?: {_WORD}){{0,3}} {number}", _WEAK),
    }


@cache
def _parts() -> "tuple[regex.Pattern[str], ...]":
    """Return the parts that may follow: (unit), (state and code), (place or country with a code), (place alone)."""
    unit = _data()["unit"]
    country = (
        "(?i:"
        + "|".join(regex.escape(name) for name in sorted(spelled("countries"), key=lambda name: (-len(name), name)))
        + r")\b"
    )
    end = r"(?=[ \t]*(?:[,.?!;]|\r?\n|$))"
    street = rf"\d{{1,4}}\.?\b{end}"
    return tuple(
        regex.compile(_GAP + part)
        for part in (
            rf"(?i:{unit})\.?[ ]?\#?\d{{1,5}}\b",
            r"(?:FPO|APO|DPO)\b,? (?:AA|AE|AP) \d{5}\b",
            rf"(?:[ \t]*\r?\n[ \t]*)?{country}(?:[ ,]+{_CODE}\b(?![ ]?[.:]?\d))?",
            rf"{_REGION}(?:,? {_CODE}\b)?{end}",
            rf"{_CODE}\b[ ]{_PLACE}(?!\w)",
            rf"{_CODE}\b{end}",
            rf"{_PLACE}(?:,? {_REGION})?,? {_CODE}\b",
            rf"{_PLACE}{end}",
            street,
        )
    )


class AddressRecognizer(ValueRecognizer):
    """Finds postal addresses as one LOCATION each, ending at most 200 characters after the street."""

    def __init__(self) -> None:
        patterns = [Evidence(name, pattern, score) for name, (pattern, score) in _anchors().items()]
        super().__init__("LOCATION", patterns, name="AddressRecognizer")

    def weigh(self, match: "regex.Match[str]", score: float) -> tuple[int, int, float]:
        """Return the span of the street and the parts of the address after it; such parts make an anchor certain."""
        start, street_end, _ = super().weigh(match, score)
        end = _extend(match.string, street_end)
        if match.string[end - 1] == "." and match.string[end - 4 : end - 1].isalpha():
            end -= 1  # a sentence ends here, not an abbreviation
        return start, end, _SURE if end > street_end else score


def _extend(text: str, end: int) -> int:
    bare_lines = 0
    for _ in range(_MAX_PARTS):
        found = next((match for part in _parts() if (match := part.match(text, end, end + _REACH))), None)
        if found is None:
            break
        if "\n" in found[0] and not any(character.isdigit() for character in found[0]):
            bare_lines += 1
            if bare_lines > 3:
                break
        end = found.end()
    return end
