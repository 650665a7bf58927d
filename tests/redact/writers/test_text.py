"""Copies of text keep every byte that is not replaced."""

from pathlib import Path

import pytest

from guardrails_cli.core.record import Status
from tests.redact.support import SSN, Redacting


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "first\rssn {0}\rlast\r"),
        ("a.csv", "name,ssn\rHarriet Oyelaran,{0}\r"),
        ("a.json", '{{\r "a": "x\\u0041",\r "ssn": "{0}"\r}}\r'),
        ("a.xml", "<a>\r <b>&amp;</b>\r <ssn>{0}</ssn>\r</a>\r"),
        ("a.log", "\0" * 4000 + "one\nssn {0}\n"),
    ],
)
def test_lone_carriage_returns_and_nuls_stay(tmp_path: Path, name: str, content: str) -> None:
    place, target = tmp_path / name, tmp_path / "copies" / name
    place.write_bytes(content.format(SSN).encode())
    with (redacting := Redacting()).stack:
        assert redacting.copy(place, target, "mask").status is Status.FINDINGS
    before, _, after = content.format("|").encode().partition(b"|")
    copied = target.read_bytes()
    assert copied.startswith(before.split(b"Harriet")[0])
    assert copied.endswith(after)
    assert SSN.encode() not in copied
