"""The registry of our own recognizers."""

from collections.abc import Callable

from guardrails_cli.detect.catalogue.entries import family_recognizers
from guardrails_cli.detect.recognizers.address import AddressRecognizer
from guardrails_cli.detect.recognizers.named import named_recognizers
from guardrails_cli.detect.recognizers.recognizer import ValueRecognizer
from guardrails_cli.detect.recognizers.secret_pairs import secret_pair_recognizers

RECOGNIZERS: tuple[Callable[[], list[ValueRecognizer]], ...] = (
    lambda: [AddressRecognizer()],
    named_recognizers,
    family_recognizers,
    secret_pair_recognizers,
)
"""Functions that make recognizers, one per family."""


def extra_recognizers() -> list[ValueRecognizer]:
    """Return newly made recognizers of our own. Their keywords are English, whatever the text's language."""
    return [recognizer for family in RECOGNIZERS for recognizer in family()]
