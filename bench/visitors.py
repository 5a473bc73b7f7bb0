"""Many visitors in one process: they arrive at once, draw anew without a pause, or click every few seconds.

A process of its own, so that they never wait for the bench. It prints what they met as JSON.
"""

import heapq
import json
import random
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field

from bench.wire import Page
from settings import ROOT

# What a row of fuels says, and the address of the page afterwards; a tap is on the next of them.
FUELS = (("E10", "fuel=5"), ("SP98", "fuel=6"), ("Gazole", "fuel=1"))
PATIENCE_S = 90.0
STAYS_AT = "carburoam_at"
"""The cookie by which nginx keeps a visitor at one server."""


@dataclass(frozen=True)
class Task:
    """What the visitors are to do."""

    deed: str
    """`arrive`, `reload` or `click`."""
    port: int
    number: int
    query: str = ""
    cookie: str = ""
    lasts_s: float = 0.0
    every_s: float = 0.0
    has_prices: bool = True
    """Whether a page must bring some."""


@dataclass
class Met:
    """What they met."""

    seen_s: list[float] = field(default_factory=list)
    """From a knock or click to the first price."""
    done_s: list[float] = field(default_factory=list)
    """From there to the end of the run."""
    missed: int = 0
    """Clicks that were not made: the page was still at the one before."""
    lasted_s: float = 0.0
    """While it was counted."""
    whole_s: float = 0.0
    cpu_s: float = 0.0
    """Of this process: what the server had to do without."""

    def forget(self) -> None:
        """Begin to count now."""
        self.seen_s.clear()
        self.done_s.clear()
        self.missed = 0

    @property
    def runs_a_second(self) -> float:
        """Whole pages."""
        return len(self.done_s) / self.lasted_s


def visit(task: Task) -> Met:
    """Have it done by a process of its own. Raises RuntimeError where a page failed."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.visitors", json.dumps(asdict(task))],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"the visitors gave up\n{done.stderr}")
    return Met(**json.loads(done.stdout))


class Crowd:
    """The open pages and the loop that serves them all."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.met = Met()
        self._selector = selectors.DefaultSelector()
        self._asked_at: dict[Page, float] = {}
        self._has_seen: set[Page] = set()

    def open(self, number: int) -> Page:
        """One more visitor, who knocks now and asks as soon as the door is open."""
        asked_at = time.perf_counter()
        own = f"{STAYS_AT}=visitor{number}"
        page = Page(self.task.port, f"{own}; {self.task.cookie}" if self.task.cookie else own)
        page.query = self.task.query
        self._asked_at[page] = asked_at
        self._selector.register(page, selectors.EVENT_READ, page)
        return page

    def ask(self, page: Page, fuel: str = "") -> None:
        """Have an open page drawn anew."""
        self._asked_at[page] = time.perf_counter()
        self._has_seen.discard(page)
        page.ask(fuel=fuel)

    def turn(self, wait_s: float) -> Iterator[Page]:
        """Take what comes within that time at most; the pages that are whole now."""
        for key, _ in self._selector.select(max(0.0, wait_s)):
            page: Page = key.data
            was_open = page.is_open
            page.receive()
            moment = time.perf_counter()
            if page.is_open and not was_open:
                page.ask()
            if page.is_seen and page not in self._has_seen:
                self._has_seen.add(page)
                self.met.seen_s.append(moment - self._asked_at[page])
            if page.is_done:
                page.is_done = False
                if self.task.has_prices and not page.is_seen:
                    raise RuntimeError("a page came without a price")
                self.met.done_s.append(moment - self._asked_at[page])
                yield page

    @property
    def pages(self) -> list[Page]:
        """All that are open."""
        return [key.data for key in self._selector.get_map().values()]

    def close(self) -> None:
        """All leave."""
        for page in self.pages:
            page.close()
        self._selector.close()


def arrive(crowd: Crowd) -> None:
    """All knock at the same moment and stay until their page is whole."""
    left = {crowd.open(number) for number in range(crowd.task.number)}
    given_up = time.perf_counter() + PATIENCE_S
    while left:
        left -= set(crowd.turn(1.0))
        _not_for_ever(given_up)


def reload(crowd: Crowd) -> None:
    """Each asks anew as soon as its page is whole; what came before all had theirs is not counted."""
    arrive(crowd)
    crowd.met.forget()
    begun = time.perf_counter()
    for page in crowd.pages:
        crowd.ask(page)
    while time.perf_counter() - begun < crowd.task.lasts_s:
        for page in crowd.turn(0.1):
            crowd.ask(page)
    crowd.met.lasted_s = time.perf_counter() - begun


def click(crowd: Crowd) -> None:
    """They come within one pause; then each taps another fuel at a pace of its own, the mean of which is the pause."""
    task, dice = crowd.task, random.Random(7)  # noqa: S311 - people, not secrets
    begun = time.perf_counter()
    due: list[tuple[float, int, Page | None]] = [
        (begun + task.every_s * each / task.number, each, None) for each in range(task.number)
    ]
    taps: dict[int, int] = {}
    busy: dict[Page, str] = {}
    """The pages under way, and what their address has to say in the end."""
    counted_from = begun + 2 * task.every_s
    is_counting = False
    while (moment := time.perf_counter()) - begun < task.lasts_s:
        if not is_counting and moment >= counted_from:
            # The first visits are another row.
            crowd.met.forget()
            is_counting = True
        while due and due[0][0] <= moment:
            planned, each, page = heapq.heappop(due)
            if page is None:
                page = crowd.open(each)
                busy[page] = task.query
            elif page in busy:
                crowd.met.missed += 1
            else:
                taps[each] = taps.get(each, 0) + 1
                fuel, busy[page] = FUELS[(each + taps[each]) % len(FUELS)]
                crowd.ask(page, fuel)
            heapq.heappush(due, (planned + task.every_s * dice.uniform(0.5, 1.5), each, page))
        for page in crowd.turn(min(0.1, due[0][0] - moment)):
            if busy.pop(page) not in page.query:
                raise RuntimeError(f"a tap changed nothing: the address is {page.query}")
    crowd.met.lasted_s = time.perf_counter() - counted_from


DEEDS: dict[str, Callable[[Crowd], None]] = {"arrive": arrive, "reload": reload, "click": click}


def _not_for_ever(given_up: float) -> None:
    if time.perf_counter() > given_up:
        raise RuntimeError(f"a page was not whole within {PATIENCE_S:.0f} s")


def main(words: str) -> None:
    """Do the task and print what was met."""
    crowd = Crowd(Task(**json.loads(words)))
    with closing(crowd):
        begun, before = time.perf_counter(), time.process_time()
        DEEDS[crowd.task.deed](crowd)
        crowd.met.whole_s, crowd.met.cpu_s = time.perf_counter() - begun, time.process_time() - before
    print(json.dumps(asdict(crowd.met)))


if __name__ == "__main__":
    main(sys.argv[1])
