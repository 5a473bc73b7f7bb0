"""`etl.py notify`: a trial of the services that the owner is told through."""

import argparse
import logging

from adapters import notify
from services import watchman

log = logging.getLogger("etl")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put the command among the others."""
    command = commands.add_parser("notify", help="send a trial notice to CARBUROAM_NOTIFY_URLS")
    command.set_defaults(command=run)


def run(_options: argparse.Namespace) -> int:
    """Send it. Raises NoticeNotSent where not one service took it."""
    if not notify.is_on():
        log.error("CARBUROAM_NOTIFY_URLS is empty: nobody is told")
        return 2
    watchman.try_out()
    log.info("the trial notice was taken")
    return 0
