"""Archives made to break, bloat or mislead a reader: what becomes of each, and the option that limits it."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails_cli.formats.reader import Blob
from guardrails_cli.inputs.reading.documents import documents
from guardrails_cli.inputs.reading.events import Began, Closed, Refused
from guardrails_cli.options.model import Limits
from tests.formats.hostile.zips import Member, archive, central, deflated, end, local, overlapping, stored
from tests.formats.support import FORMATS_DATA, findings_of, records_of

SSN = "Her social security number is 219-09-9999.\n"
MIB = 1024 * 1024
RATIO = "expands to more than 100 times its size; see --max-ratio"
EXPANDED = "more than 4 MiB when unpacked; see --max-expanded"
DIRECTORY = "damaged: its directory is missing or broken"
ARCHIVES = [
    "archive.zip", "archive.7z", "archive.tar", "archive.tar.gz", "archive.tar.zst", "letter.txt.gz", "letter.txt.bz2",
    "letter.txt.xz", "letter.txt.zst", "package.deb", "encrypted.zip", "encrypted-aes.zip", "encrypted.7z",
    "encrypted-names.7z",
]  # fmt: skip


def written(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def test_a_flat_bomb_fails_at_the_ratio_and_what_is_beside_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "a.zip", archive(deflated("bomb", bytes(20 * MIB)), stored("a.txt", SSN)))
    assert records_of(path, ratio=100) == {"a.zip!bomb": "binary file", "a.zip!a.txt": "findings", "a.zip": "clean"}
    path = written(tmp_path, "b.zip", archive(deflated("bomb", b" " * 20 * MIB), stored("a.txt", SSN)))
    assert records_of(path, ratio=100) == {"b.zip!bomb": RATIO, "b.zip!a.txt": "findings", "b.zip": "clean"}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_bomb_fails_at_the_ratio(tmp_path: Path, pack: object) -> None:
    path = written(tmp_path, "a", pack(b" " * 20 * MIB))  # type: ignore[operator]
    assert records_of(path, ratio=100) == {"a!content": RATIO, "a": "clean"}


def test_a_bomb_in_a_compressed_tar_archive_fails_it_even_where_it_is_not_read(tmp_path: Path) -> None:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as to:
        for name, data in (("a.txt", SSN.encode()), ("bomb", bytes(20 * MIB)), ("b.txt", SSN.encode())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            to.addfile(info, io.BytesIO(data))
    path = written(tmp_path, "a.tgz", tar.getvalue())
    assert records_of(path, ratio=100) == {"a.tgz!a.txt": "findings", "a.tgz!bomb": "binary file", "a.tgz": RATIO}


def test_little_data_may_have_any_ratio(tmp_path: Path) -> None:
    path = written(tmp_path, "a.zip", archive(deflated("a.txt", b" " * (MIB - 100) + SSN.encode())))
    assert records_of(path, ratio=1) == {"a.zip!a.txt": "findings", "a.zip": "clean"}


def test_a_nested_bomb_fails_at_what_may_be_unpacked_of_one_file_in_all(tmp_path: Path) -> None:
    """Sixteen archives in each of sixteen, and so on, each honest by itself, like 42.zip."""
    data = archive(deflated("a.txt", SSN.encode() * 5000))
    for _ in range(4):
        data = archive(*(deflated(f"{number}.zip", data) for number in range(16)))
    path = written(tmp_path, "a.zip", data)
    begun = time.monotonic()
    events = events_of(path, expanded_bytes=4 * MIB)
    assert time.monotonic() - begun < 5
    last = events[-1]
    assert isinstance(last, Refused)
    assert (last.record.path, last.record.reason) == ("a.zip", EXPANDED)


def events_of(path: Path, **limits: Any) -> list[object]:
    with path.open("rb") as file:
        return list(documents(Blob(path.name, file, path.stat().st_size, seekable=True), Limits(**limits)))


def test_a_nested_bomb_fails_at_the_members_of_one_file_in_all(tmp_path: Path) -> None:
    inner = archive(*(stored(f"{number}.txt", "x") for number in range(30)))
    path = written(tmp_path, "a.zip", archive(*(stored(f"{number}.zip", inner) for number in range(30))))
    events = events_of(path, members=100)
    reasons = [event.record.reason for event in events if isinstance(event, Refused)]
    assert reasons == ["more than 100 members; see --max-members"] * 2  # the inner archive it happened in, and the file
    assert sum(isinstance(event, Closed) for event in events) == 96 + 3


def test_archives_inside_each_other_end_at_the_depth(tmp_path: Path) -> None:
    data = SSN.encode()
    for number in range(30):
        data = archive(stored("a.txt" if not number else "a.zip", data))
    path = written(tmp_path, "a.zip", data)
    records = records_of(path, depth=3)
    deepest = "a.zip" + "!a.zip" * 4
    assert records.pop(deepest) == "more than 3 documents inside each other; see --max-depth"
    assert records == {"a.zip" + "!a.zip" * depth: "clean" for depth in range(4)}


def test_an_overlapping_bomb_is_read_once(tmp_path: Path) -> None:
    path = written(tmp_path, "a.zip", overlapping(50, b" " * MIB))
    with zipfile.ZipFile(path) as proof:  # it is a bomb indeed, to one who trusts it
        assert sum(len(proof.read(one)) for one in proof.infolist()[:3]) > 3 * MIB
    records = records_of(path)
    overlap = [path for path, reason in records.items() if reason == "overlaps with another member: a zip bomb"]
    assert overlap == [f"a.zip!{number:06}" for number in range(1, 50)]
    assert records["a.zip"] == "clean"
    assert records["a.zip!000000"] == DIRECTORY  # what it quotes looks like an archive, and is read as one


def test_members_that_share_one_place_are_read_once(tmp_path: Path) -> None:
    one = stored("a.txt", SSN)
    entries = b"".join(central(one, 0) for _ in range(100))
    path = written(tmp_path, "a.zip", local(one) + entries + end(100, len(entries), len(local(one))))
    assert [record for record in records_of(path).values() if record == "findings"] == ["findings"]


def test_a_member_that_is_larger_than_it_says_is_read_to_its_end(tmp_path: Path) -> None:
    """`zipfile` stops at the size in the directory; other programs unpack everything."""
    liar = deflated("liar.txt", b"x\n" * 10 + SSN.encode())
    liar.size = 20
    path = written(tmp_path, "a.zip", archive(liar, stored("a.txt", SSN)))
    assert records_of(path) == {
        "a.zip!liar.txt": "damaged: its size or checksum is wrong",
        "a.zip!a.txt": "findings",
        "a.zip": "clean",
    }
    assert ("a.zip!liar.txt", "US_SSN", "11:31") in findings_of(path)


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (Member(b"a.txt", SSN.encode(), crc=1), "damaged: its size or checksum is wrong"),
        (Member(b"a.txt", SSN.encode(), packed=10**9), "binary file"),
        (Member(b"a.txt", SSN.encode(), packed=0xFFFFFFFF), "binary file"),
        (Member(b"a.txt", SSN.encode(), 8), "damaged: its compressed data are broken"),
        (Member(b"a.txt", b"", 8), "damaged: it ends in the middle"),
        (Member(b"a.txt", SSN.encode(), 12), "damaged: its compressed data are broken"),
        (Member(b"a.txt", b"\5\0\5\0" + b"\xff" * 5 + SSN.encode(), 14), "damaged: its compressed data are broken"),
        (Member(b"a.txt", b"\5\0\5\0\x5d\xff\xff\xff\xff", 14), "needs more than 256 MiB of memory to unpack"),
        (Member(b"a.txt", SSN.encode(), 9), "compressed by a method that is not supported (Deflate64)"),
        (Member(b"a.txt", SSN.encode(), 55555), "compressed by a method that is not supported (number 55555)"),
        (Member(b"a.txt", SSN.encode(), offset=10**9), "damaged: it is not where the directory says"),
        (Member(b"a.txt", SSN.encode(), offset=3), "damaged: it is not where the directory says"),
        (Member(b"a.txt", SSN.encode(), flags=0x41), "encrypted"),
        (Member(b"a.txt", b"short", flags=1), "encrypted"),
        (Member(b"a.txt", b"/etc/passwd", mode=0o120777), "symbolic link, not followed"),
        (Member(b"a.txt", SSN.encode(), crc=zlib.crc32(SSN.encode()), extra=b"\1\0\xff\xff\0"), "findings"),
    ],
)
def test_a_member_with_something_wrong_costs_itself(tmp_path: Path, member: Member, reason: str) -> None:
    path = written(tmp_path, "a.zip", archive(stored("0.txt", SSN), member))
    assert records_of(path) == {"a.zip!0.txt": "findings", "a.zip!a.txt": reason, "a.zip": "clean"}


def test_a_password_is_tried_on_members_too_short_to_be_encrypted(tmp_path: Path) -> None:
    path = written(tmp_path, "a.zip", archive(Member(b"a", b"short", flags=1), Member(b"b", b"", 99, flags=1)))
    records = records_of(path, passwords=("x",))
    assert records == {"a.zip!a": "damaged: its encryption header is cut off", "a.zip!b": "encrypted", "a.zip": "clean"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"../../etc/passwd", "../../etc/passwd"),
        (b"/etc/passwd", "/etc/passwd"),
        (b"C:\\Windows\\a.txt", "C:\\Windows\\a.txt"),
        (b"\\\\server\\share\\a.txt", "\\\\server\\share\\a.txt"),
        (b"a\nb\x1b[31m.txt", "a\nb\x1b[31m.txt"),
        (b"[bold]a.txt", "[bold]a.txt"),
        (b"a\0b.txt", "a\0b.txt"),
        ("\u202efdp.txt".encode(), "\u202efdp.txt"),
        (b"f\x81r.txt", "für.txt"),
        (b"-rf", "-rf"),
        (b"", "(unnamed)"),
        (b"a" * 60000, "a" * 60000),
    ],
)
def test_names_are_shown_and_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: bytes, shown: str
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    path = written(tmp_path, "a.zip", archive(stored(name, SSN)))
    assert records_of(path) == {f"a.zip!{shown}": "findings", "a.zip": "clean"}
    assert list(inside.iterdir()) == []
    assert [one.name for one in tmp_path.iterdir() if one != inside] == ["a.zip"]


def test_a_name_that_is_no_utf8_though_it_says_so_is_shown_by_its_bytes(tmp_path: Path) -> None:
    one = stored(b"f\xfcr.txt", SSN)
    one.flags = 0x800
    assert records_of(written(tmp_path, "a.zip", archive(one))) == {"a.zip!f\\xfcr.txt": "findings", "a.zip": "clean"}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "symbolic link, not followed"),
        (tarfile.LNKTYPE, "hard link, not followed"),
        (tarfile.CHRTYPE, "character device"),
        (tarfile.BLKTYPE, "block device"),
        (tarfile.FIFOTYPE, "named pipe"),
    ],
)
def test_members_that_are_no_files_are_skipped(tmp_path: Path, kind: bytes, reason: str) -> None:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as to:
        info = tarfile.TarInfo("../x")
        info.type, info.linkname = kind, "/etc/passwd"
        to.addfile(info)
    assert records_of(written(tmp_path, "a.tar", tar.getvalue())) == {"a.tar!../x": reason, "a.tar": "clean"}


def test_a_broken_header_in_a_tar_archive_is_damage_and_no_end(tmp_path: Path) -> None:
    data = bytearray((FORMATS_DATA / "archive.tar").read_bytes())
    place = data.rfind(b"people.csv")
    data[place] ^= 1
    records = records_of(written(tmp_path, "a.tar", bytes(data)))
    assert records["a.tar!letters/für Zoë.txt"] == "findings"
    assert records["a.tar"].startswith("damaged: a member's header is broken")


def header(name: bytes, size: bytes, kind: bytes = b"0") -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[124 : 124 + len(size)] = size
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (header(b"a", b"\xff" * 12), "damaged: a member's header is broken, what follows it is lost"),
        (header(b"a", b"77777777777\0", b"x"), "damaged: a member's header is too large"),
        (header(b"a", b"\x80" + b"\xff" * 11, b"L"), "damaged: a member's header is too large"),
        (header(b"a", b"00000000000\0", b"x") * 2000, "nested too deeply to be read"),
    ],
)
def test_hostile_tar_headers_fail_the_archive(tmp_path: Path, data: bytes, reason: str) -> None:
    path = written(tmp_path, "a.tar", data + bytes(1024))
    assert list(records_of(path).values())[-1] == reason


def test_a_tar_member_of_a_size_beyond_the_file_is_cut_off(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tar", header(b"a", b"\x80" + b"\0" * 3 + b"\x7f" * 8) + SSN.encode())
    assert list(records_of(path).values()) == ["damaged: it ends in the middle"] * 2
    assert findings_of(path) == [("a.tar!a", "US_SSN", "1:31")]


def test_a_sparse_member_of_nothing_but_holes_fails_at_what_may_be_unpacked(tmp_path: Path) -> None:
    block = bytearray(header(b"a", b"00000000000\0", b"S"))
    block[257:265] = b"ustar  \0"
    block[483:495] = b"77777777777\0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    path = written(tmp_path, "a.tar", bytes(block) + bytes(1024))
    assert records_of(path, expanded_bytes=4 * MIB) == {"a.tar!a": "binary file", "a.tar": "clean"}


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (archive(), {"a": "clean"}),
        (archive(Member(b"dir/"), Member(b"dir/dir/")), {"a": "clean"}),
        (gzip.compress(b"", mtime=0), {"a!content": "clean", "a": "clean"}),
        (b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<LQQL", 0, 0, 0, 0), {"a": "clean"}),
        (b"!<arch>\n", {"a": "clean"}),
        (b"PK\x05\x06", {"a": DIRECTORY}),
    ],
)
def test_empty_archives_are_clean(tmp_path: Path, data: bytes, records: dict[str, str]) -> None:
    assert records_of(written(tmp_path, "a", data)) == records


def test_a_dictionary_of_invented_size_is_not_believed(tmp_path: Path) -> None:
    packed = bytearray(lzma.compress(SSN.encode(), lzma.FORMAT_ALONE))
    packed[1:5] = b"\xff\xff\xff\xff"
    path = written(tmp_path, "a.lzma", bytes(packed[:1]) + bytes(packed[1:]))
    assert records_of(path)["a.lzma"] in ("binary file", "clean")
    packed = bytearray(lzma.compress(SSN.encode(), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]))
    block = packed.index(b"\x21\x01")
    packed[block + 2] = 40  # 4 GiB
    start, length = 12, (packed[12] + 1) * 4
    packed[start + length - 4 : start + length] = struct.pack("<L", zlib.crc32(packed[start : start + length - 4]))
    path = written(tmp_path, "a.txt.xz", bytes(packed))
    assert records_of(path) == {"a.txt.xz!a.txt": "needs more than 256 MiB of memory to unpack", "a.txt.xz": "clean"}


def seven_zip(header_data: bytes) -> bytes:
    crc = zlib.crc32(header_data)
    start = struct.pack("<QQL", 0, len(header_data), crc)
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start + header_data


@pytest.mark.parametrize(
    "header_data",
    [
        b"\x01",
        b"\x02",
        b"\x01\x05\xff" + b"\xff" * 8,
        b"\x01\x05\x03\x11\x03\x00\x00\x00\x00\x00",
        b"\x01\x04\x06\x00\xff" + b"\x7f" * 8,
        b"\x01\x04\x07\x0b\x01\x00" + b"\xff" * 9,
        b"\x01\x04\x07\x0b\x01\x00\x20\x00\x00",
        b"\x17\x06\x00\x01\x09\x05\x00\x07\x0b\x01\x00\x01\x00\x0c\x05\x00\x00",
        b"\x17" * 1000,
        b"\x01\x63",
    ],
)
def test_hostile_headers_of_7z_fail_the_archive(tmp_path: Path, header_data: bytes) -> None:
    (reason,) = records_of(written(tmp_path, "a.7z", seven_zip(header_data))).values()
    assert reason.startswith(("damaged: ", "compressed by a method that is not supported")), reason


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_cut_off_anywhere_tells_what_comes_before(tmp_path: Path, name: str) -> None:
    data = (FORMATS_DATA / name).read_bytes().rstrip(b"\0")
    whole = records_of(FORMATS_DATA / name, passwords=("secret",))
    for length in range(512 if name == "archive.tar" else 16, len(data), max(1, len(data) // 40)):
        records = records_of(written(tmp_path, name, data[:length]), passwords=("secret",))
        assert name in records
        reasons = set(records.values()) - {"clean", "findings"}
        assert reasons or name == "package.deb", length  # `ar` has no end mark
        for path, record in records.items():
            if path not in whole:  # so little of a tar archive that nobody could tell it
                assert path.endswith(".tar")
            elif record != whole[path]:
                assert record.startswith(("damaged: ", "encrypted")), (length, path, record)


@pytest.mark.parametrize("name", ARCHIVES)
@settings(max_examples=60, deadline=5000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(edits=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=8))
def test_whatever_is_changed_in_an_archive_each_document_has_one_record(
    name: str, edits: list[tuple[int, int]]
) -> None:
    data = bytearray((FORMATS_DATA / name).read_bytes())
    for place, byte in edits:
        data[place % len(data)] = byte
    limits = Limits(passwords=("secret",), expanded_bytes=64 * MIB)
    events = list(documents(Blob(name, io.BytesIO(bytes(data)), len(data), seekable=True), limits))
    begun = [event.number for event in events if isinstance(event, Began)]
    ended = [event.number for event in events if isinstance(event, Closed | Refused)]
    assert sorted(begun) == sorted(ended)
