"""Configuration files: what is read from them, what is refused, and which of those found are trusted."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from guardrails_cli.cli.commands.config import schema_text
from guardrails_cli.cli.options import Format
from guardrails_cli.cli.settings_schema import settings
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.options.config_file import NEVER_FOUND, candidates, distrust, find, read, restricted

SCHEMA = Path(__file__).parents[2] / "guardrails_cli" / "core" / "schemas" / "config.schema.json"


def written(folder: Path, text: str, name: str = "guardrails.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(path, settings())
    return str(caught.value).replace(f"{path.parent}/", "").split("\n")


def test_the_published_schema_is_the_one_that_files_are_checked_against() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), f"run: guardrails config schema > {SCHEMA}"
    Draft202012Validator.check_schema(json.loads(schema_text()))


def test_settings_are_the_options_of_scan_with_their_types() -> None:
    known = settings()
    assert known["format"].choices == tuple(Format)
    assert known["format"].many
    assert known["min-score"].type == "number"
    assert (known["min-score"].minimum, known["min-score"].maximum) == (0.0, 1.0)
    assert known["no-ignore"].type == "boolean"
    assert {name for name, setting in known.items() if setting.joined} == {
        "country", "entities", "exclude-entities", "frameworks",
    }  # fmt: skip
    assert {name for name, setting in known.items() if setting.is_path} == {
        "allow", "baseline", "metrics", "output", "policy", "recognizers", "risk", "state",
    }  # fmt: skip
    assert known.keys() >= NEVER_FOUND


def test_yaml_and_toml_say_the_same(tmp_path: Path) -> None:
    yaml = written(tmp_path, "profile: fast\nmin-score: 0.5\nentities: [US_SSN, CREDIT_CARD]\nhidden: true\n")
    toml = written(
        tmp_path,
        '[project]\nname = "x"\n\n[tool.guardrails]\nprofile = "fast"\nmin-score = 0.5\n'
        'entities = ["US_SSN",\n  "CREDIT_CARD"]\nhidden = true\n',
        "pyproject.toml",
    )
    one, two = read(yaml, settings()), read(toml, settings())
    assert one.values == two.values == {
        "profile": "fast", "min-score": 0.5, "entities": "US_SSN,CREDIT_CARD", "hidden": True,
    }  # fmt: skip
    assert one.lines == {"profile": 1, "min-score": 2, "entities": 3, "hidden": 4}
    assert two.lines == {"profile": 5, "min-score": 6, "entities": 7, "hidden": 9}


def test_relative_paths_begin_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/nobody")
    path = written(tmp_path / "a", "policy: [../p.yaml, /q.yaml]\nrisk: ~/r.yaml\naudits: {x: {paths: [share]}}\n")
    config = read(path, settings())
    assert config.values == {"policy": [str(tmp_path / "p.yaml"), "/q.yaml"], "risk": "/home/nobody/r.yaml"}
    assert config.audits == {"x": {"paths": [str(tmp_path / "a" / "share")]}}


@pytest.mark.parametrize("text", ["", "\n\n", "# profile: fast\n", "  # one\n\n# two"])
def test_a_file_without_settings_sets_nothing(tmp_path: Path, text: str) -> None:
    assert read(written(tmp_path, text), settings()).values == {}


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("profile: fast\nmin_score: 1\n", 2, "configuration: unknown key 'min_score'; did you mean 'min-score'?"),
        (
            "\nprofile: fats\n",
            2,
            "profile: 'fats' is not one of fast, balanced, thorough, presidio; did you mean 'fast'?",
        ),
        ("min-score: high\n", 1, "min-score: 'high' is not of type 'number'"),
        ("min-score: 1.5\n", 1, "min-score: 1.5 is greater than the maximum of 1.0"),
        ("hidden: [yes]\n", 1, "hidden: [True] is not of type 'boolean'"),
        ("entities: US_SSN\n", 1, "entities: 'US_SSN' is not of type 'array'"),
        ("hidden: true\nhidden: false\n", 2, "hidden: the key is given twice"),
        ("a: [\n", 2, "not valid YAML: expected the node content, but found '<stream end>'"),
        ("- profile\n", 1, "configuration: ['profile'] is not of type 'object'"),
        (
            "audits:\n  x:\n    paths: [a]\n    profle: fast\n",
            4,
            "audits.x: unknown key 'profle'; did you mean 'profile'?",
        ),
        ("audits:\n  x:\n    profile: fast\n", 2, "audits.x: 'paths' is a required property"),
        ("audits:\n  ../x: {paths: [a]}\n", 2, "audits.../x: '../x' does not match '^[a-z0-9][a-z0-9_-]{0,63}$'"),
    ],
)
def test_a_fault_names_file_line_and_key(tmp_path: Path, text: str, line: int, fault: str) -> None:
    assert faults(written(tmp_path, text)) == [f"guardrails.yaml:{line}: {fault}"]


def test_faults_of_toml_name_the_line_of_the_key(tmp_path: Path) -> None:
    text = '[tool.ruff]\nprofile = 1\n[tool.guardrails]\nhidden = true\n"profle" = "fast"\njobs = "two"\n'
    text += "[tool.guardrails.audits.x]\npaths = [1]\n"
    assert faults(written(tmp_path, text, "pyproject.toml")) == [
        "pyproject.toml:5: configuration: unknown key 'profle'; did you mean 'profile'?",
        "pyproject.toml:6: jobs: 'two' is not of type 'integer'",
        "pyproject.toml:7: audits.x.paths[0]: 1 is not of type 'string'",
    ]


def test_toml_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    assert faults(written(tmp_path, "a = 1\nb = \n", "own.toml")) == [
        "own.toml: not valid TOML: Invalid value (at line 2, column 5)"
    ]


@hypothesis_settings(max_examples=50, deadline=None)
@given(patterns=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x7f"))))
def test_any_text_survives_the_way_from_toml(tmp_path_factory: pytest.TempPathFactory, patterns: list[str]) -> None:
    text = f"[tool.guardrails]\ninclude = {json.dumps(patterns, ensure_ascii=False)}\nhidden = true\n"
    config = read(written(tmp_path_factory.mktemp("toml"), text, "pyproject.toml"), settings())
    assert config.values == {"include": patterns, "hidden": True}
    assert config.lines == {"include": 2, "hidden": 3}


def test_hostile_yaml_is_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for one, two in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{two}: &{two} [{', '.join([f'*{one}'] * 9)}]\n"
    assert "aliases" in faults(written(tmp_path, bomb))[0]
    assert "not valid YAML" in faults(written(tmp_path, "[" * 100_000))[0]
    assert "not valid YAML" in faults(written(tmp_path, "!!python/object/apply:os.system [true]\n"))[0]
    assert "too large" in faults(written(tmp_path, "#" * 1024 * 1024 + "\nhidden: true\n"))[0]


def test_the_nearest_file_upwards_counts(tmp_path: Path) -> None:
    written(tmp_path, "profile: thorough\n")
    near = written(tmp_path / "a", "profile: fast\n")
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c" / "file.txt").touch()
    for scanned in ("a", "a/b/c", "a/b/c/file.txt", "a/b/not-there"):
        config, told = find(str(tmp_path / scanned), settings())
        assert (config and config.path, told) == (near, [])


def test_guardrails_yaml_comes_before_pyproject_and_others_tools_tables_do_not_count(tmp_path: Path) -> None:
    outer = written(tmp_path, "hidden: true\n")
    written(tmp_path / "a", "[tool.black]\n# guardrails\n", "pyproject.toml")
    config, _ = find(str(tmp_path / "a"), settings())
    assert config and config.path == outer
    inner = written(tmp_path / "a", "[tool.guardrails]\nhidden = false\n", "pyproject.toml")
    config, _ = find(str(tmp_path / "a"), settings())
    assert config and config.path == inner
    both = written(tmp_path / "a", "hidden: true\n")
    config, _ = find(str(tmp_path / "a"), settings())
    assert config and config.path == both


def test_the_search_ends_at_the_root_of_the_repository(tmp_path: Path) -> None:
    written(tmp_path, "hidden: true\n")
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "src").mkdir()
    assert find(str(tmp_path / "repo" / "src"), settings()) == (None, [])
    assert [path.parent.name for path in candidates(str(tmp_path / "repo" / "src"))] == ["src", "src", "repo", "repo"]


def test_a_file_below_what_is_scanned_does_not_count(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    written(tmp_path / "inner", "exclude: ['*']\n")
    assert find(str(tmp_path), settings()) == (None, [])


def test_a_file_that_others_may_write_is_passed_over_and_told(tmp_path: Path) -> None:
    outer = written(tmp_path, "profile: fast\n")
    bad = written(tmp_path / "share", "exclude: ['*']\n")
    bad.chmod(0o666)
    config, told = find(str(tmp_path / "share"), settings())
    assert config and config.path == outer
    assert told == [f"{bad} is not used: others may write to it; if it is yours, name it with --config"]


def test_a_file_in_a_folder_that_others_may_write_is_not_trusted(tmp_path: Path) -> None:
    path = written(tmp_path / "share", "exclude: ['*']\n")
    path.parent.chmod(0o777)
    assert distrust(path) == "others may write to its folder"
    path.parent.chmod(0o1777)  # as /tmp: there nobody can put something in the place of another's file
    assert distrust(path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_not_trusted(tmp_path: Path) -> None:
    path = written(tmp_path, "exclude: ['*']\n")
    os.chown(path, 12345, 12345)
    assert distrust(path) == "it belongs to another user"
    link = tmp_path / "sub" / "guardrails.yaml"
    link.parent.mkdir()
    link.symlink_to(written(tmp_path, "hidden: true\n", "mine.yaml"))
    assert distrust(link) is None
    os.chown(link, 12345, 12345, follow_symlinks=False)
    assert distrust(link) == "it belongs to another user"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to a group")
def test_a_file_that_a_group_may_write_is_not_trusted(tmp_path: Path) -> None:
    path = written(tmp_path, "hidden: true\n")
    os.chown(path, 0, 54321)
    path.chmod(0o664)
    assert distrust(path) == "others may write to it"


def test_what_sends_data_out_is_not_taken_from_a_file_that_was_only_found(tmp_path: Path) -> None:
    text = "profile: fast\nbroker: redis://evil.example.com\nshow-values: true\noutput: [/etc/passwd]\n"
    path = written(tmp_path, text)
    found, told = find(str(tmp_path), settings())
    assert found
    assert told == []
    config, told = restricted(found)
    assert config.values == {"profile": "fast"}
    assert [line.removeprefix(f"{path}:").split(" is")[0] for line in told] == [
        "2: broker", "4: output", "3: show-values",
    ]  # fmt: skip
    assert read(path, settings()).values["broker"] == "redis://evil.example.com"


def test_no_pipe_or_device_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "guardrails.yaml")
    (tmp_path / ".git").mkdir()
    assert find(str(tmp_path), settings()) == (None, [])
