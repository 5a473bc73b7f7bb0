"""Where stations come from. One module a source; adding one touches this table and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from errors import SettingsInvalid
from settings import Settings, SourceSettings
from sources.base import NameSource, Source
from sources.fr_brands import FrBrands
from sources.fr_prix_carburants import FrPrixCarburants

# In this order they are read when all are asked for: prices first.
SOURCES: dict[str, Callable[[], Source | NameSource]] = {
    "fr_prix_carburants": FrPrixCarburants,
    "fr_brands": FrBrands,
}


class Configured(NamedTuple):
    """A source that is switched on, and where and how often this deployment asks it."""

    source: Source | NameSource
    url: str
    interval: timedelta


def configured(settings: Settings) -> list[Configured]:
    """The sources switched on. A name in the settings that is no source raises SettingsInvalid: it is a misspelling."""
    unknown = settings.sources.keys() - SOURCES.keys()
    if unknown:
        raise SettingsInvalid(f"CARBUROAM_SOURCES names {', '.join(sorted(unknown))}; known are {', '.join(SOURCES)}")
    chosen = []
    for name, make in SOURCES.items():
        wanted = settings.sources.get(name, SourceSettings())
        if wanted.is_on is False:
            continue
        source = make()
        url = wanted.url or source.feed.url
        if name == FrPrixCarburants.name and settings.feed_url:
            url = settings.feed_url
        # The setting for all is the pace of prices; names change as slowly as their publisher says.
        usual = source.feed.interval if isinstance(source, NameSource) else settings.etl_interval
        chosen.append(Configured(source, url, wanted.interval or usual))
    return chosen
