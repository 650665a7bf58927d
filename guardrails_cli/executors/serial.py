"""In this process: the same messages and functions as the workers', without a server."""

import json
from collections.abc import Iterator
from typing import Self

from guardrails_cli import wire
from guardrails_cli.batch import UnitResult, decode_answers, encode_batch, scan_units
from guardrails_cli.config import DetectOptions
from guardrails_cli.executors.base import Feed
from guardrails_cli.model import Source


class SerialExecutor:
    """Scans in this process, one unit after the other; each goes through its JSON form, as it would to a worker."""

    name = "inline"
    transfer = None

    def __init__(self, options: DetectOptions) -> None:
        self._options = options

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def refer(self, source: Source) -> None:
        """Return None: the client reads everything."""

    def run(self, feed: Feed) -> Iterator[UnitResult | None]:
        """Yield each unit's result as soon as it is there."""
        while not feed.exhausted:
            for unit in feed.take() or ():
                message = json.loads(wire.dumps(encode_batch("inline", self._options, [unit])))
                yield from decode_answers(json.loads(wire.dumps(scan_units(message))))
            yield None
