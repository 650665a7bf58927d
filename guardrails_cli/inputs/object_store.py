"""Documents in object stores and on web servers: listed and read as streams, through fsspec.

Credentials come from where the store's own library looks for them (environment, profile, instance), never from us. What
a library says of an error may quote a URL with a signature, so only the kind of the error is told.
"""

import errno
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from guardrails_cli.core.display import display_path
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.urls import EXTRAS, public_path, scheme_of

_LIBRARIES = {"s3": "s3fs", "gcs": "gcsfs", "azure": "adlfs", "http": "aiohttp"}
"""By extra, what has to be installed besides fsspec."""
_ABSENT = "no such object, or no access to it"
"""Servers and libraries do not always tell one from the other."""
BLOCK_BYTES = 4 * 1024 * 1024
"""How much of an object is asked for at a time."""
_CONNECT_SECONDS, _READ_SECONDS = 30.0, 60.0


def require(path: str) -> None:
    """Check that what can read a URL is installed.

    Raises:
        ConfigError: if it is not.

    """
    scheme = scheme_of(path)
    if scheme is None:
        return
    extra = EXTRAS[scheme]
    if not all(importlib.util.find_spec(name) for name in ("fsspec", _LIBRARIES[extra])):
        raise ConfigError(f"{scheme}:// needs more: pip install 'guardrails-scan[{extra}]'")


def listing(url: str, left_out: Callable[[str, bool], bool]) -> Iterator[Source | Unscanned]:
    """Yield the documents of a URL: the object, or all below it in the order of their names.

    A URL of http or https is one document; links in it are not followed.

    Args:
        url: as the user gave it.
        left_out: tells, by its path below `url` and whether it is a folder, that something shall not be read.

    """
    try:
        system, path = _system(url)
        about = system.info(path)
    except Exception as error:  # noqa: BLE001 - whatever the library raises, the others can be scanned
        yield _failed(url, error)
        return
    if about.get("type") != "directory":
        yield _source(url, about)
        return
    root = url.rstrip("/")
    # Folders wait on a stack, each with its entries in order, so that memory holds one way down, not the whole tree.
    pending = [_entries(system, path)]
    begin = len(path.rstrip("/")) + 1
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
        elif isinstance(entry, Exception):
            pending.pop()
            yield _failed(url, entry)
        else:
            below = entry["name"].rstrip("/")[begin:]
            is_folder = entry["type"] == "directory"
            if not below or left_out(below, is_folder):
                continue
            if is_folder:
                pending.append(_entries(system, entry["name"]))
            else:
                yield _source(f"{root}/{below}", entry)


class Stream:
    """The bytes of an object, once and in order; whatever goes wrong is an OSError that quotes nothing."""

    def __init__(self, url: str) -> None:
        """Open it.

        Raises:
            OSError: if that fails.

        """
        self._file = _safely(lambda: _open(url))

    def read(self, count: int, /) -> bytes:
        """Return at most `count` more bytes; empty at the end."""
        return bytes(_safely(lambda: self._file.read(count)))

    def close(self) -> None:
        """Give the connection back."""
        _safely(self._file.close)

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def stamp_of(url: str) -> str | None:
    """Return what changes when the object does; None where there is no telling, or it is not there.

    Raises:
        OSError: if the store cannot be asked.

    """

    def ask() -> str | None:
        system, path = _system(url)
        return _stamp(system.info(path))

    stamp: str | None = _safely(ask)
    return stamp


def _system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the object's name in it."""
    import fsspec

    scheme = str(scheme_of(url))
    options: dict[str, Any] = {"use_listings_cache": False}
    if scheme in ("http", "https"):
        import aiohttp

        limit = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
        options |= {"client_kwargs": {"timeout": limit, "trust_env": True}, "encoded": True}
    system = fsspec.filesystem(scheme, **options)
    return system, system._strip_protocol(url)


def _open(url: str) -> Any:
    system, path = _system(url)
    if scheme_of(url) in ("http", "https"):
        return system.open(path, "rb", block_size=0)  # one request, as it comes: no server need know ranges
    return system.open(path, "rb", block_size=BLOCK_BYTES, cache_type="readahead")


def _entries(system: Any, path: str) -> Iterator[dict[str, Any] | Exception]:
    """Yield what is in a folder in the order of names; last an error, if it cannot be listed."""
    try:
        rows = system.ls(path, detail=True)
    except Exception as error:  # noqa: BLE001 - a value: what is in other folders can be scanned
        yield error
        return
    yield from sorted(rows, key=lambda row: str(row["name"]))


def _source(url: str, about: Mapping[str, Any]) -> Source:
    return Source(display_path(public_path(url)), url, int(about.get("size") or 0), _stamp(about))


def _stamp(about: Mapping[str, Any]) -> str | None:
    names = ("ETag", "etag", "md5Hash", "LastModified", "Last-Modified", "last_modified", "updated", "mtime")
    sign = next((str(about[name]) for name in names if about.get(name)), None)
    return None if sign is None else f"{sign}:{about.get('size')}"


def _failed(url: str, error: Exception) -> Unscanned:
    return Unscanned(
        display_path(public_path(url)), 0, Status.FAILED, Reason.of_error(error, f"cannot open: {_kind(error)}")
    )


def _kind(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return _ABSENT
    if isinstance(error, PermissionError):
        return "access denied"
    if "Credential" in type(error).__name__:
        return "no credentials; set those of the store's own library"
    status = getattr(error, "status", None)
    return f"{type(error).__name__}{f' {status}' if isinstance(status, int) else ''}"


def _safely(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - libraries raise all sorts, and quote URLs
        raise OSError(_number(error), _kind(error)) from None


def _number(error: Exception) -> int:
    """Return the system's number for what went wrong, by which the reason gets its code."""
    if isinstance(error, FileNotFoundError):
        return errno.ENOENT
    return errno.EACCES if isinstance(error, PermissionError) else errno.EIO
