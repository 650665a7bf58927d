import io
from dataclasses import dataclass

import pytest

from guardrails_cli.formats.reader import HEAD_BYTES, Blob, Reading, RefusedError
from guardrails_cli.formats.text.plain import BLOCK_BYTES, decode

ENGLISH = "Jane Doe wrote to jane.doe@example.com about 219-09-9999.\n" * 3
GERMAN = "Die Straße in München heißt Schönhauser Allee; Jürgen Müller wohnt dort über einer Bäckerei.\n" * 5
FRENCH = "François déjeune à la crèche où Noël a été fêté, malgré l'été pluvieux et la forêt brûlée.\n" * 5
FRENCH_IN_SHORT = "François déjeune à la crèche où Noël a été fêté, malgré l'été pluvieux.\n"
RUSSIAN = "Съешь ещё этих мягких французских булок, да выпей чаю. Иван Петров живёт в Москве.\n" * 5
JAPANESE = "山田太郎は東京に住んでいます。電話番号は秘密です。メールを送ってください。\n" * 5
CHINESE = "张三住在北京，他的电话号码是秘密。请发送电子邮件。\n" * 5
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy.\n" * 5
TYPOGRAPHIC = "“Smart quotes” cost 5 € – says François… naïvely\n" * 5


@dataclass(frozen=True)
class Extracted:
    """The result of reading bytes that are text."""

    text: str
    encoding: str | None


@dataclass(frozen=True)
class Refusal:
    """Why some bytes are no text."""

    reason: str


def read(data: bytes) -> Extracted | Refusal:
    reading = Reading()
    try:
        text = "".join(decode(Blob("a", io.BytesIO(data)), reading))
    except RefusedError as error:
        return Refusal(str(error))
    return Extracted(text, reading.encoding)


def text_of(data: bytes) -> str:
    extracted = read(data)
    assert isinstance(extracted, Extracted), extracted
    return extracted.text


@pytest.mark.parametrize(
    "text", ["", "plain", ENGLISH, GERMAN, JAPANESE, "emoji 😀", "\r\nline ends stay\r\n", "a\tb\x1b[31m\x7f"]
)
def test_utf8_is_read_as_it_is(text: str) -> None:
    assert read(text.encode()) == Extracted(text, "utf-8")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", ["", "x", ENGLISH, GERMAN, JAPANESE, "emoji 😀"])
def test_a_byte_order_mark_decides_and_is_no_part_of_the_text(codec: str, text: str) -> None:
    assert read(text.encode(codec)) == Extracted(text, codec)


@pytest.mark.parametrize(
    ("mark", "codec", "named"),
    [(b"\xfe\xff", "utf-16-be", "utf-16"), (b"\x00\x00\xfe\xff", "utf-32-be", "utf-32")],
)
def test_a_byte_order_mark_tells_the_order(mark: bytes, codec: str, named: str) -> None:
    assert read(mark + GERMAN.encode(codec)) == Extracted(GERMAN, named)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("short", id="one word"),
        pytest.param("a,b\n1,2\n", id="table"),
        pytest.param(ENGLISH, id="English"),
        pytest.param(GERMAN, id="German"),
        pytest.param(RUSSIAN, id="Russian"),
        pytest.param(JAPANESE, id="Japanese"),
        pytest.param("hello 😀 world\n" * 2000, id="emoji, longer than the head"),
        pytest.param("x" * (HEAD_BYTES // 2 - 1) + "😀 and on\n", id="emoji across the end of the head"),
    ],
)
def test_wide_characters_need_no_byte_order_mark(codec: str, text: str) -> None:
    assert text_of(text.encode(codec)) == text


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("latin-1", GERMAN),
        ("latin-1", FRENCH),
        ("latin-1", FRENCH_IN_SHORT),
        ("latin-1", FRENCH_IN_SHORT * 5),
        ("latin-1", "Name: Müller\n"),
        ("latin-1", "x" * 200_000 + " Müller wohnt in Köln, Jürgen in München"),
        ("cp1252", GERMAN),
        ("cp1252", FRENCH),
        ("cp1252", TYPOGRAPHIC),
        ("cp1252", "café"),
        ("cp1250", CZECH),
        ("cp1251", RUSSIAN),
        ("koi8-r", RUSSIAN),
        ("shift_jis", JAPANESE),
        ("euc_jp", JAPANESE),
        ("gbk", CHINESE),
    ],
)
def test_other_encodings_are_recognized_by_their_text(codec: str, text: str) -> None:
    assert text_of(text.encode(codec)) == text


def test_the_encoding_found_is_one_that_python_knows() -> None:
    extracted = read(RUSSIAN.encode("cp1251"))
    assert extracted == Extracted(RUSSIAN, "cp1251")


def test_a_damaged_byte_does_not_hide_the_rest_of_a_utf8_text() -> None:
    text = text_of((GERMAN * 5).encode() + b"\xff" + "\nZoë Müller\n".encode())
    assert text.startswith(GERMAN)
    assert text.endswith("\nZoë Müller\n")


@pytest.mark.parametrize(
    "text",
    [
        "SSN 219-09-9999\0\n",
        "\0" + GERMAN,
        ENGLISH * 10 + "\0" * 20,
        "HOME=/root\0USER=jane\0LANG=C\0",
        "山" * 500 + "\0",
    ],
)
def test_a_stray_nul_makes_no_binary_file_of_a_text(text: str) -> None:
    assert read(text.encode()) == Extracted(text, "utf-8")


def test_a_text_with_a_stray_nul_may_have_a_damaged_byte_too() -> None:
    assert text_of(GERMAN.encode() + b"\0\xff 219-09-9999").endswith(" 219-09-9999")


@pytest.mark.parametrize("data", [b"A\0\1\2B\0\3" * 100, b"name\0\x01\x02\x03\x04\x05" * 50, b"text" + b"\0" * 100])
def test_a_file_of_many_nuls_and_controls_is_binary(data: bytes) -> None:
    assert read(data) == Refusal("binary file")


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 3000 + ENGLISH.encode(),
        b"\0" * (HEAD_BYTES + 1) + GERMAN.encode(),
        b"\0" * 300_000 + ENGLISH.encode(),
        ENGLISH.encode() + b"\0" * 5000 + GERMAN.encode(),
        b"\0" * 64 + ENGLISH.encode() + b"\0" * 9000,
    ],
    ids=["before", "longer than the head", "longer than a step", "between", "around"],
)
def test_a_log_padded_with_nuls_is_text(data: bytes) -> None:
    assert text_of(data) == data.decode()


@pytest.mark.parametrize(
    "behind", [b"\1CD001\1\0LINUX" + b" " * 500 + b"\n", b"\0\1\2\3\n" * 50, b"\xeb\x3c\x90\0\2\1\0\n"]
)
def test_a_disk_image_that_begins_with_nuls_is_binary(behind: bytes) -> None:
    assert read(b"\0" * 32768 + behind) == Refusal("binary file")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "cp1252"])
def test_a_lone_carriage_return_ends_a_line(codec: str) -> None:
    text = "één\rtwo\r\nthree\n\rfive\x0bsame\x85line\r"
    expected = "één\ntwo\r\nthree\n\nfive\x0bsame\x85line\n"
    if codec == "cp1252":
        text, expected = text.replace("\x85", "…"), expected.replace("\x85", "…")
    assert text_of(text.encode(codec)) == expected


def test_a_carriage_return_at_the_end_of_a_block_waits_for_the_next_one() -> None:
    first = "x" * (BLOCK_BYTES - 1)
    assert text_of((first + "\r\nx").encode()).endswith("x\r\nx")
    assert text_of((first + "\rx").encode()).endswith("x\nx")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_wide_characters_are_read_up_to_a_damaged_end(codec: str, lost: int) -> None:
    assert text_of((ENGLISH + "😀").encode(codec)[:-lost]).startswith(ENGLISH)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_damaged_end_does_not_hide_the_rest(codec: str) -> None:
    assert text_of(ENGLISH.encode(codec) + b"\xff").startswith(ENGLISH)


def test_ascii_values_survive_bytes_of_no_encoding_at_all() -> None:
    assert "219-09-9999" in text_of(bytes(range(128, 256)) * 4 + b"\nSSN 219-09-9999\n")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "binary file (PDF)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "binary file (old Office document)"),
        (b"SQLite format 3\x00", "binary file (SQLite database)"),
        (b"PAR1\x15\x04\x00", "binary file (Parquet)"),
        (b"\x89PNG\r\n\x1a\n", "binary file (PNG image)"),
        (b"\xff\xd8\xff\xe0", "binary file (JPEG image)"),
        (b"GIF89a\x01\x00", "binary file (GIF image)"),
        (b"\x7fELF\x02\x01\x01\x00", "binary file (ELF program)"),
        (b"\x00\x01\x02\x03\xff\xfe\xfd" * 50, "binary file"),
    ],
)
def test_a_binary_file_is_refused_with_its_kind(data: bytes, reason: str) -> None:
    assert read(data) == Refusal(reason)


@pytest.mark.parametrize("text", ["%PDF-1.7 is how a PDF begins", "GIF89a is a version", "BZh", "PAR1: paragraph one"])
def test_text_that_begins_like_a_binary_file_is_text(text: str) -> None:
    assert read(text.encode()) == Extracted(text, "utf-8")


@pytest.mark.parametrize(
    ("later", "codec"),
    [(GERMAN, "utf-8"), (GERMAN, "cp1252"), (JAPANESE, "utf-8"), ("é" * 100, "utf-8"), (ENGLISH, "utf-8")],
)
@pytest.mark.parametrize("before", [BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1])
def test_an_encoding_that_shows_late_is_still_told(before: int, later: str, codec: str) -> None:
    assert text_of(b"x" * before + later.encode(codec)) == "x" * before + later


@pytest.mark.parametrize("shift", range(4))
def test_a_character_across_the_border_of_two_blocks_stays_whole(shift: int) -> None:
    text = "x" * shift + "😀" * (BLOCK_BYTES // 4 + 10)
    assert read(text.encode()) == Extracted(text, "utf-8")
