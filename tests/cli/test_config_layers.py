"""The order of precedence: command line, environment, file found or named, the user's file, default."""

from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from guardrails_cli.cli import app
from guardrails_cli.cli.config_layers import merge, origins
from guardrails_cli.core.errors import ConfigError

ROOT: Any = typer.main.get_command(app)
LAYERS = st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers()), max_size=5)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def configure(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "guardrails.yaml"
    path.write_text(text)
    path.chmod(0o644)
    return path


def configure_user(home: Path, text: str) -> Path:
    path = home / "config" / "guardrails" / "config.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(0o644)
    return path


def parsed(command: str, *arguments: str) -> Any:
    """Return the context of a command, as the function would be called with."""
    root = ROOT.make_context("guardrails", [command, *arguments])
    return ROOT.get_command(root, command).make_context(command, list(arguments), parent=root)


def value_of(name: str, *arguments: str, command: str = "scan") -> Any:
    return parsed(command, *arguments).params[name]


@given(LAYERS)
def test_the_first_layer_that_has_a_setting_decides(layers: list[dict[str, int]]) -> None:
    merged = merge(layers)
    assert merged.keys() == {name for layer in layers for name in layer}
    for name, (number, value) in merged.items():
        assert layers[number][name] == value
        assert all(name not in layer for layer in layers[:number])


@given(LAYERS, LAYERS)
def test_merging_is_associative(above: list[dict[str, int]], below: list[dict[str, int]]) -> None:
    one = {name: value for name, (_, value) in merge(above).items()}
    two = {name: value for name, (_, value) in merge(below).items()}
    both = {name: value for name, (_, value) in merge([*above, *below]).items()}
    assert both == {name: value for name, (_, value) in merge([one, two]).items()}


def test_each_place_counts_more_than_those_below(
    project: Path, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = str(project)
    assert value_of("min_score", where) is None
    configure_user(state_home, "min-score: 0.1\n")
    assert value_of("min_score", where) == 0.1
    configure(project, "min-score: 0.2\n")
    assert value_of("min_score", where) == 0.2
    monkeypatch.setenv("GUARDRAILS_MIN_SCORE", "0.3")
    assert value_of("min_score", where) == 0.3
    assert value_of("min_score", where, "--min-score", "0.4") == 0.4


def test_each_value_has_an_origin(project: Path, state_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = configure_user(state_home, "\nvcs: true\n")
    found = configure(project, "hidden: true\nmin-score: 0.2\n")
    monkeypatch.setenv("GUARDRAILS_MIN_SCORE", "0.3")
    known = origins(parsed("scan", str(project), "--jobs", "2"))
    assert {name: origin.text for name, origin in known.items()} == {
        "vcs": f"{own}:2", "hidden": f"{found}:1", "min-score": "GUARDRAILS_MIN_SCORE", "jobs": "command line",
    }  # fmt: skip


def test_a_named_file_takes_the_place_of_the_one_found(project: Path, state_home: Path) -> None:
    configure_user(state_home, "vcs: true\n")
    configure(project, "hidden: true\n")
    named = configure(project / "other", "max-depth: 3\nshow-values: true\n")
    params = parsed("scan", str(project), "--config", str(named)).params
    assert (params["vcs"], params["hidden"], params["max_depth"], params["show_values"]) == (True, False, 3, True)


@pytest.mark.parametrize("flag", ["--isolated", "--no-config"])
def test_isolated_takes_no_file_but_a_named_one(project: Path, state_home: Path, flag: str) -> None:
    configure_user(state_home, "vcs: true\n")
    named = configure(project, "hidden: true\n")
    params = parsed("scan", str(project), flag).params
    assert (params["vcs"], params["hidden"]) == (False, False)
    params = parsed("scan", str(project), flag, "--config", str(named)).params
    assert (params["vcs"], params["hidden"]) == (False, True)


def test_the_variables_choose_files_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(project, "hidden: true\n")
    monkeypatch.setenv("GUARDRAILS_ISOLATED", "1")
    assert value_of("hidden", str(project)) is False
    monkeypatch.setenv("GUARDRAILS_CONFIG", str(configure(project / "x", "hidden: true\n")))
    assert value_of("hidden", str(project)) is True


def test_a_named_file_must_be_there(project: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        parsed("scan", str(project), "--config", str(project / "nowhere.yaml"))


def test_every_switch_can_be_switched_off(project: Path) -> None:
    configure(project, "hidden: true\nno-ignore: true\n")
    params = parsed("scan", str(project), "--no-hidden", "--ignore").params
    assert (params["hidden"], params["no_ignore"]) == (False, False)


def test_every_option_has_a_variable(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAILS_NO_IGNORE", "true")
    monkeypatch.setenv("GUARDRAILS_FAIL_ON", "high")
    monkeypatch.setenv("GUARDRAILS_INCLUDE", "*.txt *.md")
    monkeypatch.setenv("GUARDRAILS_BROKER_URL", "redis://one.example.com")
    params = parsed("scan", str(project)).params
    assert params["no_ignore"] is True
    assert params["fail_on"] == "high"
    assert list(params["include"]) == ["*.txt", "*.md"]
    assert params["broker"] == "redis://one.example.com"


def test_a_bad_value_in_a_variable_is_told_with_its_name(tmp_path: Path) -> None:
    ran = CliRunner(env={"GUARDRAILS_MIN_SCORE": "high"}).invoke(app, ["scan", str(tmp_path)])
    assert ran.exit_code == 2
    assert "GUARDRAILS_MIN_SCORE" in ran.output


@pytest.mark.parametrize("command", ["redact", "show"])
def test_commands_share_what_they_have_in_common(project: Path, command: str) -> None:
    configure(project, "profile: fast\nentities: [US_SSN]\nfail-on: high\njobs: 2\n")
    params = parsed(command, str(project / "a.txt")).params
    assert params["profile"] == "fast"
    assert params["entities"] == "US_SSN"
    assert "jobs" not in params


def test_a_way_to_scan_that_is_asked_for_outweighs_another_one_below(
    project: Path, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_user(state_home, "broker: redis://one.example.com\n")
    assert value_of("broker", str(project)) == "redis://one.example.com"
    configure(project, "inline: true\n")
    params = parsed("scan", str(project)).params
    assert (params["broker"], params["inline"]) == (None, True)
    params = parsed("scan", str(project), "--jobs", "2").params
    assert (params["broker"], params["inline"], params["jobs"]) == (None, False, 2)
    monkeypatch.setenv("GUARDRAILS_BROKER_URL", "redis://two.example.com")
    params = parsed("scan", str(project)).params
    assert (params["broker"], params["inline"]) == ("redis://two.example.com", False)


def test_a_report_of_the_command_line_does_not_take_its_format_from_a_file(project: Path) -> None:
    configure(project, "format: [json]\n")
    assert [str(one.value) for one in value_of("format_", str(project))] == ["json"]
    assert not value_of("format_", str(project), "-o", "report.csv")


def test_the_file_that_is_used_is_said_aloud(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = configure(project, "hidden: true\n")
    parsed("scan", str(project))
    assert capsys.readouterr().err == f"guardrails: options from {path}; --isolated does without\n"
    parsed("scan", str(project), "--quiet")
    assert capsys.readouterr().err == ""


def test_a_refused_file_is_told_even_if_quiet(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = configure(project, "exclude: ['*']\n")
    path.chmod(0o666)
    assert not value_of("exclude", str(project), "--quiet")
    assert "is not used: others may write to it" in capsys.readouterr().err


def test_help_reads_no_file(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    configure(project, "nonsense: true\n")
    monkeypatch.chdir(project)
    with pytest.raises(typer.Exit):
        parsed("scan", ".", "--help")
    assert "unknown key" not in capsys.readouterr().err
