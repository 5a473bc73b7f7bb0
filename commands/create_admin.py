"""`etl.py create-admin`: an admin is made on the host itself, by who can run commands there."""

import argparse
import getpass
import logging
from datetime import datetime

import session
from adapters.storage import ObjectStore, open_store
from errors import SignInRefused
from services import account_changes, accounts, audit, identity
from services.accounts import Account
from settings import now

log = logging.getLogger("etl")

ACTION = "create_admin"
TRIES = 3


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put the command among the others."""
    command = commands.add_parser(
        "create-admin", help="make an admin: a new account, whose password is asked for here, or one that there is"
    )
    command.add_argument("username", metavar="USERNAME")
    command.add_argument("--mail", help="mail of a new account; asked for where left out")
    command.add_argument("--name", help="name of a new account; the username where left out")
    command.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Create the account, or promote it after a question. Raises what registering raises."""
    session.prepare()
    store, moment = open_store(), now()
    username = identity.username(options.username)
    with session.reading() as reading:
        known = accounts.known_as(reading, username)
    if known is not None:
        if known.is_admin:
            log.info("%s is an admin already", known.username)
            return 0
        if not _agreed(f"{known.username} <{known.mail}> has an account. Make it an admin? [y/N] "):
            log.warning("nothing was changed")
            return 1
    person = known or _register(store, username, options, moment)
    account_changes.set_admin(store, user_id=person.id, is_admin=True)
    with session.writing() as writing:
        audit.record(writing, actor=audit.HOST, action=ACTION, target=person.username, now=moment, is_new=known is None)
    log.info("%s is an admin now", person.username)
    return 0


def _register(store: ObjectStore, username: str, options: argparse.Namespace, moment: datetime) -> Account:
    mail = options.mail or input("Mail: ")
    return accounts.register(
        store,
        name=options.name or options.username,
        mail=mail,
        username=username,
        password=_new_password(),
        language="fr",
        now=moment,
    )


def _new_password() -> str:
    # Never an argument: those stand in the list of processes and in the shell's history.
    for _ in range(TRIES):
        password = getpass.getpass("Password (10 characters or more): ")
        if getpass.getpass("The same again: ") == password:
            return password
        log.warning("these were two different passwords")
    raise SignInRefused("no password was given twice the same")


def _agreed(question: str) -> bool:
    return input(question).strip().lower() in {"y", "yes", "o", "oui"}
