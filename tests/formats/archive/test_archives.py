"""Archives made by other programs (Info-ZIP, 7-Zip, GNU tar, bsdtar, zstd, dpkg), and what is said of their members."""

import gzip
import io
import os
import struct
import tarfile
import warnings
import zipfile
from pathlib import Path
from typing import Literal

import pytest

from tests.formats.support import FORMATS_DATA, findings_of, records_of, scanned

SSN = "Her social security number is 219-09-9999.\n"
LETTER, EMPTY, PEOPLE = "letters/für Zoë.txt", "letters/empty.txt", "people.csv"


@pytest.mark.parametrize("name", ["archive.zip", "archive.7z", "archive.tar", "archive.tar.gz", "archive.tar.zst"])
def test_each_member_is_a_document_of_its_own(name: str) -> None:
    path = FORMATS_DATA / name
    assert findings_of(path) == [
        (f"{name}!{LETTER}", "US_SSN", "2:31"),
        (f"{name}!{PEOPLE}", "US_SSN", "row 2, column ssn"),
    ]
    assert records_of(path) == {
        f"{name}!{LETTER}": "findings",
        f"{name}!{PEOPLE}": "findings",
        f"{name}!{EMPTY}": "clean",
        name: "clean",
    }
    archive = scanned(path)[-1]
    assert (archive.path, archive.members) == (name, 3)
    assert archive.sha256


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zst"])
def test_a_compressed_file_holds_one_document_with_its_name_without_the_suffix(suffix: str) -> None:
    name = f"letter.txt.{suffix}"
    assert findings_of(FORMATS_DATA / name) == [(f"{name}!letter.txt", "US_SSN", "2:31")]


def test_a_compressed_file_without_a_suffix_is_named_by_its_header() -> None:
    assert findings_of(FORMATS_DATA / "named-by-gzip") == [("named-by-gzip!people.csv", "US_SSN", "row 2, column ssn")]


def test_a_debian_package_is_read_to_its_files() -> None:
    assert findings_of(FORMATS_DATA / "package.deb") == [
        ("package.deb!control.tar.xz!./control", "EMAIL_ADDRESS", "4:20"),
        ("package.deb!data.tar.xz!./usr/share/doc/x/people.csv", "US_SSN", "row 2, column ssn"),
    ]


@pytest.mark.parametrize("name", ["encrypted.zip", "encrypted-aes.zip", "encrypted.7z"])
def test_encrypted_members_are_skipped_and_read_with_the_password(name: str) -> None:
    path = FORMATS_DATA / name
    for passwords in ((), ("wrong",)):
        assert records_of(path, passwords=passwords)[f"{name}!{PEOPLE}"] == "encrypted"
        assert findings_of(path, passwords=passwords) == []
    assert findings_of(path, passwords=("wrong", "secret")) == findings_of_plain(name)


def findings_of_plain(name: str) -> list[tuple[str, str, str]]:
    return [(path.replace("archive.zip", name), *rest) for path, *rest in findings_of(FORMATS_DATA / "archive.zip")]  # type: ignore[misc]


def test_an_archive_with_encrypted_names_is_one_skipped_document() -> None:
    path = FORMATS_DATA / "encrypted-names.7z"
    assert records_of(path) == {"encrypted-names.7z": "encrypted"}
    assert findings_of(path, passwords=("secret",)) == [
        ("encrypted-names.7z!people.csv", "US_SSN", "row 2, column ssn")
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_archive_may_use_any_common_method(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("a.txt", SSN * 10)
    assert [place for _, _, place in findings_of(tmp_path / "a.zip")] == [f"{line}:31" for line in range(1, 11)]


def test_a_zip_archive_written_as_a_stream_is_read(tmp_path: Path) -> None:
    """Sizes are behind the data then, and zip64 though nothing is large."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with (
        zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.txt", "w", force_zip64=True) as to,
    ):
        to.write(SSN.encode())
    (tmp_path / "a.zip").write_bytes(pipe.data)
    assert findings_of(tmp_path / "a.zip") == [("a.zip!a.txt", "US_SSN", "1:31")]
    (tmp_path / "cut.zip").write_bytes(pipe.data[:-30])
    assert findings_of(tmp_path / "cut.zip") == [("cut.zip!a.txt", "US_SSN", "1:31")]


def test_a_zip_archive_behind_a_program_is_told_by_its_begin_alone(tmp_path: Path) -> None:
    """Something small in front is no program, and offsets are off by it."""
    data = (FORMATS_DATA / "archive.zip").read_bytes()
    shifted = io.BytesIO(data)
    with zipfile.ZipFile(shifted, "a") as archive:
        archive.writestr("late.txt", SSN)
    prefixed = b"PK\x03\x04 is how it begins" + shifted.getvalue()
    (tmp_path / "a.zip").write_bytes(prefixed)
    assert ("a.zip!late.txt", "US_SSN", "1:31") in findings_of(tmp_path / "a.zip")


def test_members_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        warnings.simplefilter("ignore")
        for name in ("a.txt", "a.txt (2)", "a.txt", "a.txt"):
            archive.writestr(name, SSN)
    assert list(records_of(tmp_path / "a.zip")) == [
        "a.zip!a.txt",
        "a.zip!a.txt (2)",
        "a.zip!a.txt (3)",
        "a.zip!a.txt (4)",
        "a.zip",
    ]


def test_archives_in_archives_are_read_with_all_names_in_the_path(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:xz") as tar:
        info = tarfile.TarInfo("b/c.csv")
        info.size = 23
        tar.addfile(info, io.BytesIO(b"id,ssn\n1,219-09-9999\n\n\n"))
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("in/a.tar.xz", inner.getvalue())
        archive.writestr("in/b.txt.gz", gzip.compress(SSN.encode()))
    assert findings_of(tmp_path / "outer.zip") == [
        ("outer.zip!in/a.tar.xz!b/c.csv", "US_SSN", "row 2, column ssn"),
        ("outer.zip!in/b.txt.gz!b.txt", "US_SSN", "1:31"),
    ]


def test_a_nested_zip_archive_that_is_too_large_to_hold_is_read_in_order(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("noise.bin", b"\x7fELF\0" + os.urandom(65 * 1024 * 1024))
        archive.writestr("a.txt", SSN)
    with zipfile.ZipFile(tmp_path / "o.zip", "w") as archive:
        archive.writestr("i.zip", inner.getvalue())
    assert records_of(tmp_path / "o.zip") == {
        "o.zip!i.zip!noise.bin": "binary file (ELF program)",
        "o.zip!i.zip!a.txt": "findings",
        "o.zip!i.zip": "clean",
        "o.zip": "clean",
    }


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_archives_may_have_any_format_and_no_suffix(tmp_path: Path, form: int) -> None:
    name = "a" * 90 + "/" + "b" * 60
    with tarfile.open(tmp_path / "x", "w", format=form) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(SSN)
        archive.addfile(info, io.BytesIO(SSN.encode()))
    assert findings_of(tmp_path / "x") == [(f"x!{name}", "US_SSN", "1:31")]


def test_a_sparse_file_in_a_tar_archive_is_read_with_its_holes(tmp_path: Path) -> None:
    """Old GNU format: a member of 1,024 bytes of which the second half is kept."""
    text = SSN.encode().ljust(512, b" ")
    info = tarfile.TarInfo("a.txt")
    info.size = 512
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = b"S"
    header[386:410] = b"%011o\0%011o\0" % (512, 512)
    header[483:495] = b"%011o\0" % 1024
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "a.tar").write_bytes(bytes(header) + text + bytes(1024))
    assert records_of(tmp_path / "a.tar") == {"a.tar!a.txt": "findings", "a.tar": "clean"}


@pytest.mark.parametrize("mode", ["w", pytest.param("w:gz", marks=pytest.mark.slow)])
def test_members_of_many_megabytes_are_read_to_their_end(tmp_path: Path, mode: Literal["w", "w:gz"]) -> None:
    with tarfile.open(tmp_path / "a.tar", mode) as archive:
        for name in ("a.txt", "b.txt"):
            data = b"nothing to be seen here\n" * 400_000 + SSN.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert findings_of(tmp_path / "a.tar") == [
        ("a.tar!a.txt", "US_SSN", "400001:31"),
        ("a.tar!b.txt", "US_SSN", "400001:31"),
    ]


def test_tar_archives_one_after_the_other_are_all_read(tmp_path: Path) -> None:
    data = (FORMATS_DATA / "archive.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(data + data)
    assert len(findings_of(tmp_path / "a.tar")) == 4


def test_gzip_members_one_after_the_other_are_one_document(tmp_path: Path) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(SSN.encode()) + gzip.compress(SSN.encode()) + bytes(100))
    assert findings_of(tmp_path / "a.log.gz") == [
        ("a.log.gz!a.log", "US_SSN", "1:31"),
        ("a.log.gz!a.log", "US_SSN", "2:31"),
    ]


def test_what_a_file_is_outranks_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes((FORMATS_DATA / "archive.7z").read_bytes())
    (tmp_path / "b.zip").write_text(SSN)
    assert len(findings_of(tmp_path / "a.txt")) == 2
    assert findings_of(tmp_path / "b.zip") == [("b.zip", "US_SSN", "1:31")]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.rar", b"Rar!\x1a\x07\x01\0" + bytes(range(256)), "binary file (RAR archive)"),
        ("a.cab", b"MSCF\0\0\0\0" + bytes(range(256)), "binary file (Cabinet archive)"),
        ("a.rpm", b"\xed\xab\xee\xdb\3\0" + bytes(range(256)), "binary file (RPM package)"),
        ("a.Z", b"\x1f\x9d\x90" + bytes(range(256)), "binary file (compress archive)"),
        ("a.lz4", b"\x04\x22\x4d\x18" + bytes(range(256)), "binary file (LZ4 archive)"),
        ("winmail.dat", struct.pack("<LH", 0x223E9F78, 1) + bytes(range(256)), "binary file (Outlook's winmail.dat)"),
    ],
)
def test_what_cannot_be_unpacked_is_skipped_with_its_name(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert records_of(tmp_path / name) == {name: reason}
