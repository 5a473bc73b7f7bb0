"""`etl.py backup | restore | verify | list | reader-grants`: backups and queries, by who can run commands here."""

import argparse
import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import session
from adapters.storage import open_store
from commands.bar import Bar
from errors import BackupRefused
from services import admin_query, backups, mirror
from services.belongings import Changes
from settings import now

log = logging.getLogger("etl")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put the commands among the others."""
    commands.add_parser("backup", help="back up what people made, now").set_defaults(command=_backup)
    commands.add_parser("list", help="the backups in the store, the newest first").set_defaults(command=_list)
    verify = commands.add_parser("verify", help="read a backup to its end and say whether it can be trusted")
    verify.add_argument("name", nargs="?", metavar="NAME", help="as `list` says it; all of them where left out")
    verify.set_defaults(command=_verify)
    restore = commands.add_parser(
        "restore", help="give people back what they had: says what would change, and asks before it does"
    )
    restore.add_argument("name", nargs="?", metavar="NAME", help="as `list` says it; the newest good one if left out")
    restore.add_argument("--dry-run", action="store_true", help="only say what would change")
    restore.add_argument("--yes", action="store_true", help="do not ask")
    restore.set_defaults(command=_restore)
    grants = commands.add_parser("reader-grants", help="the SQL that lets a role of PostgreSQL read all but secrets")
    grants.add_argument("role", metavar="ROLE")
    grants.set_defaults(command=_grants)


def _backup(_options: argparse.Namespace) -> int:
    session.prepare()
    with Bar("backup") as bar:
        made = backups.make(open_store(), session.engine(), now=datetime.now(UTC), progress=bar.show)
    log.info("the newest backup: %s", made.name if made else "none, as nobody made anything yet")
    return 0


def _list(_options: argparse.Namespace) -> int:
    for one in backups.kept(open_store()):
        print(one.name)  # noqa: T201 - for a pipe
    return 0


def _verify(options: argparse.Namespace) -> int:
    store = open_store()
    names = [options.name] if options.name else [one.name for one in backups.kept(store)]
    good, refused = 0, []
    with Bar("verify") as bar:
        for done, name in enumerate(names, 1):
            try:
                found = backups.verify(store, name)
            except BackupRefused as error:
                refused.append(f"{name}: {error}")
            else:
                good += 1
                log.info("%s is good: %s people, of %s", name, len(found.people), found.made_at.isoformat())
            bar.show("verify", done, len(names))
    for line in refused:
        log.error("%s", line)
    return 0 if good and not refused else 1


def _restore(options: argparse.Namespace) -> int:
    session.prepare()
    store = open_store()
    with Bar("restore") as bar:
        # Those whom the base does not know yet would be passed over.
        look = mirror.Mirror(store, session.engine()).look
        look(now=now(), progress=lambda done, total: bar.show("people", done, total))
        name, changes = backups.preview(store, session.engine(), options.name)
    log.info("%s would change: %s", name, _in_words(changes))
    if options.dry_run:
        return 0
    if not options.yes and not _agreed():
        log.warning("nothing was changed")
        return 1
    name, changes = backups.restore(store, session.engine(), name, now=datetime.now(UTC))
    log.info("%s restored: %s", name, _in_words(changes))
    return 0


def _grants(options: argparse.Namespace) -> int:
    for statement in admin_query.grants(options.role):
        print(f"{statement};")  # noqa: T201 - for psql
    return 0


def _agreed() -> bool:
    return sys.stdin.isatty() and input("Restore it? [y/N] ").strip().lower() in {"y", "yes", "o", "oui"}


def _in_words(changes: Changes) -> str:
    return " ".join(f"{what}={count}" for what, count in asdict(changes).items())
