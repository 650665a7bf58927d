import contextlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.reports.report import Output


def write(path: Path, data: bytes = b"new") -> None:
    with Output(path) as out:
        out.stream.write(data)
        out.commit()


def test_a_report_is_in_its_place_when_it_is_complete(tmp_path: Path) -> None:
    write(tmp_path / "report.json")
    assert (tmp_path / "report.json").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_report_is_readable_by_the_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write(tmp_path / "report.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o600


def test_an_old_report_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"an old and longer report")
    write(path)
    assert path.read_bytes() == b"new"


def test_nothing_is_in_the_place_before_the_report_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"old")
    with Output(path) as out:
        out.stream.write(b"half of")
        out.stream.flush()
        assert path.read_bytes() == b"old"
        out.stream.write(b" a report")
        out.commit()
    assert path.read_bytes() == b"half of a report"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), Output(tmp_path / "report.json") as out:
        out.stream.write(b"half of a report")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_the_old_report(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), Output(path) as out:
        out.stream.write(b"half of a report")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_is_not_committed_leaves_nothing_behind(tmp_path: Path) -> None:
    with Output(tmp_path / "report.json") as out:
        out.stream.write(b"half of a report")
    assert list(tmp_path.iterdir()) == []


def test_an_output_names_the_files_that_it_makes(tmp_path: Path) -> None:
    with Output(tmp_path / "report.json") as out:
        assert set(tmp_path.iterdir()) < set(out.files)
        assert tmp_path / "report.json" in out.files


def test_two_outputs_to_one_folder_do_not_meet(tmp_path: Path) -> None:
    with Output(tmp_path / "a") as one, Output(tmp_path / "b") as other:
        one.stream.write(b"one")
        other.stream.write(b"other")
        other.commit()
        one.commit()
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"one", b"other")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/report.json", "No such file or directory"),
        ("file/report.json", "Not a directory"),
        ("folder", "it is a directory"),
    ],
)
def test_a_place_where_no_report_can_be_is_refused_before_the_scan(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError) as caught:
        Output(tmp_path / name)
    assert str(caught.value) == f"cannot write the report {tmp_path / name}: {words}"


@pytest.mark.usefixtures("permissions_count")
def test_a_folder_that_may_not_be_written_is_refused_before_the_scan(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="Permission denied"):
            Output(tmp_path / "report.json")
    finally:
        tmp_path.chmod(0o700)


def test_a_name_of_the_greatest_length_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".json")
    write(path)
    assert path.read_bytes() == b"new"


def test_a_special_file_is_written_to_or_refused_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with contextlib.suppress(ConfigError):
            write(pipe)
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_points_at_is_replaced(tmp_path: Path, there: bool) -> None:
    link, target = tmp_path / "link.json", tmp_path / "folder" / "report.json"
    target.parent.mkdir()
    link.symlink_to("folder/report.json")
    if there:
        target.write_bytes(b"old")
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert [path.name for path in target.parent.iterdir()] == ["report.json"]


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigError, match="cannot write the report"):
        Output(tmp_path / "loop")


def test_a_pipe_gets_the_report(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(tmp_path / "pipe")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)


def test_a_device_is_written_to() -> None:
    write(Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


def test_a_full_device_is_an_error_at_the_end() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    with pytest.raises(OSError, match="No space left"):
        write(Path("/dev/full"))


@pytest.mark.parametrize("name", ["/dev/stdout", "out.json"])
def test_the_file_of_standard_output_is_written_to_and_not_replaced(tmp_path: Path, name: str) -> None:
    script = (
        "import sys; from pathlib import Path; from guardrails_cli.reports.report import Output\n"
        "print('before', flush=True)\n"
        f"with Output(Path({name!r})) as out:\n"
        "    out.stream.write(b'new\\n'); out.commit()\n"
        "print('after')"
    )
    with (tmp_path / "out.json").open("wb") as stdout:
        subprocess.run([sys.executable, "-c", script], cwd=tmp_path, stdout=stdout, check=True)
    assert (tmp_path / "out.json").read_text() == "before\nnew\nafter\n"


def test_without_a_path_a_report_goes_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with Output(None) as out:
        assert out.files == []
        out.stream.write(b"new")
        out.commit()
    assert capfdbinary.readouterr().out == b"new"
    assert not sys.stdout.closed
