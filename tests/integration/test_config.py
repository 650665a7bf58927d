"""`guardrails config` and `guardrails init`, and a scan that a file decides on."""

import json
from pathlib import Path

from tests.integration.support import ROOT, SSN_TEXT, guardrails


def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text(SSN_TEXT)
    (tmp_path / "docs" / "b.tmp").write_text(SSN_TEXT)
    (tmp_path / "guardrails.yaml").write_text("profile: fast\nexclude: ['*.tmp']\nbroker: redis://one.example.com\n")
    (tmp_path / "guardrails.yaml").chmod(0o644)
    return tmp_path


def test_a_scan_takes_options_from_the_file_and_says_so(tmp_path: Path) -> None:
    home = project(tmp_path)
    ran = guardrails("scan", str(home / "docs"), "--format", "json")
    assert [one["path"] for one in ran.report["documents"]] == [str(home / "docs" / "a.txt")]
    assert ran.report["run"]["options"]["profile"] == "fast"
    assert f"guardrails: options from {home}/guardrails.yaml; --isolated does without" in ran.err
    assert f"guardrails: {home}/guardrails.yaml:3: broker is not taken from a file that was only found" in ran.err


def test_a_fault_in_the_file_ends_the_scan_before_it_begins(tmp_path: Path) -> None:
    home = project(tmp_path)
    (home / "guardrails.yaml").write_text("profile: fast\nmin-scor: 1\n")
    ran = guardrails("scan", "docs", cwd=home)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"guardrails: {home}/guardrails.yaml:2: configuration: unknown key 'min-scor'; did you mean 'min-score'?\n"
    )


def test_show_prints_values_with_their_origin_and_no_secret(tmp_path: Path) -> None:
    home = project(tmp_path)
    ran = guardrails(
        "config", "show", "docs", "--json", cwd=home, GUARDRAILS_PASSWORD="correct horse",
        GUARDRAILS_BROKER_URL="redis://:geheim@one.example.com",
    )  # fmt: skip
    shown = json.loads(ran.out)
    assert shown["profile"] == {"value": "fast", "origin": "guardrails.yaml:1"}
    assert shown["password"] == {"value": "***", "origin": "GUARDRAILS_PASSWORD"}
    assert shown["quiet"] == {"value": False, "origin": "default"}
    assert "geheim" not in ran.out
    lines = guardrails("config", "show", "docs", cwd=home, COLUMNS="100").out.splitlines()
    assert any(line.split() == ["exclude", "*.tmp", "guardrails.yaml:2"] for line in lines)


def test_path_and_schema(tmp_path: Path) -> None:
    home = project(tmp_path)
    ran = guardrails("config", "path", "docs", cwd=home, XDG_CONFIG_HOME=str(tmp_path / "user"))
    assert ran.out == (f"found  {home}/guardrails.yaml\nuser   none ({tmp_path}/user/guardrails/config.yaml)\n")
    schema = (ROOT / "guardrails_cli" / "core" / "schemas" / "config.schema.json").read_text(encoding="utf-8")
    assert guardrails("config", "schema").out == schema


def test_init_writes_once(tmp_path: Path) -> None:
    (tmp_path / "main.py").touch()
    assert guardrails("init", str(tmp_path), "--print").out.startswith("# Options of `guardrails scan`")
    assert not (tmp_path / "guardrails.yaml").exists()
    assert guardrails("init", cwd=tmp_path).code == 0
    (tmp_path / "guardrails.yaml").write_text("hidden: true\n")
    ran = guardrails("init", cwd=tmp_path)
    assert (ran.code, ran.err) == (2, "guardrails: guardrails.yaml is there already; --force replaces it\n")
    assert (tmp_path / "guardrails.yaml").read_text() == "hidden: true\n"
    assert guardrails("init", "--force", cwd=tmp_path).code == 0
    assert "profile: fast" in (tmp_path / "guardrails.yaml").read_text()
