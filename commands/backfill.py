"""`etl.py backfill`: price history from the publisher's archives, of the last days or of a year."""

import argparse
import logging
import signal

import session
from commands.bar import Bar
from pipeline import backfill, catch_up
from settings import settings
from sources import configured
from sources.base import Archive, KeepsArchives

log = logging.getLogger("etl")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put the command among the others."""
    command = commands.add_parser(
        "backfill", help="load price history from the publisher's archives; broken off, it goes on where it was"
    )
    span = command.add_mutually_exclusive_group(required=True)
    span.add_argument("--days", type=_days, metavar="N", help="of the last N days, today not among them")
    span.add_argument("--year", type=int, metavar="AAAA", help="of a year")
    command.add_argument("--again", action="store_true", help="read what was read before once more")
    command.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Read what is not known yet; 0 where nothing is left to be had. Raises what `backfill` raises."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    session.prepare()
    try:
        outcomes = [_fill(entry.source, entry.url, options) for entry in configured(settings())]
    except KeyboardInterrupt:
        log.warning("interrupted; what was read is kept, the same command goes on with the rest")
        return 130
    return 0 if all(outcomes) else 1


def _fill(source: object, feed_url: str, options: argparse.Namespace) -> bool:
    if not isinstance(source, KeepsArchives):
        return True
    url = catch_up.archives_url(feed_url, settings())
    archives: list[Archive] = (
        [backfill.archive_of_year(source, options.year, feed_url=url)]
        if options.year
        else backfill.archives_of_days(source, options.days, feed_url=url)
    )
    with Bar(source.name) as bar:
        found = catch_up.fill(source, archives, on=session.engine(), progress=bar.show, again=options.again)
    if found is None:
        log.error("source=%s another process fetches the past now; try again in a minute", source.name)
    return found is not None and not found.failed


def _days(written: str) -> int:
    days = int(written)
    most = settings().history_days
    if not 1 <= days <= most:
        raise argparse.ArgumentTypeError(f"from 1 to the {most} days that CARBUROAM_HISTORY_DAYS keeps")
    return days
