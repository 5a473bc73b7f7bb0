"""Small pure functions that know nothing of fuel, need the standard library alone and have two callers."""

from urllib.parse import urlsplit


def without_credentials(url: str) -> str:
    """An address as it may be logged and shown: without the name and password that it may hold.

    >>> without_credentials("https://me:secret@example.org:8443/feed.zip?day=1")
    'https://example.org:8443/feed.zip?day=1'
    >>> without_credentials("file:///srv/feed.zip")
    'file:///srv/feed.zip'
    >>> without_credentials("https://[me:secret@example.org")
    'an address that cannot be read'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.netloc else url
