"""Answers that no worker of this program gives: whoever can write to a broker without a key can send them."""

import json
from typing import Any

import pytest

from guardrails_cli.cluster.envelope import ANSWER, seal
from guardrails_cli.cluster.keys import stream_key
from guardrails_cli.core.errors import MismatchError
from guardrails_cli.execute.mailbox import Mailbox
from guardrails_cli.options.model import DetectOptions, Limits

FINDING: dict[str, Any] = {"entity_type": "URL", "severity": 2, "score": 1.0, "start": 0, "end": 1, "line": 1}
EMPTY: dict[str, Any] = {"findings": [], "signals": [], "seconds": 0.0}
UNIT: dict[str, Any] = {"document": 0, "index": 0, "seconds": 0.0}


def receive(server: str, fields: dict[str, Any], body: object = None) -> Any:
    """Return what a client reads where these fields, with `body` in an envelope, are its run's only answer."""
    mail = Mailbox(server, DetectOptions(), Limits(), {}, None)
    mail.announce()
    (run,) = (key.decode().rpartition(":")[2] for key in mail.client.keys("guardrails:run:*"))
    envelope = {"results": json.dumps(seal(body, None, run, "one", ANSWER))} if body is not None else {}
    mail.client.xadd(stream_key(run), {"batch": "one", "process": "x"} | envelope | fields)
    try:
        return mail.receive(None)
    finally:
        mail.close(())


def test_an_answer_is_read(server: str) -> None:
    ((name, process, results),) = receive(server, {}, [UNIT | {"result": EMPTY, "new": 1}])
    assert (name, process, len(results), results[0].error) == ("one", b"x", 1, None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [[]],
        [UNIT | {"document": "0"}],
        [{"document": 0}],
        [UNIT | {"result": []}],
        [UNIT | {"result": EMPTY | {"findings": [FINDING]}}],
        [UNIT | {"told": [["found", {"result": {}}]]}],
        [UNIT | {"told": [["nothing", {}]]}],
        [UNIT | {"told": ["found"]}],
        [UNIT | {"error": ["\ud800"]}],
        [UNIT | {"error": "a sentence"}],
        [UNIT | {"error": ["of_tomorrow", "x"]}],
    ],
)
def test_an_answer_of_another_form_is_one_error(server: str, body: object) -> None:
    with pytest.raises(MismatchError, match="an answer is damaged or not of this program"):
        receive(server, {}, body)


@pytest.mark.parametrize(
    "fields", [{}, {"results": "nonsense"}, {"results": "[]"}, {"results": "[" * 100_000}, {"results": '{"form": 1}'}]
)
def test_what_is_no_envelope_is_one_error(server: str, fields: dict[str, Any]) -> None:
    with pytest.raises(MismatchError, match="an answer is damaged or not of this program"):
        receive(server, fields)
