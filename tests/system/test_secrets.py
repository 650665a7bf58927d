"""Secrets that are handed over as files."""

from pathlib import Path

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.system.secrets import from_files


def test_a_file_stands_for_its_variable(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("two words \n")
    (tmp_path / "word").write_bytes(b"p\xe4ss\r\n")
    found = from_files(
        {"GUARDRAILS_KEY_FILE": str(tmp_path / "key"), "GUARDRAILS_PASSWORD_FILE": str(tmp_path / "word")}
    )
    assert found == {"GUARDRAILS_KEY": "two words ", "GUARDRAILS_PASSWORD": "p\udce4ss"}


def test_other_variables_name_no_files(tmp_path: Path) -> None:
    assert from_files({"GUARDRAILS_KEY": "x", "GUARDRAILS_OUTPUT_FILE": str(tmp_path), "KEY_FILE": "/dev/null"}) == {}


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one")
    with pytest.raises(ConfigError, match="both set"):
        from_files({"GUARDRAILS_KEY_FILE": str(tmp_path / "key"), "GUARDRAILS_KEY": "another"})


@pytest.mark.parametrize("content", [b"x" * 70_000, b"a\0b", None])
def test_what_is_no_secret_is_refused_and_not_repeated(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match="GUARDRAILS_KEY_FILE") as caught:
        from_files({"GUARDRAILS_KEY_FILE": str(path)})
    assert len(str(caught.value)) < 300
