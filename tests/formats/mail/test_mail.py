"""Mails and boxes made by MIME-tools, an Outlook message made by another library, and what mails in the wild do."""

import base64
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.formats.support import FORMATS_DATA, findings_of, records_of, scanned

SSN = "Her social security number is 219-09-9999.\n"
HEAD = "From: clerk@example.com\nTo: bob@example.com\nSubject: x\nMIME-Version: 1.0\n"
HEADERS = [("EMAIL_ADDRESS", "from"), ("EMAIL_ADDRESS", "to")]
"""Findings in `HEAD`."""


def places(path: Path) -> list[tuple[str, str, str | None, int, int]]:
    return [
        (record.path, one.entity_type, one.location.label if one.location else None, one.line, one.column)
        for record in scanned(path)
        for one in record.findings
    ]


def test_a_mail_tells_header_and_part_of_each_finding_and_the_line_in_the_file() -> None:
    name = "letter.eml"
    assert places(FORMATS_DATA / name)[:14] == [
        (name, "EMAIL_ADDRESS", "from", 5, 18),
        (name, "EMAIL_ADDRESS", "to", 6, 10),
        (name, "EMAIL_ADDRESS", "cc", 7, 5),
        (name, "EMAIL_ADDRESS", "reply-to", 8, 11),
        (name, "US_SSN", "subject", 9, 25),
        (name, "EMAIL_ADDRESS", "message-id", 11, 14),
        (name, "CREDIT_CARD", "body", 27, 13),
        (name, "PHONE_NUMBER", "body", 28, 41),
        (name, "CREDIT_CARD", "part 2", 38, 15),
        (name, "IP_ADDRESS", "part 6", 134, 11),
        (name, "EMAIL_ADDRESS", "part 6", 134, 24),
        (f"{name}!people.csv", "US_SSN", "row 2, column ssn", 2, 3),
        (f"{name}!letter.txt", "US_SSN", None, 2, 31),
        (f"{name}!part 5", "EMAIL_ADDRESS", "from", 5, 18),
    ]
    lines = (FORMATS_DATA / name).read_bytes().split(b"\n")
    assert b"4111" in lines[26]
    assert b"212 555 0134" in lines[27]
    assert b"192.0.2.7" in lines[133]


def test_attachments_of_attached_mails_are_read() -> None:
    assert list(records_of(FORMATS_DATA / "letter.eml")) == [
        "letter.eml",
        "letter.eml!people.csv",
        "letter.eml!letter.txt",
        "letter.eml!part 5",
        "letter.eml!part 5!people.csv",
        "letter.eml!part 5!letter.txt",
    ]


def test_a_box_holds_mails() -> None:
    found = findings_of(FORMATS_DATA / "box.mbox")
    mail = [("mail", *rest) for path, *rest in findings_of(FORMATS_DATA / "letter.eml") if path == "letter.eml"]
    assert [("mail", *rest) for path, *rest in found if path == "box.mbox!message 1"] == mail
    assert ("box.mbox!message 2!letter.txt", "US_SSN", "2:31") in found
    assert records_of(FORMATS_DATA / "box.mbox")["box.mbox"] == "clean"


def test_an_outlook_message_is_read_with_all_its_bodies_and_attached_messages() -> None:
    name = "letter.msg"
    assert findings_of(FORMATS_DATA / name) == [
        (name, "US_SSN", "subject"),
        (name, "EMAIL_ADDRESS", "sender"),
        (name, "EMAIL_ADDRESS", "to"),
        (name, "CREDIT_CARD", "body"),
        (name, "PHONE_NUMBER", "rtf body"),
        (name, "PHONE_NUMBER", "rtf body"),
        (name, "EMAIL_ADDRESS", "html body"),
        (name, "US_SSN", "attached message 2 > subject"),
        (name, "EMAIL_ADDRESS", "attached message 2 > sender"),
        (name, "EMAIL_ADDRESS", "attached message 2 > to"),
        (name, "CREDIT_CARD", "attached message 2 > body"),
        (f"{name}!lëtter.txt", "US_SSN", "1:31"),
        (f"{name}!attached message 2!lëtter.txt", "US_SSN", "1:31"),
    ]


def mail(folder: Path, text: str | bytes, name: str = "a.eml") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


@pytest.mark.parametrize("name", ["a.eml", "a.txt", "a", "a.pdf"])
def test_a_mail_is_told_by_its_first_lines_whatever_its_name(tmp_path: Path, name: str) -> None:
    (record,) = scanned(mail(tmp_path, HEAD + "\n" + SSN, name))
    assert record.format == "mail"
    assert [place for _, place in HEADERS] + ["body"] == [one.location.label for one in record.findings if one.location]


@pytest.mark.parametrize(
    "text",
    [
        "From: here to there\nis a long way. 219-09-9999 is her social security number.\n",
        "From 0123abcd Mon Sep 17 00:00:00 2001\nFrom: a@example.com\nDate: x\nSubject: [PATCH] x\n\nx\n",
        "name: x\nversion: 1\nsubject: y\n",
        "From the beginning at 10:00 on\nit was clear.\n",
    ],
)
def test_text_that_is_no_mail_stays_text(tmp_path: Path, text: str) -> None:
    assert [record.format for record in scanned(mail(tmp_path, text, "a.txt"))] == ["text"]


@pytest.mark.parametrize(
    "encoding", ["7bit", "8bit", "quoted-printable", "base64", "BASE64 ", "x-uuencode", "unheard-of"]
)
def test_a_body_may_have_any_transfer_encoding(tmp_path: Path, encoding: str) -> None:
    import binascii
    import quopri

    coded = {
        "quoted-printable": quopri.encodestring(SSN.encode()),
        "base64": base64.encodebytes(SSN.encode()),
        "x-uuencode": b"begin 644 x\n" + binascii.b2a_uu(SSN.encode()) + b" \nend\n",
    }.get(encoding.strip().lower(), SSN.encode())
    head = f"{HEAD}Content-Transfer-Encoding: {encoding}\n\n".encode()
    assert ("a.eml", "US_SSN", "body") in findings_of(mail(tmp_path, head + coded))


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "iso-8859-1"),
        ("shift_jis", "shift_jis"),
        ("utf-16", "utf-16"),
        ("utf-8", "cp1252"),
        ("us-ascii", "utf-8"),
        ("no-such-charset", "utf-8"),
        ("idna", "utf-8"),
        ("rot13", "utf-8"),
        ("zlib", "cp1252"),
    ],
)
def test_a_body_is_read_in_its_character_set_or_the_one_it_seems_to_have(
    tmp_path: Path, declared: str, used: str
) -> None:
    word = "電話" if used == "shift_jis" else "déjà vu à côté"
    body = base64.encodebytes(f"{word}\n{SSN}".encode(used))
    head = f"{HEAD}Content-Type: text/plain; charset={declared}\nContent-Transfer-Encoding: base64\n\n".encode()
    assert ("a.eml", "US_SSN", "body") in findings_of(mail(tmp_path, head + body))


def test_encoded_words_are_decoded_and_others_left_alone(tmp_path: Path) -> None:
    text = (
        "From: =?utf-8?B?Y2xlcms=?==?utf-8?Q?=40example?= =?utf-8?q?.com?=\nTo: bob@example.com\n"
        "Subject: =?iso-8859-1?Q?SSN=3A_219-09?=\n =?iso-8859-1?Q?-9999?= =?broken?X?abc?= =?utf-8?B?!!!?=\n\nx\n"
    )
    assert findings_of(mail(tmp_path, text)) == [
        ("a.eml", "EMAIL_ADDRESS", "from"),
        ("a.eml", "EMAIL_ADDRESS", "to"),
        ("a.eml", "US_SSN", "subject"),
    ]


def test_what_html_says_beyond_the_plain_text_is_told_once(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "clerk@example.com", "bob@example.com"
    message.set_content(SSN)
    message.add_alternative(f"<p>{SSN}</p><p>Card: 4111 1111 1111 1111</p>", subtype="html")
    assert findings_of(mail(tmp_path, message.as_bytes()))[2:] == [
        ("a.eml", "US_SSN", "body"),
        ("a.eml", "CREDIT_CARD", "part 2"),
    ]


def test_html_alone_is_the_body(tmp_path: Path) -> None:
    text = f"{HEAD}Content-Type: text/html\n\n<html>\n<body title='4111 1111 1111 1111'>\n<b>{SSN}</b></body></html>\n"
    found = places(mail(tmp_path, text))[2:]
    assert {(kind, line) for _, kind, _, line, _ in found} == {("CREDIT_CARD", 8), ("US_SSN", 9)}
    assert all((place or "").startswith("/html") or "body" in (place or "") for _, _, place, _, _ in found)


def test_a_boundary_that_is_not_the_one_declared_is_found(tmp_path: Path) -> None:
    coded = base64.encodebytes(SSN.encode()).decode()
    text = (
        f"{HEAD}Content-Type: multipart/mixed; boundary=other\n\n--real\nContent-Transfer-Encoding: base64\n\n{coded}"
    )
    assert ("a.eml", "US_SSN", "body") in findings_of(mail(tmp_path, text))


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/mixed; boundary=x", 'multipart/mixed; boundary="'])
def test_a_body_without_its_boundaries_is_text(tmp_path: Path, kind: str) -> None:
    found = findings_of(mail(tmp_path, f"{HEAD}Content-Type: {kind}\n\n{SSN}"))
    assert ("a.eml", "US_SSN", "preamble") in found


def test_text_around_the_parts_is_read(tmp_path: Path) -> None:
    text = f"{HEAD}Content-Type: multipart/mixed; boundary=x\n\n{SSN}--x\n\n{SSN}--x--\n{SSN}"
    assert [place for _, kind, place in findings_of(mail(tmp_path, text)) if kind == "US_SSN"] == [
        "preamble",
        "body",
        "epilogue",
    ]


def test_attachments_are_named_by_any_kind_of_parameter(tmp_path: Path) -> None:
    names = [
        'Content-Disposition: attachment; filename="a b.txt"',
        "Content-Disposition: attachment; filename*=utf-8''l%C3%ABtter.txt",
        'Content-Disposition: attachment; filename*0="long-"; filename*1="name.txt"',
        'Content-Type: text/plain; name="=?utf-8?Q?r=C3=A9sum=C3=A9?="',
        "Content-Disposition: attachment",
        "Content-Type: application/octet-stream",
        'Content-Disposition: attachment; filename="../../etc/passwd"',
        'Content-Disposition: attachment; filename="a b.txt"',
    ]
    text = f"{HEAD}Content-Type: multipart/mixed; boundary=x\n\n" + "".join(f"--x\n{one}\n\nx\n" for one in names)
    assert list(records_of(mail(tmp_path, text)))[1:] == [
        f"a.eml!{name}"
        for name in ("a b.txt", "lëtter.txt", "long-name.txt", "résumé", "part 5", "part 6", "../../etc/passwd",
                     "a b.txt (2)")
    ]  # fmt: skip


def test_encrypted_parts_are_skipped(tmp_path: Path) -> None:
    sealed = "Content-Type: application/octet-stream; name=e.asc\n\n-----BEGIN PGP MESSAGE-----\nabc\n"
    parts = f"--x\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--x\n{sealed}--x--\n"
    text = f"{HEAD}Content-Type: multipart/encrypted; boundary=x\n\n{parts}"
    assert records_of(mail(tmp_path, text)) == {"a.eml": "findings", "a.eml!e.asc": "encrypted"}
    text = f'{HEAD}Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n\nMIIB\n'
    assert records_of(mail(tmp_path, text)) == {"a.eml": "findings", "a.eml!smime.p7m": "encrypted"}
    text = f"{HEAD}\nHi\n-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----\n"
    assert records_of(mail(tmp_path, text)) == {"a.eml": "findings", "a.eml!body (PGP)": "encrypted"}


def test_text_behind_more_attachments_than_can_be_held_is_a_member(tmp_path: Path) -> None:
    big = base64.encodebytes(b"\x7fELF\0" + bytes(40 * 1024 * 1024)).decode()
    part = f"--x\nContent-Type: application/x; name=big\nContent-Transfer-Encoding: base64\n\n{big}"
    text = f"{HEAD}Content-Type: multipart/mixed; boundary=x\n\n--x\n\nx\n{part}{part}--x\n\n{SSN}--x--\n"
    path = mail(tmp_path, text)
    assert records_of(path) == {
        "a.eml": "findings",
        "a.eml!big": "binary file (ELF program)",
        "a.eml!big (2)": "binary file (ELF program)",
        "a.eml!text": "findings",
    }
    assert ("a.eml!text", "US_SSN", "1:31") in findings_of(path)


def test_mails_in_a_box_may_quote_its_separator(tmp_path: Path) -> None:
    box = f"From a@example.com Mon Nov  2 10:00:00 2026\n{HEAD}\n>From the start\nFrom here on it is text.\n{SSN}\n" * 2
    found = findings_of(mail(tmp_path, box, "in"))
    assert [path for path, kind, _ in found if kind == "US_SSN"] == ["in!message 1", "in!message 2"]


@pytest.mark.parametrize(
    ("flow", "body", "place"),
    [
        ("; delsp=yes", "Hers is SSN 219-09- \n9997 indeed\n", "body, 7:13"),
        ("", "> the card 4242 4242 \n> 4242 4242 too\n", "body, 7:12"),
        ("", "a line \n> another\n> SSN 219-09-9997 \nend\n", "body, 9:7"),
        ("", "-- \nSSN 219-09-9997 \n", "body, 8:5"),
    ],
)
def test_flowed_lines_are_joined(tmp_path: Path, flow: str, body: str, place: str) -> None:
    path = mail(tmp_path, f"{HEAD}Content-Type: text/plain; format=flowed{flow}\n\n{body}")
    [record] = scanned(path)
    [found] = [each for each in record.findings if each.entity_type in ("US_SSN", "CREDIT_CARD")]
    assert found.location is not None
    assert f"{found.location.label}, {found.line}:{found.column}" == place
