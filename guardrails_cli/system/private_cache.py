"""Small files that this program computes once and reads at later starts, in the user's own cache directory.

These files decide which findings are made, so a file counts only if nobody else can have written it: file and folder
belong to this user, neither is a symbolic link, and group and others may not write to them. Each file begins with the
hash of its content; a damaged one is ignored. Without a usable directory everything still works, only slower.
"""

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from guardrails_cli.system import files
from guardrails_cli.system.paths import cache_folder

_HASH_BYTES = 32


def folder() -> Path:
    """Return the folder of the files; it need not exist."""
    return cache_folder() / "detect"


def read(name: str) -> bytes | None:
    """Return the content of the file `name`, or None if there is no trustworthy one."""
    try:
        if not _private(os.lstat(folder()), stat.S_ISDIR):
            return None
        descriptor = os.open(folder() / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not _private(os.fstat(file.fileno()), stat.S_ISREG):
                return None
            content = file.read()
    except OSError:
        return None
    body = content[_HASH_BYTES:]
    return body if hashlib.sha256(body).digest() == content[:_HASH_BYTES] else None


def write(name: str, body: bytes) -> None:
    """Store `body` as the file `name`, readable by this user alone; do nothing if that is impossible."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _private(os.lstat(folder()), stat.S_ISDIR):
            return
        files.put(folder() / name, hashlib.sha256(body).digest() + body)


def _private(status: os.stat_result, kind: object) -> bool:
    if not callable(kind) or not kind(status.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True  # Windows: the user's profile is private by its access-control list
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
