"""The registry of our own recognizers."""

from collections.abc import Iterable

from guardrails_cli.detect.catalogue.entries import family_recognizers
from guardrails_cli.detect.recognizers.address import AddressRecognizer
from guardrails_cli.detect.recognizers.named import named_recognizers
from guardrails_cli.detect.recognizers.recognizer import ValueRecognizer
from guardrails_cli.detect.recognizers.secret_pairs import secret_pair_recognizers


def extra_recognizers(countries: Iterable[str] = ()) -> list[ValueRecognizer]:
    """Return newly made recognizers of our own; their labels are looked for whatever the text's language.

    Args:
        countries: countries whose national identifiers are also found without a label.

    """
    families = (named_recognizers(), family_recognizers(countries), secret_pair_recognizers())
    return [AddressRecognizer(), *(recognizer for family in families for recognizer in family)]
