"""Fifty people register at once, through two processes."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from settings import ROOT
from tests.people import in_base, in_store, sign_in
from tests.stores import Place

AT_ONCE = 50
# Half of them, on threads of one process, when the other says that it is ready too.
HALF = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from adapters.storage import open_store
from errors import CarburoamError
from services import accounts, passwords
from settings import now
passwords.COST = 4
people = json.loads(sys.argv[1])
store = open_store()
def register(person):
    username, mail = person
    try:
        accounts.register(store, name="N", mail=mail, username=username, password="correct horse battery",
                          language="fr", now=now())
    except CarburoamError as error:
        return type(error).__name__
    return "won"
passwords.check("correct horse battery")
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(25) as threads:
    print(json.dumps(list(threads.map(register, people))), flush=True)
"""


def _register_at_once(place: Place, people: list[tuple[str, str]]) -> Counter[str]:
    halves = [
        subprocess.Popen(
            [sys.executable, "-c", HALF, json.dumps(half)],
            cwd=ROOT,
            env=os.environ | place.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for half in (people[::2], people[1::2])
    ]
    for half in halves:
        assert half.stdout
        assert half.stdout.readline() == "ready\n"
    for half in halves:
        assert half.stdin
        half.stdin.write("go\n")
        half.stdin.flush()
    told = [half.communicate(timeout=90)[0] for half in halves]
    assert [half.returncode for half in halves] == [0, 0]
    return Counter(answer for lines in told for answer in json.loads(lines))


def test_of_fifty_with_one_username_one_wins(place: Place):
    """Forty-nine are told, and the winner's mail is the one that is kept."""
    told = _register_at_once(place, [("anna", f"m{number}@example.org") for number in range(AT_ONCE)])

    assert told == {"won": 1, "UsernameTaken": AT_ONCE - 1}
    assert in_store(place) == {"anna"}
    assert in_base(place) == {"anna": sign_in(place).mail}


def test_of_fifty_with_one_mail_one_wins(place: Place):
    """Forty-nine are told, and none of their usernames stays behind."""
    told = _register_at_once(place, [(f"user{number}", "anna@example.org") for number in range(AT_ONCE)])

    assert told == {"won": 1, "MailTaken": AT_ONCE - 1}
    assert in_store(place) == set(in_base(place))
    assert sign_in(place, "anna@example.org").username in in_store(place)


@pytest.mark.long
def test_fifty_of_different_names_are_fifty_accounts(place: Place):
    """Nobody is in anybody's way."""
    told = _register_at_once(place, [(f"user{number}", f"m{number}@example.org") for number in range(AT_ONCE)])

    assert told == {"won": AT_ONCE}
    assert in_base(place) == {f"user{number}": f"m{number}@example.org" for number in range(AT_ONCE)}
    assert in_store(place) == set(in_base(place))
