"""Paths that are URLs, and the parts of them that may be shown."""

from urllib.parse import urlsplit

EXTRAS = {"s3": "s3", "gs": "gcs", "az": "azure", "http": "http", "https": "http"}
"""Extra of our package that can read a document, by the scheme of its URL."""


def scheme_of(path: str) -> str | None:
    """Return the scheme if the path is a document's URL, otherwise None: a file may have any name."""
    scheme, separator, rest = path.partition("://")
    return scheme.lower() if separator and rest and scheme.lower() in EXTRAS else None


def public_url(url: str) -> str:
    """Return `url` without user name, password, query and fragment, safe to show: a query may be a signature."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def public_path(path: str) -> str:
    """Return a user's path in the form that may be shown."""
    scheme = scheme_of(path)
    if scheme in ("http", "https"):
        return public_url(path)
    if scheme is not None:  # keys of objects may contain any character
        bucket, slash, key = path.partition("://")[2].partition("/")
        return f"{scheme}://{bucket.rpartition('@')[2]}{slash}{key}"
    return path
