"""Under visitors: a server is frozen, PostgreSQL restarted, nginx told to reload; one address asks too much."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from scripts.cluster import Cluster
from scripts.cluster.visitors import CARD, COOKIE, SEARCH, Tally, Visitor, reloading
from tests.cluster.conftest import place_at
from tests.processes import until
from tests.visitor import connected, rerun

VISITORS = 20
GREEDY, MODEST, OFFICE = "198.51.100.7", "198.51.100.8", "198.51.100.9"
# What deploy/nginx.conf allows one address.
AT_A_STROKE = 400
CONNECTIONS = 200
# Twice as long as nginx waits for a server.
ANSWERED_S = 20
# Longer than it waits for a sign of an open page.
CUT_S = 90


@pytest.fixture
def pages(it: Cluster) -> Iterator[list[ClientConnection]]:
    """Pages that are open and stay so, on both servers by turns."""
    places = [place_at(it, replica) for replica in it.replicas]
    with ExitStack() as opened:
        yield [
            opened.enter_context(connected(it.port, f"{COOKIE}={places[number % len(places)]}"))
            for number in range(VISITORS)
        ]


def has_prices(page: ClientConnection) -> bool:
    """Whether a tap on this page, which was open all the time, brings prices."""
    return any(CARD in message.delta.new_element.html.body for message in rerun(page, query=SEARCH))


def taps(page: ClientConnection, number: int) -> list[bool]:
    """Which of so many taps brought prices."""
    return [has_prices(page) for _ in range(number)]


def test_pages_recover_when_postgresql_was_restarted(it: Cluster, pages: list[ClientConnection]):
    """Taps that meet no base end in a page all the same; the next ones have prices, on the same pages and servers."""
    processes = [replica.process.pid for replica in it.replicas]
    assert all(has_prices(page) for page in pages)

    with ThreadPoolExecutor(VISITORS) as crowd:
        it.postgres.stop()
        drawn = list(crowd.map(lambda page: rerun(page, "about"), pages))
        assert not any(replica.is_fit for replica in it.replicas)
        it.postgres.start()
        until(lambda: all(crowd.map(has_prices, pages)))

    assert all(drawn)
    assert all(replica.is_fit for replica in it.replicas)
    assert [replica.process.pid for replica in it.replicas] == processes
    Visitor(it.port).reload()


def test_a_restart_under_taps_costs_nobody_the_page(it: Cluster, pages: list[ClientConnection]):
    """While all of them tap, and with sessions of the base in use."""
    with ThreadPoolExecutor(VISITORS) as crowd:
        tapping = [crowd.submit(taps, page, 6) for page in pages]
        it.postgres.restart()
        tapped = [each.result() for each in tapping]

        until(lambda: all(crowd.map(has_prices, pages)))

    assert all(len(each) == 6 for each in tapped)


def hear_out(page: ClientConnection) -> None:
    """Listen for as long as something comes."""
    while True:
        page.recv(timeout=CUT_S)


def test_who_was_at_a_server_that_is_frozen_is_sent_on(it: Cluster):
    """It takes connections and says nothing: after ten seconds the other one answers; pages open there are cut."""
    frozen, other = it.replicas
    place = place_at(it, frozen)
    with connected(it.port, f"{COOKIE}={place}") as open_page:
        assert has_prices(open_page)
        frozen.process.send_signal(signal.SIGSTOP)
        try:
            answer = requests.get(f"{it.address}/about", cookies={COOKIE: place}, timeout=ANSWERED_S)
            with connected(it.port, f"{COOKIE}={place}") as new_page:
                assert has_prices(new_page)
            with pytest.raises(ConnectionClosed):
                hear_out(open_page)
        finally:
            frozen.process.send_signal(signal.SIGCONT)

    assert answer.status_code == 200
    assert answer.headers["X-Served-By"].endswith(f":{other.port}")


def has_grown(tally: Tally, to: int) -> bool:
    """Whether there were more visits than that."""
    return tally.visits.total() > to


def test_nginx_reads_its_file_anew_and_turns_nobody_away(it: Cluster, pages: list[ClientConnection]):
    """New visitors come in all the time, and pages that are open stay so."""
    with reloading(it.port, VISITORS) as tally:
        for _ in range(5):
            before = tally.visits.total()
            it.reload()
            until(partial(has_grown, tally, before + VISITORS))

    assert tally.turned_away == []
    assert all(has_prices(page) for page in pages)


def test_one_address_that_asks_too_much_harms_no_other(it: Cluster):
    """It is told so by 429 and served again a moment later; whoever asks beside it notices nothing."""

    def ask(address: str) -> int:
        return requests.get(
            f"{it.address}/_stcore/health", headers={"X-Forwarded-For": address}, timeout=60
        ).status_code

    with ThreadPoolExecutor(16) as crowd, ThreadPoolExecutor(1) as beside:
        modest = beside.submit(lambda: [ask(MODEST) for _ in range(50)])
        # More than there may be at a stroke, and sixteen at a time: quicker than it becomes less again.
        greedy = list(crowd.map(ask, [GREEDY] * 4 * AT_A_STROKE))
        Visitor(it.port, MODEST).reload()

    assert set(greedy) == {200, 429}
    assert greedy.count(200) >= AT_A_STROKE
    assert set(modest.result()) == {200}
    until(lambda: ask(GREEDY) == 200)


def test_one_address_may_not_take_every_connection(it: Cluster):
    """Two hundred open pages are a large office; the next is told so, and a page from elsewhere opens."""
    with ExitStack() as opened:
        for _ in range(CONNECTIONS):
            opened.enter_context(connected(it.port, address=OFFICE))
        with pytest.raises(InvalidStatus) as refused:
            opened.enter_context(connected(it.port, address=OFFICE))
        Visitor(it.port, MODEST).reload()

    assert refused.value.response.status_code == 429
    until(lambda: requests.get(it.address, headers={"X-Forwarded-For": OFFICE}, timeout=60).ok)


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/mcp", "/search/_stcore/metrics"])
def test_what_is_nobodys_business_is_closed(it: Cluster, path: str):
    """By nginx, whichever server would have answered."""
    assert requests.get(f"{it.address}{path}", timeout=60).status_code == 404
