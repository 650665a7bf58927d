"""A file of strategies: what it says, and what is wrong with it."""

from pathlib import Path

import pytest

from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.redact.operators import OPERATORS, Details
from guardrails_cli.redact.strategies import Strategies, load_strategies, schema
from guardrails_cli.redact.writers.writer import Choice
from tests.redact.support import CARD, MAIL, SSN, Redacting, guardrails

FILE = """\
default: {strategy: mask, character: "#"}
types:
  US_SSN: remove
  CREDIT_CARD: {strategy: partial, keep_last: 2, character: X}
"""


def loaded(folder: Path, text: str) -> Strategies:
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return load_strategies(folder / "own.yaml", ENTITY_TYPES)


def test_each_type_has_its_strategy_and_the_others_the_default(redacting: Redacting, tmp_path: Path) -> None:
    own = loaded(tmp_path, FILE)
    choice = Choice(own.default or "", own.by_type, b"", own.details)
    (tmp_path / "a.txt").write_text(f"SSN {SSN}, card {CARD}, mail {MAIL}\n", encoding="utf-8")
    assert redacting.copy(tmp_path / "a.txt", tmp_path / "out", choice).reason is None
    assert (tmp_path / "out").read_text() == f"SSN , card {'X' * 17}11, mail {'#' * 20}\n"


def test_a_default_may_be_left_out(tmp_path: Path) -> None:
    assert loaded(tmp_path, "types: {US_SSN: hash}") == Strategies(
        None, {"US_SSN": "hash"}, {"US_SSN": Details(), "": Details()}
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("default: maks\n", ":1: default: 'maks' is not one of mask, token, partial, hash, replace, remove, encrypt"),
        ("default: token\ntypes:\n  US_SNN: mask\n", ":3: types.US_SNN: unknown entity type; did you mean 'US_SSN'?"),
        (
            "types:\n  US_SSN: {strategy: mask, keep_last: 2}\n",
            ":2: types.US_SSN.keep_last: only partial can have that",
        ),
        ("default:\n  strategy: hash\n  character: X\n", ":3: default.character: only mask and partial can have that"),
        ("types:\n  US_SSN: {strategy: partial, keep_last: 99}\n", ":2: types.US_SSN.keep_last: 99 is greater than"),
        (
            "types:\n  US_SSN: {strategy: mask, character: '\"'}\n",
            ":2: types.US_SSN.character: '\"' is not one of *, #",
        ),
        ("defalt: mask\n", ":1: file of strategies: unknown key 'defalt'; did you mean 'default'?"),
        ("default: mask\ndefault: hash\n", ":2: default: the key is given twice"),
        ("types: [\n", ": not valid YAML"),
        ("", ":1: the file is empty"),
        ("- a\n", ":1: file of strategies: "),
        ("types: {US_SSN: {}}\n", "'strategy' is a required property"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert fault in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'own.yaml'}:")


def test_the_schema_knows_every_strategy() -> None:
    assert set(schema()["$defs"]["name"]["enum"]) == set(OPERATORS)


def test_flags_outweigh_the_file(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "a.txt").write_text(f"SSN {SSN}, card {CARD}, mail {MAIL}\n", encoding="utf-8")
    options = ("--strategies", "own.yaml", "--strategy", "token", "--strategy-for", "credit_card=mask")
    ran = guardrails("redact", "a.txt", "--out", "out", "--profile", "fast", *options, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert (tmp_path / "out" / "a.txt").read_text() == f"SSN , card {'*' * 19}, mail [EMAIL_ADDRESS]\n"


def test_a_type_that_there_is_not_is_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    ran = guardrails(
        "redact", "a.txt", "--out", "out", "--profile", "fast", "--strategy-for", "US_SNN=mask", cwd=tmp_path
    )
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "guardrails: unknown entity type 'US_SNN'; did you mean 'US_SSN'?; `guardrails entities` lists them",
    )
