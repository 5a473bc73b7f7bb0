"""Where stations come from. One module a source; adding one touches this table and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from errors import SettingsInvalid
from setting_values import SourceSettings
from settings import Settings
from sources.base import AnySource, Source, has_prices
from sources.es_minetur import EsMinetur
from sources.fr_brands import FrBrands
from sources.fr_communes import FrCommunes
from sources.fr_data_economie import FrDataEconomie
from sources.fr_prix_carburants import FrPrixCarburants
from sources.it_mimit import ItMimit

# In this order they are read when all are asked for: prices first.
SOURCES: dict[str, Callable[[], AnySource]] = {
    "fr_prix_carburants": FrPrixCarburants,
    "fr_brands": FrBrands,
    "fr_communes": FrCommunes,
    "es_minetur": EsMinetur,
    "it_mimit": ItMimit,
}
# The neighbours: off until an operator wants them.
WANTED_ONLY = frozenset(("es_minetur", "it_mimit"))
# Where else a source's stations are published, for the time that the first host cannot be had.
SECOND_ROADS: dict[str, Callable[[], Source]] = {"fr_prix_carburants": FrDataEconomie}


class Configured(NamedTuple):
    """A source that is switched on, and where and how often this deployment asks it."""

    source: AnySource
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
        if not (name not in WANTED_ONLY if wanted.is_on is None else wanted.is_on):
            continue
        source = make()
        url = wanted.url or source.feed.url
        if name == FrPrixCarburants.name and settings.feed_url:
            url = settings.feed_url
        usual = settings.etl_interval
        if name != FrPrixCarburants.name:
            # The setting for all is the pace of prices here. Lists, and neighbours, change as slowly as they say.
            usual = max(usual, source.feed.interval) if has_prices(source) else source.feed.interval
        chosen.append(Configured(source, url, wanted.interval or usual))
    return chosen


class Road(NamedTuple):
    """Another place where the stations of a source are published."""

    source: Source
    url: str


def second_road(source: AnySource, url: str, settings: Settings) -> Road | None:
    """The way round the host of `url`; None where there is none, or settings want none.

    Who reads the feed from a place of their own is not sent to another host, unless they name it.
    """
    make = SECOND_ROADS.get(source.name)
    if make is None or not settings.second_road_after:
        return None
    road = make()
    if settings.second_road_url:
        return Road(road, settings.second_road_url)
    return Road(road, road.feed.url) if url == source.feed.url else None
