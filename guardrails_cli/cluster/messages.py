"""The form of detection options in messages. A message carries `WIRE_VERSION`."""

from typing import Any

from guardrails_cli.core import codec
from guardrails_cli.options.model import DetectOptions

WIRE_VERSION = 7


def encode_options(options: DetectOptions) -> Any:
    """Return the form of `options` for a message: all of their fields."""
    return codec.encode(options)


def decode_options(data: object) -> DetectOptions:
    """Return the options that `encode_options` encoded.

    Raises:
        FormError: if `data` has another form.

    """
    return codec.decode(data, DetectOptions)
