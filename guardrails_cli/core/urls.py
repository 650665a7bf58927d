"""Paths that are URLs: which ones, and what of them may be shown."""

from urllib.parse import urlsplit

EXTRAS = {"s3": "s3", "gs": "gcs", "az": "azure", "http": "http", "https": "http"}
"""By the scheme of a document's URL, the extra of our package that can read it."""


def scheme_of(path: str) -> str | None:
    """Return the scheme if the path is the URL of a document, else None: a file's name may look like anything."""
    scheme, separator, rest = path.partition("://")
    return scheme.lower() if separator and rest and scheme.lower() in EXTRAS else None


def public_url(url: str) -> str:
    """Return `url` without user name, password, query and fragment, safe to show: a query may be a signature."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def public_path(path: str) -> str:
    """Return a path that a user gave as it may be shown."""
    scheme = scheme_of(path)
    if scheme in ("http", "https"):
        return public_url(path)
    if scheme is not None:  # keys of objects may hold any character
        bucket, slash, key = path.partition("://")[2].partition("/")
        return f"{scheme}://{bucket.rpartition('@')[2]}{slash}{key}"
    return path
