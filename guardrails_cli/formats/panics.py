"""Convert panics of libraries in Rust on broken files, which are not Exceptions of Python."""

from collections.abc import Iterator
from contextlib import contextmanager

from guardrails_cli.formats.reader import DamagedError


@contextmanager
def caught() -> Iterator[None]:
    """Run a library's code; raise a DamagedError if it panics."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise DamagedError("damaged, or not what it seems (PanicException)") from error
        raise
