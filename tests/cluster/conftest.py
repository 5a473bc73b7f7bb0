"""A whole cluster on this computer for the tests of a module, and where in it a visitor is."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import BrowserContext

from scripts.cluster import Cluster, Replica, cluster
from scripts.cluster.visitors import COOKIE
from tests import scenes
from tests.browser.conftest import Visitor, chrome
from tests.processes import NO_LISTS, until

__all__ = ["chrome"]

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "locale": "fr-FR",
    "timezone_id": "Europe/Paris",
    "has_touch": True,
    "is_mobile": True,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a cluster, and takes its time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two servers with the prices of the country of scenes.py, at its noon."""
    folder = tmp_path_factory.mktemp("cluster")
    with cluster(
        folder,
        replicas=2,
        CARBUROAM_CLOCK=scenes.CLOCK,
        CARBUROAM_FEED_URL=scenes.write(folder).as_uri(),
        CARBUROAM_BACKFILL_DAYS="0",
        **NO_LISTS,
    ) as it:
        until(lambda: all(has_data(replica) for replica in it.replicas))
        yield it


@pytest.fixture
def it(standing: Cluster) -> Iterator[Cluster]:
    """The cluster, whole again after each test."""
    yield standing
    for replica in standing.replicas:
        if replica.process.poll() is not None:
            replica.start()


def has_data(replica: Replica) -> bool:
    """Whether it says that it has prices."""
    try:
        return requests.get(f"{replica.address}/healthz", timeout=10).json().get("data_at") is not None
    except requests.RequestException:
        return False


def place_at(it: Cluster, replica: Replica) -> str:
    """What the cookie of a visitor says whom nginx sends here; one that was gone is avoided for ten seconds."""
    tried: list[str] = []

    def is_sent_there() -> bool:
        tried.append(uuid.uuid4().hex)
        answer = requests.get(f"{it.address}/_stcore/health", cookies={COOKIE: tried[-1]}, timeout=20)
        return answer.headers["X-Served-By"].endswith(f":{replica.port}")

    until(is_sent_there)
    return tried[-1]


def move(someone: Visitor, it: Cluster, replica: Replica) -> None:
    """Have nginx send this device to that server from the next request on."""
    someone.context.add_cookies([{"name": COOKIE, "value": place_at(it, replica), "url": it.address}])


@pytest.fixture
def visitor(chrome: object, it: Cluster) -> Iterator[Callable[[], Visitor]]:
    """Makes visitors of the cluster: phones in French."""
    contexts: list[BrowserContext] = []

    def make() -> Visitor:
        context = chrome.new_context(**PHONE)  # type: ignore[attr-defined]
        contexts.append(context)
        return Visitor(context, it.address)

    yield make
    for context in contexts:
        context.close()
