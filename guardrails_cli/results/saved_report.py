"""Read reports saved as JSON or JSON Lines, for `guardrails report`.

Documents are read one at a time, so that memory stays flat; a JSON report that another program has reformatted is read
as a whole.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.results.json_decode import decode_document
from guardrails_cli.results.json_form import SCHEMA_VERSION


class SavedReport:
    """A saved report.

    Args:
        path: path of the file.

    Raises:
        ConfigError: if it is not a report of this program, or has another major version of the schema.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._whole: list[Any] | None = None
        try:
            head = self._head()
        except OSError as error:
            raise ConfigError(f"cannot read the report {path}: {error.strerror or error}") from None
        except (ValueError, RecursionError):
            head = {}
        version = head.get("schema_version")
        if not isinstance(version, str) or not {"run", "summary"} <= head.keys():
            raise ConfigError(f"{path} is no JSON or JSON Lines report of guardrails, or not a whole one")
        if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
            raise ConfigError(
                f"{path} has version {version} of the report's schema, this program knows {SCHEMA_VERSION}"
            )
        self.run: JsonObject = head["run"]
        self.summary: JsonObject = head["summary"]

    def _head(self) -> JsonObject:
        """Return the report without its documents."""
        with self.path.open("rb") as file:
            first = file.readline()
            if first.startswith(b'{"'):
                last = first
                for text in file:
                    last = text
                return cast(JsonObject, json.loads(last))
            if first == b"{\n":  # the layout of `reports.json.JsonReport`
                lines = [file.readline().strip() for _ in range(4)]
                if lines[3].startswith(b'"documents": ['):
                    return cast(JsonObject, json.loads(b"{" + b"".join(lines[:3]).rstrip(b",") + b"}"))
            file.seek(0)
            report = json.load(file)
        if not isinstance(report, dict) or not isinstance(report.get("documents"), list):
            return {}
        self._whole = report["documents"]
        return report

    def documents(self) -> Iterator[DocumentResult]:
        """Yield the records in the report's order.

        Raises:
            ConfigError: if one differs from this program's form.

        """
        number = 0
        try:
            for row in self._rows():
                yield decode_document(row)
                number += 1
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ConfigError(f"document {number + 1} of the report {self.path} is damaged") from None

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        if self._whole is not None:
            yield from self._whole
            return
        with self.path.open("rb") as file:
            for text in file:
                if text.startswith(b'{"document":'):
                    yield json.loads(text)["document"]
                elif text.startswith(b"    {"):
                    yield json.loads(text.rstrip().removesuffix(b","))
