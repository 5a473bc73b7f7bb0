"""Where the French publisher keeps the past: `jour/AAAAMMJJ` for a month, `annee/AAAA` from 2007 on."""

from datetime import date
from pathlib import PurePosixPath
from urllib.parse import urlsplit, urlunsplit

from sources.base import Archive

DAY_ARCHIVES = 30
"""Older days have no archive of their own: https://www.prix-carburants.gouv.fr/rubrique/opendata/."""


def of_day(day: date, feed_url: str) -> Archive:
    """The archive of a day."""
    name = f"jour/{day:%Y%m%d}"
    return Archive(name, _beside(feed_url, name), day, day)


def of_year(year: int, feed_url: str) -> Archive:
    """The archive of a year."""
    name = f"annee/{year:04d}"
    return Archive(name, _beside(feed_url, name), date(year, 1, 1), date(year, 12, 31))


def _beside(feed_url: str, name: str) -> str:
    """The address of an archive, from that of the feed; a mirror that ends the feed's in `.zip` ends them all so.

    >>> _beside("https://donnees.roulez-eco.fr/opendata/instantane_ruptures", "jour/20250206")
    'https://donnees.roulez-eco.fr/opendata/jour/20250206'
    >>> _beside("file:///srv/feeds/instantane.zip", "annee/2024")
    'file:///srv/feeds/annee/2024.zip'
    """
    parts = urlsplit(feed_url)
    feed = PurePosixPath(parts.path or "/")
    return urlunsplit(parts._replace(path=str(feed.parent / f"{name}{feed.suffix}"), fragment=""))
