"""In this process: the same messages and functions as the workers', without a server."""

import json
from collections.abc import Iterator
from typing import Self

from guardrails_cli.cluster.batch import UnitResult, decode_answers, encode_batch, scan_units
from guardrails_cli.core.json import dumps
from guardrails_cli.core.source import Source
from guardrails_cli.execute.executor import Feed
from guardrails_cli.options.model import DetectOptions


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
                message = json.loads(dumps(encode_batch("inline", self._options, [unit])))
                yield from decode_answers(json.loads(dumps(scan_units(message))))
            yield None
