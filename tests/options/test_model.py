import os
import stat
from pathlib import Path

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.options.model import DetectOptions, parse_size
from guardrails_cli.system.keys import fingerprint_key, key_path
from guardrails_cli.system.processes import cpu_count


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500", 500),
        ("500B", 500),
        ("64K", 64 * 1024),
        ("64kb", 64 * 1024),
        ("10MB", 10 * 1024**2),
        ("10 MiB", 10 * 1024**2),
        ("1.5GiB", 3 * 1024**3 // 2),
        ("2T", 2 * 1024**4),
        (" 7K ", 7 * 1024),
    ],
)
def test_size_is_given_in_powers_of_1024(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "0", "0K", "0.0001", "-1", "+1", "K", "10X", "10 M B", "1,5M", "1e6", "nan", "inf", "١٠", "10MB/s"],
)
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=r"not a size: .*write for example 500K, 10MB or 2G"):
        parse_size(text)


def test_size_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a size"):
        parse_size("9" * 400)


def test_at_least_one_core_can_be_used() -> None:
    assert cpu_count() >= 1


def test_key_is_made_at_the_first_run_and_kept_for_the_next(state_home: Path) -> None:
    first, warning = fingerprint_key()
    assert warning is None
    assert key_path().is_relative_to(state_home)
    assert fingerprint_key() == (first, None)


def test_key_file_is_readable_by_the_user_alone() -> None:
    fingerprint_key()
    assert stat.S_IMODE(key_path().stat().st_mode) == 0o600
    assert stat.S_IMODE(key_path().parent.stat().st_mode) == 0o700


def test_key_is_derived_from_the_stored_one_and_never_that_one_itself() -> None:
    key, _ = fingerprint_key()
    stored = key_path().read_bytes()
    assert key not in (stored, bytes.fromhex(stored.decode()))


def test_two_users_have_two_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = fingerprint_key()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    assert fingerprint_key()[0] != first


def test_key_of_the_environment_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAILS_KEY", "correct horse battery staple")
    key, warning = fingerprint_key()
    assert warning is None
    assert not key_path().exists()
    assert key == fingerprint_key()[0]
    assert b"correct horse" not in key


def test_key_of_the_environment_wins_over_the_stored_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stored, _ = fingerprint_key()
    monkeypatch.setenv("GUARDRAILS_KEY", "another")
    assert fingerprint_key()[0] != stored


def test_empty_key_of_the_environment_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    stored, _ = fingerprint_key()
    monkeypatch.setenv("GUARDRAILS_KEY", "")
    assert fingerprint_key() == (stored, None)


def test_key_of_the_environment_may_be_any_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAILS_KEY", os.fsdecode(b"\xff\xfe"))
    assert len(fingerprint_key()[0]) == 32


def test_key_file_that_a_crash_left_empty_is_made_anew() -> None:
    fingerprint_key()
    key_path().write_bytes(b"")
    key, warning = fingerprint_key()
    assert warning is None
    assert key_path().read_bytes()
    assert fingerprint_key()[0] == key


def test_key_that_cannot_be_kept_serves_this_run_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    key, warning = fingerprint_key()
    assert len(key) == 32
    assert warning is not None
    assert "Set GUARDRAILS_KEY" in warning
    assert fingerprint_key()[0] != key


def test_key_is_not_shown_where_options_are_shown() -> None:
    assert "key" not in repr(DetectOptions(key=b"correct horse"))
