"""Rules for names of people, places, groups and organizations that a language model reports.

The model was trained on news. On code, tables, chat and lists it still answers, with a meaningless score, so each name
has to look like one: these rules cut it to the part that does, or reject it.
"""

import re
from collections.abc import Callable

from guardrails_cli.detect.ner.gazetteer import has_given_name, is_place, names
from guardrails_cli.detect.refine.lines import before, line_bounds, looks_like_code

Span = tuple[int, int]

_MARKS_LOST = 3
"""Maximum number of characters cut off; quotation marks and the like may go."""
_PIECE = re.compile(r"[^\n\t]+")
_NOISE = re.compile(r"(?:https?:|www\.|[@#$&*<>|~=+_/\\])\S*|RT|[^\w\s]+|\d\S*")
_MARKS = re.compile(_NOISE.pattern.removesuffix(r"|\d\S*"))
"""Text cut from the ends of a name: addresses, handles, marks, numbers."""
_TOKEN = re.compile(r"\S+")
_FOREIGN = re.compile(r"[_=(){}\[\]<>/\\@#$%^*+|~`:;\"?!…\d]|\.\w{2,}|--")
"""Characters that no name contains."""
_HUMP = re.compile(r"[a-zß-ÿ][A-Z]|[A-Z]{2}[a-z]")
_PREFIXED = re.compile(r"^(?:Mc|Mac|De|Di|Du|La|Le|Van|Von|Fitz|O['’]|D['’])[A-Z]")
_WORKS_AT = re.compile(
    r"(?:\b(?:work(?:s|ed|ing)? (?:for|at|with)|employ(?:ed|er)(?: is|:| by| at)?|joined|employee of|"
    r"CEO of|founder of|director of|president of|according to|account (?:at|with)|owned by|acquired by|"
    r"subsidiary of|invested in|shares of|address of|offices of|website of))\s+(?:the )?$",
    re.IGNORECASE,
)


def pieces(text: str, start: int, end: int, *, numbers: bool = False) -> list[Span]:
    """Return the parts of a span on one line each, without marks, handles and addresses at their ends.

    Args:
        text: the text of the offsets.
        start: start of the span.
        end: end of the span, exclusive.
        numbers: whether numbers at the ends belong to it, as a house number does.

    """
    noise = _MARKS if numbers else _NOISE
    found = []
    for piece in _PIECE.finditer(text, start, end):
        tokens = [match.span() for match in _TOKEN.finditer(text, *piece.span())]
        while tokens and noise.fullmatch(text, *tokens[0]):
            del tokens[0]
        while tokens and noise.fullmatch(text, *tokens[-1]):
            del tokens[-1]
        if tokens:
            found.append(_strip(text, tokens[0][0], tokens[-1][1]))
    return [span for span in found if span[0] < span[1]]


def is_rest(text: str, piece: Span, whole: Span) -> bool:
    """Return whether a piece is a single unknown word left of a span that was mostly a handle, an address or marks."""
    value = text[slice(*piece)]
    lost = len(text[slice(*whole)].strip()) - len(value)
    return lost > _MARKS_LOST and " " not in value and not has_given_name(value) and not is_place(value)


def _strip(text: str, start: int, end: int) -> Span:
    while start < end and not (text[start].isalnum()):
        start += 1
    if text[max(start, end - 2) : end] in ("'s", "’s"):
        end -= 2
    while start < end and not text[end - 1].isalnum() and not (text[end - 1] == "." and end - start > 1):
        end -= 1
    return start, end


def is_person(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] can be a person's name.

    A person's name has capitals at its words (particles aside), no digits or marks of code, and no word that is known
    not to be a name; in all lower case or all capitals it needs a known given name.
    """
    value = text[start:end]
    words = value.split()
    if not _is_word_like(text, start, end) or words[0].casefold() in names("no_names"):
        return False
    if words[-1].casefold() in names("no_names") and not has_given_name(words[0]):
        return False
    if value.islower() or value.isupper():
        return has_given_name(words[0]) and len(words) < 5
    if any(word[0].islower() and word not in names("particles") for word in words):
        return False
    known = has_given_name(value)
    if len(words) == 1 and not known:
        return not _in_code(text, start, end)
    return True


def is_location(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] can be a place's name; abbreviations and lower case only if known."""
    value = text[start:end]
    words = value.split()
    if is_place(value):
        return True
    if not _is_word_like(text, start, end, digits=True) or not any(word[0].isupper() for word in words):
        return False
    if len(words) == 1:
        return (
            value.casefold() not in names("no_names")
            and not (value.isupper() and len(value) <= 4)
            and not _in_code(text, start, end)
        )
    return not value.isupper() or not _in_code(text, start, end)


def is_group(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] is a known nationality, faith or political group."""
    value = text[start:end].casefold()
    return any(form in names("peoples") for form in (value, value.removesuffix("s"), value.removesuffix("es")))


def is_organization(text: str, start: int, end: int) -> bool:
    """Return whether a word in text[start:end], or before it, shows that it is an organization.

    The model's own ORGANIZATION is right one time in five on chat, contracts and code, so it needs evidence.
    """
    value = text[start:end]
    words = value.replace(",", " ").split()
    if not _is_word_like(text, start, end) or not words[0][0].isupper() or words[0].casefold() in names("no_names"):
        return False
    last = words[-1].strip(".").casefold()
    if len(words) > 1 and last in names("organization_words") and len(value) <= 60:
        return True
    return bool(_WORKS_AT.search(before(text, start)))


def _is_word_like(text: str, start: int, end: int, *, digits: bool = False) -> bool:
    value = text[start:end]
    if not any(character.isupper() or character.islower() for character in value) or len(value) < 2:
        return False
    bare = re.sub(r"\d", "", value) if digits else value
    if _FOREIGN.search(bare) or (digits and not any(character.isalpha() for character in bare)):
        return False
    if any(_HUMP.search(word) and not _PREFIXED.match(word) for word in value.split()):
        return False
    left, right = text[max(0, start - 1) : start], text[end : end + 1]
    if right == ":" and not any(character.isalnum() for character in before(text, start)):
        return False  # the label of a field
    return not (left and left in "@#_/\\=$%`<[{.") and not (right and right in "_=([{/@\\`:" and right != ":")


def _in_code(text: str, start: int, end: int) -> bool:
    low, high = line_bounds(text, start, end)
    return looks_like_code(text[low:high])


def true_type(text: str, found: str, start: int, end: int) -> str:
    """Return the type of a name that the model `found`, corrected where a list or its own words say otherwise."""
    if is_group(text, start, end):
        return "NRP"
    value = text[start:end]
    if is_place(value) and not value.islower():
        return "LOCATION"
    words = value.split()
    if found != "PERSON" and 2 <= len(words) <= 3 and has_given_name(words[0]) and words[-1].istitle():
        surname = words[-1].casefold().strip(".")
        return found if surname in names("organization_words") or surname in names("place_words") else "PERSON"
    return found


CHECKS: dict[str, Callable[[str, int, int], bool]] = {
    "PERSON": is_person,
    "LOCATION": is_location,
    "NRP": is_group,
    "ORGANIZATION": is_organization,
}
