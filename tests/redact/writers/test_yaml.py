"""YAML stays YAML: scalars without quotes get some where what is written would be more than a scalar."""

from pathlib import Path

import pytest
import yaml

from guardrails_cli.redact.operators import OPERATORS
from tests.redact.support import CARD, KEY, MAIL, SSN, Redacting

TEXTS = [
    f"ssn: {SSN}\n",
    f"ssn: '{SSN}'\nmail: \"{MAIL}\"\n",
    f"note: call {SSN} or {MAIL} now # {MAIL}\n",
    f"{{ssn: {SSN}, list: [{MAIL}, call {SSN} now, 1], other: {{}}}}\n",
    f"{MAIL}: {{card: {CARD}}}\n",
    f"- {SSN}\n- {MAIL} and {SSN}\n- 4111111111111111\n",
    f"text: |\n  SSN {SSN}\n  {MAIL}\nfolded: >-\n  mail {MAIL}\n",
    f"plain: SSN\n  {SSN}\n  goes on\nanchor: &a {SSN}\nagain: *a\n",
    f"---\nssn: {SSN}\n...\n---\nmail: {MAIL}",
    f"quoted: \"SSN {SSN} of \\\"Z\\u00f6\\\"\"\nsingle: 'it''s {MAIL}'\n",
]


def shape(value: object) -> object:
    if isinstance(value, dict):
        return [shape(one) for one in value.values()]
    return [shape(one) for one in value] if isinstance(value, list) else 0


@pytest.mark.parametrize("strategy", OPERATORS)
@pytest.mark.parametrize("text", TEXTS)
def test_the_copy_has_the_same_shape(redacting: Redacting, tmp_path: Path, text: str, strategy: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    copy = redacting.copy(tmp_path / "a.yaml", tmp_path / "out.yaml", strategy)
    assert copy.reason is None
    assert copy.replacements > 0
    written = (tmp_path / "out.yaml").read_text(encoding="utf-8")
    assert SSN not in written
    assert MAIL not in written
    before, after = list(yaml.safe_load_all(text)), list(yaml.safe_load_all(written))
    assert shape(before) == shape(after)
    if strategy == "encrypt":
        assert redacting.restored(tmp_path / "out.yaml", tmp_path / "back", KEY).reason is None
        assert (tmp_path / "back").read_text(encoding="utf-8") == text
