"""`guardrails init` fits what lies in the folder, and what it writes is valid."""

import os
from pathlib import Path

import yaml

from guardrails_cli.cli.settings_schema import settings
from guardrails_cli.options.config_file import read
from guardrails_cli.options.starter import look, starter


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def values(folder: Path) -> dict[str, object]:
    (folder / "guardrails.yaml").write_text(starter(look(folder)), encoding="utf-8")
    return dict(read(folder / "guardrails.yaml", settings()).values)


def test_a_repository_of_code_is_scanned_fast_and_for_secrets(tmp_path: Path) -> None:
    fill(tmp_path, ".git/HEAD", "src/a.py", "src/b.py", "web/c.ts", "README.md", "node_modules/x/y.js", ".env")
    assert values(tmp_path) == {
        "profile": "fast", "frameworks": "SECRETS", "exclude": ["node_modules/"], "hidden": True, "fail-on": "critical",
    }  # fmt: skip


def test_a_share_of_documents_is_checked_for_what_its_names_point_to(tmp_path: Path) -> None:
    fill(tmp_path, "patients/a.pdf", "loans/b.xlsx", "c.docx")
    text = starter(look(tmp_path))
    assert values(tmp_path) == {"profile": "balanced", "frameworks": "HIPAA,GDPR,PCI_DSS,SECRETS,GLBA"}
    assert "HIPAA: there is patients" in text
    assert "GLBA: there is loans" in text


def test_every_comment_that_can_be_uncommented_is_valid(tmp_path: Path) -> None:
    lines = starter(look(fill(tmp_path, "a.txt"))).splitlines()
    keys = (*settings(), "audits")
    plain = [line.removeprefix("# ") if _is_option(line, keys) else line for line in lines]
    (tmp_path / "all.yaml").write_text("\n".join(plain), encoding="utf-8")
    config = read(tmp_path / "all.yaml", settings())
    assert {"country", "exclude-entities", "min-score", "max-size", "policy", "recognizers"} <= config.values.keys()
    assert config.audits["nightly"]["crontab"] == "30 2 * * *"


def _is_option(line: str, keys: tuple[str, ...]) -> bool:
    return line.startswith("#   ") or line[2:].partition(":")[0] in keys


def test_hostile_names_stay_in_their_comment(tmp_path: Path) -> None:
    fill(tmp_path, "patient\nexclude: ['*']\n#.txt", "order\x1b[2J\u2028x.csv", os.fsdecode(b"card\xff.a\nb"))
    text = starter(look(tmp_path))
    assert yaml.safe_load(text).keys() == {"profile", "frameworks"}
    assert "\x1b" not in text
    text.encode()
