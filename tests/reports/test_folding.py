"""Groups in the logs of CI systems."""

import io
import re

from guardrails_cli.reports.folding import folded


def written(**environment: str) -> str:
    stream = io.StringIO()
    with folded(stream, "Title", environment):
        stream.write("::error::from a file's name\n")
    return stream.getvalue()


def test_elsewhere_nothing_is_added() -> None:
    assert written() == written(GITHUB_ACTIONS="false") == "::error::from a file's name\n"


def test_github_folds_and_takes_no_commands_meanwhile() -> None:
    text = written(GITHUB_ACTIONS="true")
    match = re.fullmatch(
        r"::group::Title\n::stop-commands::(\w{32})\n::error::from a file's name\n::(\w{32})::\n::endgroup::\n", text
    )
    assert match is not None
    assert match[1] == match[2]
    assert written(GITHUB_ACTIONS="true") != text


def test_gitlab_folds() -> None:
    match = re.fullmatch(
        r"\x1b\[0Ksection_start:(\d+):(\w+)\[collapsed=true\]\r\x1b\[0KTitle\n.*\n"
        r"\x1b\[0Ksection_end:(\d+):(\w+)\r\x1b\[0K\n",
        written(GITLAB_CI="true"),
    )
    assert match is not None
    assert match[1] <= match[3]
    assert match[2] == match[4]
