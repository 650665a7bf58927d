"""Panels, examples, suggestions and completion: what a person at a terminal meets."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main

from guardrails_cli.cli import app, completion
from guardrails_cli.cli.help import EXAMPLES, PANELS, commands
from guardrails_cli.detect.registry import country_codes
from guardrails_cli.policy.load import builtin_packs

ROOT = Path(__file__).resolve().parents[2]
ALL = dict(commands(app))
LEAVES = [path for path in ALL if not any(other.startswith(f"{path} ") for other in ALL)]
PROGRAM = "import sys; sys.argv[0] = 'guardrails'; from guardrails_cli.__main__ import main; main()"


def test_every_command_has_a_panel_and_examples() -> None:
    assert {path for path in ALL if " " not in path} == set(PANELS)
    assert set(LEAVES) == set(EXAMPLES)
    assert all(2 <= len(lines) <= 4 for lines in EXAMPLES.values())


@pytest.mark.parametrize("path", LEAVES)
def test_examples_are_calls_that_the_parser_takes(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line, _ in EXAMPLES[path]:
        words = shlex.split(next(part for part in re.split(r"[|>]", line) if "guardrails" in part))
        assert words[: 1 + len(path.split())] == ["guardrails", *path.split()], line
        command: Any = typer.main.get_command(app)
        context: Any = None
        for name in path.split():
            context = command.make_context("guardrails", [name], parent=context, resilient_parsing=True)
            command = command.get_command(context, name)
        command.make_context(path, words[1 + len(path.split()) :], parent=context).close()


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"} | environment,
        check=False,
    )


def test_help_fits_eighty_columns() -> None:
    shown = run("--help").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert all(panel in shown for panel in PANELS.values())
    assert "Examples" in run("explain", "--help").stdout


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["scna", "x"], "did you mean 'scan'?"),
        (["scan", ".", "--frmat", "json"], "did you mean --format"),
        (["scan", ".", "--profile", "fsat"], "did you mean 'fast'?"),
    ],
)
def test_a_typo_gets_a_suggestion_in_one_line(words: list[str], hint: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert hint in done.stderr
    assert len(done.stderr.splitlines()) == 1


LINES = {
    "guardrails ex": {"explain"},
    "guardrails scan . --frameworks HIPAA,G": {"HIPAA,GDPR", "HIPAA,GLBA"},
    "guardrails scan . --entities US_S": {"US_SSN"},
    "guardrails explain HIPAA_00": {f"HIPAA_00{number}" for number in range(1, 10)},
    "guardrails scan . --profile ": {"fast", "balanced", "thorough", "presidio"},
    "guardrails scan . --format s": {"sarif"},
    "guardrails policies show GDPR_00": {f"GDPR_00{number}" for number in range(1, 10)},
}


def test_bash_completes_commands_and_values() -> None:
    code = (
        "import os, sys\n"
        "from guardrails_cli.cli import app\n"
        "for line in sys.argv[1:]:\n"
        "    words = [*line.split(), ''] if line.endswith(' ') else line.split()\n"
        "    os.environ |= {'_GUARDRAILS_COMPLETE': 'complete_bash', 'COMP_WORDS': line}\n"
        "    os.environ['COMP_CWORD'] = str(len(words) - 1)\n"
        "    try:\n"
        "        app(prog_name='guardrails')\n"
        "    except SystemExit:\n"
        "        print('--')\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *LINES],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    answers = [set(part.split()) for part in done.stdout.split("--\n")[:-1]]
    assert dict(zip(LINES, answers, strict=True)) == LINES


def test_zsh_and_fish_complete_with_descriptions() -> None:
    words = {"_TYPER_COMPLETE_ARGS": "guardrails explain US_SS"}
    assert "US Social Security number" in run(_GUARDRAILS_COMPLETE="complete_zsh", **words).stdout
    fish = run(_GUARDRAILS_COMPLETE="complete_fish", _TYPER_COMPLETE_FISH_ACTION="get-args", **words)
    assert fish.stdout == "US_SSN\tUS Social Security number\n"


def test_completion_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom guardrails_cli.cli import completion\n"
        "for each in (completion.topics, completion.frameworks, completion.entity_types, completion.countries):\n"
        "    list(each(''))\n"
        "heavy = {'presidio_analyzer', 'spacy', 'celery', 'hyperscan', 'jsonschema'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def test_what_is_completed_is_all_that_there_is() -> None:
    packs = builtin_packs()
    rules = {rule.rule_id: rule.name for pack in packs for rule in pack.rules}
    suggested = dict(completion.packs_and_rules(""))
    assert {name: suggested[name] for name in rules} == rules
    assert {pack.framework for pack in packs} == set(suggested) - set(rules)
    codes = country_codes()
    assert [code for code, _ in completion.countries("")] == codes


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_itself_completes_with_the_installed_script(tmp_path: Path) -> None:
    program = tmp_path / "guardrails"
    program.write_text(f"#!{sys.executable} -P\n{PROGRAM}\n")
    program.chmod(0o755)
    script = run("--show-completion", "bash").stdout or run("--show-completion", _TYPER_COMPLETE_TEST="1").stdout
    ask = (
        f"{script}\nCOMP_WORDS=(guardrails explain US_SS); COMP_CWORD=2\n"
        f"_guardrails_completion {program}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(
        ["bash", "-c", ask],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert done.stdout.split() == ["US_SSN"]


def test_debug_shows_the_traceback() -> None:
    code = PROGRAM.replace("main()", "").replace("import main; ", "import main\n") + (
        "\nimport guardrails_cli.scanning.run as module\n"
        "def broken(*_): raise RuntimeError('broken')\n"
        "module.Scan.__init__ = broken\nmain()"
    )
    for words, shown in ((["--debug"], True), ([], False)):
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, *words, "scan", "."],
            capture_output=True,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "GUARDRAILS_DEBUG"}
            | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert ("Traceback" in done.stderr) is shown
