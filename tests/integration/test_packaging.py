"""The installed package, also where the working directory holds modules of the same names."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.support import PATIENCE, ROOT, SSN_TEXT

PIP = [getattr(sys, "_base_executable", sys.executable), "-m", "pip"]
"""Command of pip in the interpreter below this environment, which need not have a pip of its own."""


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=cwd, env=clean, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = run(*PIP, "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel installed, which borrows its dependencies from this one: its `bin`."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    done = run(*PIP, "--python", home / "bin" / "python", "install", "-q", "--no-deps", wheel)
    assert done.returncode == 0, done.stderr
    site = next((home / "lib").glob("python*")) / "site-packages"
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return home / "bin"


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Path]:
    """A working directory whose own modules have the names of ours and of our libraries."""
    for name in ("tasks", "celery", "redis", "yaml", "rich", "typer", "guardrails_cli", "json", "spacy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "hipaa.yaml").write_text("not: a pack\n")
    (tmp_path / "form.txt").write_text(SSN_TEXT)
    yield tmp_path


@pytest.mark.slow
def test_the_wheel_holds_one_package_with_everything_in_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"guardrails_cli"}
    sources = {path.relative_to(ROOT / "guardrails_cli") for path in (ROOT / "guardrails_cli").rglob("*.py")}
    expected = {f"guardrails_cli/{path.as_posix()}" for path in sources}
    expected |= {f"guardrails_cli/tasks/{path.name}" for path in (ROOT / "tasks").glob("*.py")}
    expected |= {f"guardrails_cli/_policies/{path.name}" for path in (ROOT / "policies").iterdir()}
    expected |= {
        f"guardrails_cli/core/schemas/{path.name}" for path in (ROOT / "guardrails_cli/core/schemas").iterdir()
    }
    assert expected <= set(names)


@pytest.mark.slow
@pytest.mark.parametrize("way", [["guardrails"], ["python", "-m", "guardrails_cli"]])
@pytest.mark.parametrize("mode", [["--inline"], ["--jobs", "1"]])
def test_the_installed_program_works_in_a_hostile_directory(
    installed: Path, hostile: Path, way: list[str], mode: list[str]
) -> None:
    if way[0] == "python":  # `-m` looks into the working directory first, for the module itself too
        (hostile / "guardrails_cli.py").unlink()
    done = run(installed / way[0], *way[1:], "scan", "form.txt", "--no-ner", *mode, cwd=hostile)
    assert done.returncode == 0, done.stderr
    assert "US_SSN" in done.stdout
    assert "HIPAA_008" in done.stdout


@pytest.mark.slow
def test_celery_finds_the_tasks_by_the_installed_name(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("raise SystemExit('the wrong module')\n")
    done = run(installed / "python", "-m", "celery", "-A", "guardrails_cli.tasks", "report", cwd=tmp_path)
    assert "task_routes" in done.stdout, done.stderr


def test_celery_finds_the_tasks_by_the_short_name_in_a_checkout() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "tasks", "report"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=PATIENCE,
        check=False,
    )
    assert "detect_pii_async" in done.stdout, done.stderr
