"""The code of each reason that reading can give, and what status it leads to."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from guardrails_cli.core.reasons import ReasonCode
from guardrails_cli.core.record import Status
from tests.formats.support import FORMATS_DATA, scanned


def in_zip(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


ZIP = in_zip(a=in_zip(b=in_zip(c=b"text")))
STORED = (FORMATS_DATA / "letter.pdf").read_bytes()


@pytest.mark.parametrize(
    ("data", "limits", "code", "status"),
    [
        (b"\x7fELF\x02\x01\x01\0\0", {}, ReasonCode.BINARY, Status.SKIPPED),
        (b"x" * 100, {"max_bytes": 10}, ReasonCode.TOO_LARGE, Status.SKIPPED),
        (ZIP, {"depth": 1}, ReasonCode.TOO_DEEP, Status.SKIPPED),
        (in_zip(a=b"a", b=b"b"), {"members": 1}, ReasonCode.TOO_MANY_MEMBERS, Status.FAILED),
        (gzip.compress(b"x" * 3_000_000), {"expanded_bytes": 2_000_000}, ReasonCode.TOO_MUCH_UNPACKED, Status.FAILED),
        (gzip.compress(b"0" * 30_000_000), {"ratio": 2}, ReasonCode.RATIO, Status.FAILED),
        (STORED[:200], {}, ReasonCode.DAMAGED, Status.FAILED),
        ((FORMATS_DATA / "encrypted.pdf").read_bytes(), {}, ReasonCode.ENCRYPTED, Status.SKIPPED),
        ((FORMATS_DATA / "encrypted.7z").read_bytes(), {}, ReasonCode.ENCRYPTED, Status.SKIPPED),
    ],
)
def test_what_is_not_read_has_a_code_and_its_status(
    tmp_path: Path, data: bytes, limits: dict[str, Any], code: ReasonCode, status: Status
) -> None:
    (tmp_path / "file").write_bytes(data)
    found = {(one.reason_code, one.status) for one in scanned(tmp_path / "file", **limits) if one.reason is not None}
    assert (code, status) in found


@pytest.mark.parametrize("path", sorted(FORMATS_DATA.iterdir()), ids=lambda path: path.name)
def test_a_reason_and_its_code_come_together_and_skipped_means_skipped(path: Path) -> None:
    for record in scanned(path):
        assert (record.reason is None) == (record.reason_code is None), json.dumps(record.path)
        if record.status is Status.SKIPPED:
            assert record.reason_code is not None
            assert record.reason_code.means == "skipped", record.reason_code
