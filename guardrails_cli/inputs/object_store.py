"""Documents in object stores and on web servers: listed and read as streams, through fsspec.

Credentials come from the usual places of the store's own library (environment, profile, instance), never from us.
A library's error message may quote a URL with a signature, so only the kind of the error is reported.
"""

import errno
import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any
from urllib.parse import unquote

from guardrails_cli.core.display import display_path
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.globs import matcher
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.urls import public_url
from guardrails_cli.inputs.input import Identity, Input, Lister, NotHereError, Opener, OpenSource, Selection
from guardrails_cli.options.model import WalkOptions

EXTRAS = {"s3": "s3", "gs": "gcs", "az": "azure", "http": "http", "https": "http"}
"""Extra of our package that can read a document, by the scheme of its URL."""
_LIBRARIES = {"s3": "s3fs", "gcs": "gcsfs", "azure": "adlfs", "http": "aiohttp"}
"""Package to install besides fsspec, by extra."""
_ABSENT = "no such object, or no access to it"
"""Servers and libraries do not always distinguish the two."""
BLOCK_BYTES = 4 * 1024 * 1024
"""Bytes of an object that are read at a time."""
_CONNECT_SECONDS, _READ_SECONDS = 30.0, 60.0


class ObjectStores(Input):
    """The input of object stores and web servers."""

    name = "object"
    countable = False
    spills = True

    def takes(self, path: str) -> bool:
        """Return whether the path is a URL with one of the schemes."""
        return scheme_of(path) is not None

    def shown(self, path: str) -> str:
        """Return the URL without user name, password and, for a web server, query: that may be a signature."""
        return display_path(_public(path))

    def lister(self, paths: Sequence[str], selection: Selection) -> Lister:
        """Return the lister of the stores' objects."""
        for path in paths:
            _require(path)
        return _Lister(selection.walk, selection.left_out)

    def opener(self, stack: ExitStack) -> Opener:
        """Return the opener of objects as streams."""
        del stack
        return lambda source: OpenSource(Stream(source.location), None)

    def identity(self, source: Source) -> Identity | None:
        """Return the object with its stamp as evidence; None if it has no stamp."""
        if source.stamp is None:
            return None
        return Identity(source.location, source.size_bytes, _evidence(source.stamp))

    def open_below(self, root: str, location: str, is_same: Callable[[bytes], bool]) -> OpenSource | None:
        """Open an object whose stamp is the same; see `Input.open_below`."""
        del root
        if not {".", ".."}.isdisjoint(unquote(location).split("/")):
            raise NotHereError(Reason(ReasonCode.NOT_SHARED, "not a plain path"))
        stamp = stamp_of(location)
        return None if stamp is None or not is_same(_evidence(stamp)) else OpenSource(Stream(location), None)

    def root(self, root: str) -> str:
        """Return a URL without the last slash."""
        _require(root)
        return root.rstrip("/")


class _Lister:
    """Lists objects; ignore files among them are not read.

    Args:
        options: exclusions.
        left_out: counts exclusions by reason.

    """

    warnings: tuple[str, ...] = ()

    def __init__(self, options: WalkOptions, left_out: Counter[str]) -> None:
        self._hidden = options.hidden
        self._include = matcher(options.include) if options.include else None
        self._exclude = matcher(options.exclude)
        self._left_out = left_out

    def below(self, paths: Sequence[str]) -> Iterator[Source | Unscanned]:
        for path in paths:
            yield from listing(path, self._leaves_out)

    def _leaves_out(self, below: str, is_directory: bool) -> bool:
        """Return whether the options exclude an object or folder, and count it."""
        reason = None
        if below.rpartition("/")[2].startswith(".") and not self._hidden:
            reason = "hidden"
        elif self._exclude.verdict(below, is_directory):
            reason = "excluded"
        elif self._include and not is_directory and not self._include.covers(below):
            reason = "not_included"
        if reason is not None:
            self._left_out[reason] += 1
        return reason is not None


def scheme_of(path: str) -> str | None:
    """Return the scheme if the path is a document's URL, otherwise None: a file may have any name."""
    scheme, separator, rest = path.partition("://")
    return scheme.lower() if separator and rest and scheme.lower() in EXTRAS else None


def _public(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme.lower() in ("http", "https"):
        return public_url(url)
    bucket, slash, key = rest.partition("/")  # keys of objects may contain any character
    return f"{scheme.lower()}://{bucket.rpartition('@')[2]}{slash}{key}"


def _evidence(stamp: str) -> bytes:
    return f"{stamp} ".encode()


def _require(url: str) -> None:
    """Check that the library for a URL is installed.

    Raises:
        ConfigError: if it is not.

    """
    scheme = str(scheme_of(url))
    extra = EXTRAS[scheme]
    if not all(importlib.util.find_spec(name) for name in ("fsspec", _LIBRARIES[extra])):
        raise ConfigError(f"{scheme}:// needs more: pip install 'guardrails-scan[{extra}]'")


def listing(url: str, left_out: Callable[[str, bool], bool]) -> Iterator[Source | Unscanned]:
    """Yield the documents of a URL: the object, or all below it in the order of their names.

    A URL of http or https is one document; links in it are not followed.

    Args:
        url: the user's URL.
        left_out: returns, given the path below `url` and whether it is a folder, whether to skip it.

    """
    try:
        system, path = _system(url)
        about = system.info(path)
    except Exception as error:  # noqa: BLE001 - after any error the other documents can be scanned
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
    """The bytes of an object, read once and in order; any failure is an OSError that quotes nothing."""

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
        """Release the connection."""
        _safely(self._file.close)

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def stamp_of(url: str) -> str | None:
    """Return a stamp that changes with the object; None if there is none, or the object does not exist.

    Raises:
        OSError: if the store cannot be reached.

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
        return system.open(path, "rb", block_size=0)  # one request, streamed: the server need not support ranges
    return system.open(path, "rb", block_size=BLOCK_BYTES, cache_type="readahead")


def _entries(system: Any, path: str) -> Iterator[dict[str, Any] | Exception]:
    """Yield the entries of a folder in the order of names; last an error, if it cannot be listed."""
    try:
        rows = system.ls(path, detail=True)
    except Exception as error:  # noqa: BLE001 - yielded as a value: other folders can be scanned
        yield error
        return
    yield from sorted(rows, key=lambda row: str(row["name"]))


def _source(url: str, about: Mapping[str, Any]) -> Source:
    return Source(display_path(_public(url)), url, int(about.get("size") or 0), _stamp(about), ObjectStores.name)


def _stamp(about: Mapping[str, Any]) -> str | None:
    names = ("ETag", "etag", "md5Hash", "LastModified", "Last-Modified", "last_modified", "updated", "mtime")
    sign = next((str(about[name]) for name in names if about.get(name)), None)
    return None if sign is None else f"{sign}:{about.get('size')}"


def _failed(url: str, error: Exception) -> Unscanned:
    return Unscanned(
        display_path(_public(url)), 0, Status.FAILED, Reason.of_error(error, f"cannot open: {_kind(error)}")
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
    except Exception as error:  # noqa: BLE001 - libraries raise any exception, and quote URLs
        raise OSError(_number(error), _kind(error)) from None


def _number(error: Exception) -> int:
    """Return the system's error number, from which the reason gets its code."""
    if isinstance(error, FileNotFoundError):
        return errno.ENOENT
    return errno.EACCES if isinstance(error, PermissionError) else errno.EIO
