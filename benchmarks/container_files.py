"""Big archives and mails for the measurements: `size` is about how many MB of text are inside."""

import base64
import bz2
import gzip
import io
import lzma
import random
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import texts

MB = 1_000_000
MEMBERS = 100_000


def logs(size: int) -> Iterator[bytes]:
    """Yield MB after MB, no two alike: a long memory must not find the last one again."""
    lines = texts.make("logs", MB).splitlines(keepends=True)
    shuffle = random.Random(1).shuffle
    for _ in range(size):
        shuffle(lines)
        yield "".join(lines).encode()


def gzipped(path: Path, size: int) -> None:
    with gzip.open(path, "wb", compresslevel=6) as file:
        file.writelines(logs(size))


def bzipped(path: Path, size: int) -> None:
    with bz2.open(path, "wb") as file:
        file.writelines(logs(size))


def xz(path: Path, size: int) -> None:
    with lzma.open(path, "wb", preset=1) as file:
        file.writelines(logs(size))


def zstandard(path: Path, size: int) -> None:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    with zstd.open(path, "wb") as file:
        file.writelines(logs(size))


def zip_of_one(path: Path, size: int) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.log", "w", force_zip64=True) as to,
    ):
        to.writelines(logs(size))


def zip_of_many(path: Path, size: int) -> None:
    """Write `MEMBERS` members, whatever the size."""
    data = next(logs(1))
    step = max(1, size * MB // MEMBERS)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(MEMBERS):
            start = number * step % (MB - step)
            archive.writestr(f"{number % 100}/{number}.log", data[start : start + step])


def tar_gz(path: Path, size: int) -> None:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for number, data in enumerate(logs(size)):
            info = tarfile.TarInfo(f"{number}.log")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def box(path: Path, size: int) -> None:
    """Write mails of 2 kB of text, each tenth with an attachment of 20 kB in base64."""
    data = next(logs(1))
    with path.open("wb") as file:
        for number in range(size * 250):
            start = number * 2000 % (MB - 20_000)
            file.write(
                b"From a@example.com Mon Nov  2 10:00:00 2026\nFrom: a@example.com\nTo: b@example.com\nSubject: x\n"
            )
            if number % 10:
                file.write(b"\n" + data[start : start + 2000] + b"\n\n")
                continue
            file.write(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + data[start : start + 2000])
            file.write(b"\n--b\nContent-Type: text/plain; name=a.log\nContent-Transfer-Encoding: base64\n\n")
            file.write(base64.encodebytes(data[start : start + 20_000]) + b"--b--\n\n")


def mail(path: Path, size: int) -> None:
    """Write a mail with attachments of 1 MB in base64."""
    with path.open("wb") as file:
        file.write(b"From: a@example.com\nTo: b@example.com\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n")
        for data in logs(size):
            file.write(b"--b\nContent-Type: text/plain; name=a.log\nContent-Transfer-Encoding: base64\n\n")
            file.write(base64.encodebytes(data))
        file.write(b"--b--\n")
