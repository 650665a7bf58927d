"""Messages between client and workers: what the broker sees, and what nobody can put in their place."""

import base64
import json
from importlib import import_module
from pathlib import Path

import pytest

from guardrails_cli.cluster import envelope
from guardrails_cli.cluster.envelope import ANSWER, MESSAGE, seal, unseal
from guardrails_cli.core.errors import ConfigError, InputError, MismatchError

KEY, OTHER = b"k" * 32, b"o" * 32
BODY = {"text": "Write to maria@example.com. " * 50, "lone": "\ud800", "number": 1.5}


@pytest.mark.parametrize("key", [None, KEY])
def test_what_was_sealed_comes_out(key: bytes | None) -> None:
    sent = json.loads(json.dumps(seal(BODY, key, "run", "batch", MESSAGE)))
    assert unseal(sent, key, MESSAGE) == BODY
    assert len(sent["body"]) < len(json.dumps(BODY)) / 2
    assert b"maria" not in base64.b64decode(sent["body"]) or key is None


def test_the_same_body_never_looks_the_same() -> None:
    assert seal(BODY, KEY, "run", "batch", MESSAGE) != seal(BODY, KEY, "run", "batch", MESSAGE)


@pytest.mark.parametrize(
    ("sealed_with", "opened_with", "said"),
    [
        (KEY, OTHER, "another cluster key"),
        (KEY, None, "this side has no cluster key"),
        (None, KEY, "is not encrypted"),
    ],
)
def test_a_key_on_one_side_only_is_told(sealed_with: bytes | None, opened_with: bytes | None, said: str) -> None:
    with pytest.raises(MismatchError, match=said):
        unseal(seal(BODY, sealed_with, "run", "batch", MESSAGE), opened_with, MESSAGE)


@pytest.mark.parametrize("change", [{"run": "other"}, {"batch": "other"}])
def test_a_message_cannot_pass_for_another(change: dict[str, str]) -> None:
    with pytest.raises(MismatchError):
        unseal(seal(BODY, KEY, "run", "batch", MESSAGE) | change, KEY, MESSAGE)


def test_a_message_cannot_pass_for_an_answer() -> None:
    with pytest.raises(MismatchError):
        unseal(seal(BODY, KEY, "run", "batch", MESSAGE), KEY, ANSWER)


@pytest.mark.parametrize("key", [None, KEY])
def test_every_changed_byte_is_noticed_or_the_body_is_the_same(key: bytes | None) -> None:
    sent = seal({"a": 1}, key, "run", "batch", MESSAGE)
    data = base64.b64decode(sent["body"])
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            found = unseal(sent | {"body": base64.b64encode(changed).decode()}, key, MESSAGE)
        except MismatchError:
            continue
        assert key is None, found  # without a key there is no proof, but never another kind of error


FOREIGN = [{}, {"wire": 4, "units": []}, {"form": "zstd"}, {"form": "zstd", "run": 1, "batch": 2, "body": "%"}]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_what_is_no_envelope_is_refused(foreign: dict[str, object]) -> None:
    with pytest.raises(MismatchError):
        unseal(foreign, None, MESSAGE)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = seal("x" * 2_000_000, None, "run", "batch", MESSAGE)
    monkeypatch.setattr(envelope, "MAX_BYTES", 1_000_000)
    with pytest.raises(MismatchError):
        unseal(sent, None, MESSAGE)
    with pytest.raises(ValueError, match="more than"):
        seal("x" * 2_000_000, None, "run", "batch", MESSAGE)


def test_the_key_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUARDRAILS_CLUSTER_KEY", raising=False)
    assert envelope.cluster_key() is None
    file = tmp_path / "cluster.key"
    file.write_text("from a file, long enough\n")
    monkeypatch.setenv("GUARDRAILS_CLUSTER_KEY_FILE", str(file))
    assert envelope.cluster_key() == b"from a file, long enough"
    monkeypatch.setenv("GUARDRAILS_CLUSTER_KEY", "from the environment")
    assert envelope.cluster_key() == b"from the environment"
    monkeypatch.setenv("GUARDRAILS_CLUSTER_KEY", "short")
    with pytest.raises(ConfigError, match="shorter than 16"):
        envelope.cluster_key()
    monkeypatch.delenv("GUARDRAILS_CLUSTER_KEY")
    monkeypatch.setenv("GUARDRAILS_CLUSTER_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="cannot read the cluster key"):
        envelope.cluster_key()


def test_a_worker_with_a_key_takes_no_text_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    score_risk_async = import_module("guardrails_cli.tasks").specification.score_risk_async
    assert score_risk_async([])["overall_score"] == 0
    monkeypatch.setenv("GUARDRAILS_CLUSTER_KEY", "long enough to be a key")
    with pytest.raises(InputError, match="encrypted work only"):
        score_risk_async([])
