"""The recognizers that Presidio's default set lacks. The registry below is all there is."""

from collections.abc import Callable

from guardrails_cli.detect.recognizers.address import AddressRecognizer
from guardrails_cli.detect.recognizers.family import family_recognizers
from guardrails_cli.detect.recognizers.named import named_recognizers
from guardrails_cli.detect.recognizers.numbers import number_recognizers
from guardrails_cli.detect.recognizers.recognizer import ValueRecognizer

RECOGNIZERS: tuple[Callable[[], list[ValueRecognizer]], ...] = (
    lambda: [AddressRecognizer()],
    named_recognizers,
    number_recognizers,
    family_recognizers,
)
"""By family: what makes its recognizers."""


def extra_recognizers() -> list[ValueRecognizer]:
    """Return our recognizers, new ones at each call. The keywords in them are English, in texts of any language."""
    return [recognizer for family in RECOGNIZERS for recognizer in family()]
