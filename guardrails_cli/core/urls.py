"""URLs as they may be shown."""

from urllib.parse import urlsplit


def public_url(url: str) -> str:
    """Return `url` without user name, password, query and fragment, safe to show: a query may be a signature."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
