"""Decide which candidates are telephone numbers in which region.

`phonenumbers` is asked once per number, and not at all where the expressions of its own metadata rule it out.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, phonenumbermatcher

from guardrails_cli.detect.recognizers.phone_candidates import FEWEST_DIGITS, Candidate, next_candidate

_library: Any = phonenumbermatcher  # the matcher's steps have private names
_PLAIN = re.compile(r"[-0-9 ().\[\]/]+")
_NO_DIGIT = re.compile(r"[^0-9]+")
_KINDS = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
"""Kinds of number of which a valid number is one, as in `phonenumberutil.number_type`."""

_WORTHWHILE = 40
"""Numbers to parse before compiling the metadata's expressions, which takes as long."""


class Numbers:
    """Cached verdicts for a set of regions.

    A number in plain digits and ASCII punctuation, without plus sign or extension, is judged by its digits alone:
    `parse` drops everything else, and no later check looks at it.
    """

    _MOST_REMEMBERED = 50_000
    _LONGEST_REMEMBERED = 64

    def __init__(self, regions: tuple[str, ...], leniency: int) -> None:
        self.pattern: Any = _library._PATTERN
        self._regions = tuple(dict.fromkeys(regions))
        self._leniency = leniency
        self._national: dict[str, _National] = {}
        self._candidates: dict[str, tuple[str, ...]] = {}
        self._digits: dict[str, tuple[str, ...]] = {}
        self._letters: dict[str, bool] = {}
        self._possible: dict[str, list[tuple[int, str, tuple[str, ...]]]] = {}
        self._any_region: re.Pattern[str] | None = None

    def matcher(self, text: str, region: str) -> Any:
        """Return the library's own matcher."""
        return _library.PhoneNumberMatcher(text, region, leniency=self._leniency)

    def possible_in(self, unit: str) -> list[tuple[int, str, tuple[str, ...]]]:
        """Return place, text and regions of each candidate in a line or run that is a number in some region.

        The result depends on the unit alone, see `phone`.
        """
        found = self._possible.get(unit)
        if found is None:
            found = []
            candidate = next_candidate(self.pattern, unit, 0, len(unit))
            while candidate is not None:
                regions = self.regions_of(candidate.text)
                if regions:
                    found.append((*candidate, regions))
                end = candidate.start + len(candidate.text)
                candidate = next_candidate(self.pattern, unit, end, len(unit))
            if len(self._possible) >= self._MOST_REMEMBERED:
                self._possible.clear()
            if len(unit) <= self._LONGEST_REMEMBERED:
                self._possible[unit] = found
        return found

    def regions_of(self, candidate: str) -> tuple[str, ...]:
        """Return the regions in which the candidate, or a part that the matcher tries, is a number."""
        found = self._candidates.get(candidate)
        if found is None:
            valid: set[str] = set()
            for part in dict.fromkeys(_parts(candidate)):
                valid.update(self._valid_in(part))
            found = tuple(region for region in self._regions if region in valid)
            if len(self._candidates) >= self._MOST_REMEMBERED:
                self._candidates.clear()
            self._candidates[candidate] = found
        return found

    def is_whole(self, candidate: str) -> bool:
        """Return whether the whole candidate is certainly a number wherever a part of it is one."""
        plain = self._leniency <= 1 and _PLAIN.fullmatch(candidate) is not None
        return plain and self._valid_in(candidate) == self.regions_of(candidate)

    def is_dismissed(self, candidate: Candidate, text: str) -> bool:
        """Return whether the matcher takes the candidate for a date or time and looks no further into it."""
        start, found = candidate
        if _library._SLASH_SEPARATED_DATES.search(found):
            return True
        following = _library._TIME_STAMPS_SUFFIX.match(text, start + len(found))
        return bool(following and _library._TIME_STAMPS.search(found))

    def stands_free(self, candidate: Candidate, text: str) -> bool:
        """Return whether the matcher would accept the whole candidate at its place, provided that it is a number."""
        start, found = candidate
        end = start + len(found)
        if _library._PUB_PAGES.search(found) or not _library.fullmatch(_library._MATCHING_BRACKETS, found):
            return False
        if not self._leniency:
            return True
        glued = start > 0 and not _library._LEAD_PATTERN.match(found) and self._sticks(text[start - 1])
        return not glued and not (end < len(text) and self._sticks(text[end]))

    def _sticks(self, char: str) -> bool:
        found = self._letters.get(char)
        if found is None:
            matcher = _library.PhoneNumberMatcher
            found = matcher._is_invalid_punctuation_symbol(char) or matcher._is_latin_letter(char)
            self._letters[char] = found
        return found

    def _valid_in(self, part: str) -> tuple[str, ...]:
        plain = _PLAIN.fullmatch(part) is not None
        key = _NO_DIGIT.sub("", part) if plain else part
        if plain and len(key) < FEWEST_DIGITS:
            return ()
        found = self._digits.get(key)
        if found is None:
            ruled_out = plain and len(self._digits) >= _WORTHWHILE
            if ruled_out and not self._may_be_anywhere(key):
                found = ()
            else:
                found = tuple(
                    region
                    for region in self._regions
                    if not (ruled_out and not self._of(region).may_be(key)) and self._is_number(key, region)
                )
            if len(self._digits) >= self._MOST_REMEMBERED:
                self._digits.clear()
            self._digits[key] = found
        return found

    def _of(self, region: str) -> "_National":
        if region not in self._national:
            self._national[region] = _National(region, self._leniency)
        return self._national[region]

    def _may_be_anywhere(self, digits: str) -> bool:
        """Return whether the digits can be a number in one of the regions, by one expression for all."""
        if self._any_region is None:
            patterns = [self._of(region).pattern for region in self._regions]
            self._any_region = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
        return self._any_region.fullmatch(digits) is not None

    def _is_number(self, written: str, region: str) -> bool:
        try:
            number = _library.parse(written, region, keep_raw_input=True)
        except _library.NumberParseException:
            return False
        if not self._leniency:
            return bool(_library.is_possible_number(number))
        return bool(_library.is_valid_number(number) and _library._is_national_prefix_present_if_required(number))


class _National:
    """Digits that can be a number dialled within a region, by its metadata."""

    def __init__(self, region: str, leniency: int) -> None:
        own = PhoneMetadata.metadata_for_region(region, None)
        self.pattern = ".*"
        """Regex of digit strings that might be a number; a superset of `may_be`."""
        self._valid: re.Pattern[str] | None = None
        self._prefixed: re.Pattern[str] | None = None
        self._formats: list[tuple[re.Pattern[str], re.Pattern[str], bool]] = []
        if own is None or not leniency:
            return
        code = own.country_code
        kinds = _kinds(code)
        prefix = f"(?:{own.national_prefix_for_parsing})" if own.national_prefix_for_parsing else "(?:)"
        rewritten = rf"|{prefix}\d*" if own.national_prefix_transform_rule else ""
        abroad = f"(?:{own.international_prefix})" if own.international_prefix else "(?!)"
        self.pattern = rf"{abroad}\d*|(?:{code})?(?:{prefix}{{0,2}}(?:{kinds}){rewritten})"
        self._valid = re.compile(self.pattern)
        self._prefixed = re.compile(rf"{abroad}|{code}" + (f"|{prefix}" if own.national_prefix_for_parsing else ""))
        main = PhoneMetadata.metadata_for_region(COUNTRY_CODE_TO_REGION_CODE[int(code or 0)][0], None)
        self._formats = [_format(one) for one in (main.number_format if main else ())]

    def may_be(self, digits: str) -> bool:
        """Return whether the digits can be a number at all.

        Such digits are an international prefix followed by anything; or a number of a kind that exists in a region of
        the same country code, after the country code and at most two national prefixes. Without any of these prefixes
        they are rejected if such numbers are always written with the national prefix.
        """
        if self._valid is None or self._prefixed is None:
            return True
        if not self._valid.fullmatch(digits):
            return False
        if self._prefixed.match(digits):
            return True
        for leading, pattern, needs_prefix in self._formats:
            if leading.match(digits) and pattern.fullmatch(digits):
                return not needs_prefix
        return True


@lru_cache(maxsize=16)
def _kinds(code: int | None) -> str:
    found: list[str] = []
    for region in COUNTRY_CODE_TO_REGION_CODE[int(code or 0)]:
        metadata = PhoneMetadata.metadata_for_region(region, None)
        kinds = [getattr(metadata, name) for name in _KINDS]
        found += [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
    return "|".join(f"(?:{pattern})" for pattern in dict.fromkeys(found))


def _format(one: Any) -> tuple[re.Pattern[str], re.Pattern[str], bool]:
    leading = one.leading_digits_pattern[-1] if one.leading_digits_pattern else ""
    rule = one.national_prefix_formatting_rule
    needs_prefix = bool(
        rule
        and not one.national_prefix_optional_when_formatting
        and not _library._formatting_rule_has_first_group_only(rule)
    )
    return re.compile(leading), re.compile(one.pattern), needs_prefix


def _parts(candidate: str) -> Iterator[str]:
    """Yield the parts of the candidate that `_extract_match` would try if none matched."""
    yield candidate
    trim = _library._UNWANTED_END_CHAR_PATTERN
    for split in _library._INNER_MATCHES:
        match = split.search(candidate)
        if match:
            yield _trimmed(trim, candidate[: match.start()])
        while match:
            yield _trimmed(trim, match.group(1))
            match = split.search(candidate, match.start() + 1)


def _trimmed(pattern: Any, text: str) -> str:
    match = pattern.search(text)
    return text[: match.start()] if match else text
