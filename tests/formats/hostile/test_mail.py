"""Mails made to break a reader: bombs of parts, headers without end, broken encodings, damaged containers."""

import io
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails_cli.formats.reader import Blob
from guardrails_cli.inputs.reading.documents import documents
from guardrails_cli.inputs.reading.events import Began, Closed, Refused
from guardrails_cli.options.model import Limits
from tests.formats.support import FORMATS_DATA, findings_of, records_of

SSN = "Her social security number is 219-09-9999.\n"
BASE64 = "Content-Transfer-Encoding: base64\n\n"
HEAD = "From: clerk@example.com\nTo: bob@example.com\nSubject: x\nMIME-Version: 1.0\n"
MIXED = "Content-Type: multipart/mixed; boundary="


def mail(folder: Path, text: str | bytes, name: str = "a.eml") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return folder / name


def test_multiparts_nested_ten_thousand_deep_are_read_to_the_innermost(tmp_path: Path) -> None:
    begin = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(10_000))
    end = "".join(f"--b{n}--\n" for n in reversed(range(10_000)))
    assert ("a.eml", "US_SSN", "body") in findings_of(mail(tmp_path, f"{HEAD}{begin}\n{SSN}{end}"))


@pytest.mark.parametrize(
    ("part", "count"),
    [("--x\n\nx\n", 100_000), (f"--x\n{MIXED}x\n\n", 20_000), ("--x--\n", 100_000)],
)
def test_very_many_parts_take_no_longer_for_being_in_one_mail(part: str, count: int) -> None:
    text = f"{HEAD}Content-Type: multipart/mixed; boundary=x\n\n{part * count}--x\n\n{SSN}"
    begun = time.monotonic()
    events = [event for event in events_of(text.encode()) if isinstance(event, Closed | Refused)]
    assert time.monotonic() - begun < 30
    assert len(events) == 1


def events_of(data: bytes, name: str = "a.eml", **limits: int) -> list[object]:
    return list(documents(Blob(name, io.BytesIO(data), len(data), seekable=True), Limits(**limits)))  # type: ignore[arg-type]


def test_more_attachments_than_allowed_end_the_mail_with_what_came_before(tmp_path: Path) -> None:
    text = f"{HEAD}Content-Type: multipart/mixed; boundary=x\n\n" + "--x\nContent-Type: a/b\n\nx\n" * 50
    records = records_of(mail(tmp_path, text), members=10)
    assert len(records) == 12
    assert records["a.eml!(the rest)"] == "more than 10 members; see --max-members"


def test_an_attachment_larger_than_what_may_be_unpacked_fails(tmp_path: Path) -> None:
    big = "QUFB" * 2_000_000
    text = f"{HEAD}{MIXED}x\n\n--x\nContent-Type: a/b\n{BASE64}{big}\n"
    reason = "more than 1 MiB when unpacked; see --max-expanded"
    records = records_of(mail(tmp_path, text), expanded_bytes=1024**2)
    assert records == {"a.eml": "findings", "a.eml!part 1": reason, "a.eml!(the rest)": reason}


def test_mails_attached_to_each_other_end_at_the_depth(tmp_path: Path) -> None:
    text = f"{HEAD}\n{SSN}"
    for number in range(20):
        part = f"--b{number}\nContent-Type: message/rfc822\n\n{text}\n--b{number}--\n"
        text = f"{HEAD}{MIXED}b{number}\n\n{part}"
    records = records_of(mail(tmp_path, text), depth=3)
    assert records.pop("a.eml" + "!part 1" * 4) == "more than 3 documents inside each other; see --max-depth"
    assert set(records.values()) == {"findings"}


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "X: " + "a" * 3_000_000 + "\n\n" + SSN,
        HEAD + "X: a\n" + " b\n" * 100_000 + "\n" + SSN,
        HEAD + "X: a\n" * 60_000 + "\n" + SSN,
        HEAD + "Subject: " + "=?utf-8?Q?a?= " * 200_000 + "\n\n" + SSN,
        HEAD + "Subject: " + "=?" * 1_000_000 + "\n\n" + SSN,
        HEAD + "Content-Type: text/plain" + ';a="' * 300_000 + "\n\n" + SSN,
        HEAD + "Content-Type: text/plain" + "; name*%d=x" * 100_000 + "\n\n" + SSN,
        HEAD + "\n" + "--" * 2_000_000 + "\n" + SSN,
        HEAD + "\n" + "--\n" * 500_000 + SSN,
        HEAD + "Content-Transfer-Encoding: base64\n\n" + "=" * 2_000_000 + "\n",
        HEAD + "Content-Transfer-Encoding: quoted-printable\n\n" + "=\n" * 300_000 + SSN,
    ],
    ids=range(11),
)
def test_headers_and_bodies_without_end_are_read_in_time(tmp_path: Path, text: str) -> None:
    begun = time.monotonic()
    events = events_of(text.encode())
    assert time.monotonic() - begun < 20
    assert [type(event) for event in events if isinstance(event, Closed | Refused)] == [Closed]


@pytest.mark.parametrize(
    "body",
    ["\0" * 100 + "\n", "\udcff\ud800\n", "\u200b\u202e\ufeff\n", "\r\n" * 5, "\x1b[31m\n"],
)
def test_odd_characters_leave_lines_and_columns_right(tmp_path: Path, body: str) -> None:
    found = findings_of(mail(tmp_path, f"{HEAD}\n{body}{SSN}"))
    assert found[-1] == ("a.eml", "US_SSN", "body")


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: \n",
        "Content-Type: ;;;=\n",
        "Content-Type: multipart/; boundary==\n",
        "Content-Type: text/plain; charset*=x'y\n",
        "Content-Disposition: attachment; filename*=utf-8''%ff%fe\n",
        'Content-Type: text/plain; charset="\0"\n',
        ":\n",
        "\x00\n",
    ],
)
def test_broken_headers_hide_nothing(tmp_path: Path, head: str) -> None:
    found = findings_of(mail(tmp_path, f"{HEAD}{head}\n{SSN}"))
    assert "US_SSN" in {kind for _, kind, _ in found}


@pytest.mark.parametrize("name", ["letter.eml", "box.mbox"])
def test_a_mail_cut_off_anywhere_tells_what_comes_before(tmp_path: Path, name: str) -> None:
    data = (FORMATS_DATA / name).read_bytes()
    for length in range(600, len(data), 300):
        found = findings_of(mail(tmp_path, data[:length], name))
        assert ("US_SSN", "subject") in {(kind, place) for _, kind, place in found}


def test_an_outlook_message_cut_off_anywhere_is_damaged(tmp_path: Path) -> None:
    data = (FORMATS_DATA / "letter.msg").read_bytes()
    for length in range(520, len(data) - 512, 700):
        assert any(
            reason.startswith(("damaged", "binary file"))
            for reason in records_of(mail(tmp_path, data[:length], "a.msg")).values()
        ), length


@pytest.mark.parametrize("name", ["letter.eml", "box.mbox", "letter.msg"])
@settings(max_examples=60, deadline=5000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(edits=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=12))
def test_whatever_is_changed_in_a_mail_each_document_has_one_record(name: str, edits: list[tuple[int, int]]) -> None:
    data = bytearray((FORMATS_DATA / name).read_bytes())
    for place, byte in edits:
        data[place % len(data)] = byte
    events = events_of(bytes(data), name)
    begun = [event.number for event in events if isinstance(event, Began)]
    ended = [event.number for event in events if isinstance(event, Closed | Refused)]
    assert sorted(begun) == sorted(ended)
