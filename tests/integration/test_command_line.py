"""Output and exit codes of the commands, by click's test runner."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guardrails_cli.cli import app
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.version import __version__
from tests.integration.support import EXAMPLES, SSN_TEXT


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    """A folder with one document that has a critical finding, and one that is clean."""
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "form.txt").write_text(SSN_TEXT)
    (folder / "shopping.txt").write_text("milk, bread and butter\n")
    return folder


def scan(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["scan", "--inline", *map(str, arguments)])
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"guardrails {__version__}\n")


@pytest.mark.parametrize("command", [[], ["scan"], ["worker"], ["policies"], ["entities"], ["doctor"]])
def test_every_command_has_help(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_help_of_scan_documents_the_exit_codes() -> None:
    text = " ".join(CliRunner().invoke(app, ["scan", "--help"]).stdout.split())
    for code in ("0 finished", "1 findings", "2 usage", "3 nothing to scan", "4 incomplete", "130 interrupted"):
        assert code in text


def test_findings_alone_are_no_failure(leaky: Path) -> None:
    code, out, _ = scan(leaky, "--no-ner")
    assert code == 0
    assert "US_SSN" in out
    assert "1 with findings, 1 clean, 0 skipped, 0 failed" in out


@pytest.mark.parametrize(("level", "code"), [("critical", 1), ("LOW", 1)])
def test_findings_at_the_level_fail_if_asked(leaky: Path, level: str, code: int) -> None:
    assert scan(leaky, "--no-ner", "--fail-on", level)[0] == code


def test_findings_below_the_level_do_not_fail(tmp_path: Path) -> None:
    (tmp_path / "mail.txt").write_text("write to info@example.com\n")
    assert scan(tmp_path, "--no-ner", "--fail-on", "critical")[0] == 0


def test_nothing_to_scan(tmp_path: Path) -> None:
    code, out, _ = scan(tmp_path)
    assert code == 3
    assert "Nothing was scanned" in out


def test_only_skipped_documents_are_nothing_to_scan(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    code, out, _ = scan(tmp_path)
    assert code == 3
    assert "1 skipped" in out
    assert "needs OCR" in out


def test_a_missing_path_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file or folder"):
        scan(tmp_path / "nowhere")


def test_a_missing_path_among_others_makes_the_run_incomplete(leaky: Path) -> None:
    code, out, _ = scan(leaky, leaky / "nowhere", "--no-ner", "--fail-on", "low")
    assert code == 4  # wins over 1, and the summary shows both
    assert "1 failed" in out
    assert "US_SSN" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--frameworks", "HIPPA"], "HIPAA"),
        (["--entities", "US_SNN", "--no-ner"], "US_SSN"),
        (["--entities", "NRP", "--no-ner"], "cannot be found with --profile fast or --no-ner"),
        (["--max-size", "many"], "not a size"),
        (["--model", "no_such_model"], "not installed"),
        (["--language", "de"], "is for the language 'en'"),
        (["--jobs", "2"], "exclude each other"),
        (["-o", "report.pdf"], "cannot tell the format"),
        (["-f", "json", "-f", "csv"], "only one report can go to stdout"),
    ],
)
def test_a_mistake_is_told_in_one_line(leaky: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scan(leaky, *arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["form.csv", "link.csv"])
def test_a_report_never_replaces_what_is_to_be_scanned(tmp_path: Path, name: str) -> None:
    (tmp_path / "form.csv").write_text(SSN_TEXT)
    (tmp_path / "link.csv").symlink_to("form.csv")
    with pytest.raises(ConfigError, match="would replace a file that is to be scanned"):
        scan(tmp_path / "form.csv", "--no-ner", "-o", tmp_path / name)
    assert (tmp_path / "form.csv").read_text() == SSN_TEXT


def test_two_reports_do_not_go_to_one_file_by_two_names(leaky: Path, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("report.json")
    with pytest.raises(ConfigError, match="same file"):
        scan(leaky, "--no-ner", "-o", tmp_path / "link.json", "-o", tmp_path / "report.json")


def test_json_on_stdout_is_nothing_but_json(leaky: Path) -> None:
    code, out, err = scan(leaky, "--no-ner", "--format", "json")
    assert code == 0
    assert json.loads(out)["summary"]["documents"] == 2
    assert "1 with findings" in err


def test_several_reports_at_once(leaky: Path, tmp_path: Path) -> None:
    targets = [tmp_path / f"r.{suffix}" for suffix in ("json", "jsonl", "csv")]
    options = [option for target in targets for option in ("-o", target)]
    assert scan(leaky, "--no-ner", *options)[0] == 0
    findings = json.loads(targets[0].read_text())["summary"]["findings"]
    lines = [json.loads(line) for line in targets[1].read_text().splitlines()]
    assert sum(len(line["document"]["findings"]) for line in lines if "document" in line) == findings
    assert len(targets[2].read_text().splitlines()) == findings + 1


def test_no_report_holds_a_raw_value_unless_asked(leaky: Path, tmp_path: Path) -> None:
    targets = [tmp_path / f"r.{suffix}" for suffix in ("json", "jsonl", "csv")]
    options = [option for target in targets for option in ("-o", target)]
    _, out, err = scan(leaky, "--no-ner", "-v", *options)
    for text in (out, err, *(target.read_text() for target in targets)):
        assert "219-09-9999" not in text
    scan(leaky, "--no-ner", "--show-values", *options)
    for target in targets:
        assert "219-09-9999" in target.read_text()


def test_quiet_prints_nothing(leaky: Path) -> None:
    assert scan(leaky, "--no-ner", "--quiet") == (0, "", "")


def test_verbose_tells_how_the_scan_is_done(leaky: Path) -> None:
    assert "scanning with inline (as --inline says)" in scan(leaky, "--no-ner", "-v")[2]


def test_entities_are_restricted(leaky: Path) -> None:
    (leaky / "mail.txt").write_text("write to info@example.com\n")
    _, out, _ = scan(leaky, "--no-ner", "--entities", "EMAIL_ADDRESS", "-f", "json")
    assert set(json.loads(out)["summary"]["by_entity_type"]) == {"EMAIL_ADDRESS"}


def test_names_are_found_by_the_model(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Yesterday Maria Gonzales called from Chicago about her invoice.\n")
    _, out, _ = scan(tmp_path, "-f", "json")
    assert {"PERSON", "LOCATION"} <= set(json.loads(out)["summary"]["by_entity_type"])


def test_an_own_policy_applies(leaky: Path, tmp_path: Path) -> None:
    pack = tmp_path / "house.yaml"
    pack.write_text(
        "framework: HOUSE\ntitle: House rules\nversion: '1'\nsource: Handbook\nrules:\n"
        "  - id: HOUSE_001\n    name: No numbers\n    citation: Handbook 1\n    entity_types: [US_SSN]\n"
        "    severity: HIGH\n    action: BLOCK\n    message: Ask first\n"
    )
    _, out, _ = scan(leaky, "--no-ner", "--policy", pack, "-f", "json")
    assert json.loads(out)["summary"]["by_framework"]["HOUSE"]["documents_in_violation"] == 1


def test_a_rule_that_blocks_fails_the_scan_unless_told_otherwise(tmp_path: Path) -> None:
    card = tmp_path / "card.txt"
    card.write_text("Card 4111 1111 1111 1111\n")
    pack = tmp_path / "house.yaml"
    pack.write_text("framework: HOUSE\nextends: PCI_DSS\nversion: '1'\nchange:\n  PCI_DSS_001:\n    action: BLOCK\n")
    blocking = (card, "--no-ner", "--policy", pack)
    code, out, _ = scan(*blocking)
    assert code == 1
    assert "BLOCKED: 1 document breaks a rule that blocks" in out
    assert scan(*blocking, "--no-block")[0] == 0
    assert scan(*blocking, "--no-block", "--fail-on", "critical")[0] == 1
    assert scan(card, "--no-ner")[0] == 0, "no built-in rule blocks"


def test_an_exception_that_has_ended_is_told(leaky: Path, tmp_path: Path) -> None:
    pack = tmp_path / "house.yaml"
    pack.write_text(
        "framework: HOUSE\nextends: HIPAA\nversion: '1'\nchange:\n  HIPAA_008:\n"
        "    except: [{paths: ['*'], reason: Old, until: 2020-01-01}]\n"
    )
    _, out, err = scan(leaky, "--no-ner", "--policy", pack, "-f", "json")
    told = f"{pack}:6: change.HIPAA_008.except[0].until: the exception ended on 2020-01-01 (Old)"
    assert told in err
    report = json.loads(out)
    house = next(one for one in report["run"]["policies"] if one["framework"] == "HOUSE")
    assert house["warnings"][0].startswith(told)
    assert report["summary"]["by_framework"]["HOUSE"]["documents_by_rule"]["HIPAA_008"] == 1


def test_examples_make_a_good_first_report() -> None:
    code, out, _ = scan(EXAMPLES)
    assert code == 0
    for heading in ("Severity", "Entity type", "Worst documents", "Violations by framework", "Most severe findings"):
        assert heading in out
    for framework in ("HIPAA", "GDPR", "PCI_DSS"):
        assert framework in out


def test_policies_list_show_and_validate(tmp_path: Path) -> None:
    runner = CliRunner()
    listed = runner.invoke(app, ["policies", "list"]).stdout
    assert all(name in listed for name in ("HIPAA", "GDPR", "PCI_DSS"))
    shown = runner.invoke(app, ["policies", "show", "HIPAA_001"]).stdout
    assert "45 CFR 164.514" in shown
    broken = tmp_path / "broken.yaml"
    broken.write_text("framework: X\n")
    result = runner.invoke(app, ["policies", "validate", str(broken)])
    assert result.exit_code == 2
    assert f"{broken}:1:" in result.stdout + result.stderr


def test_entities_lists_what_can_be_found() -> None:
    listed = CliRunner().invoke(app, ["entities"]).stdout
    assert all(name in listed for name in ("US_SSN", "PERSON", "PROMPT_INJECTION"))


def test_doctor_finds_everything_there() -> None:
    result = CliRunner().invoke(app, ["doctor"])
    assert "PROBLEM" not in result.stdout
    assert result.exit_code == 0
