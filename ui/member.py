"""What a member follows: kept in the base, read once a run, each change in a transaction of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from errors import AccountGone
from records import Fuel
from services import cars, following
from services.cars import Car, Home
from services.following import Followed
from session import changing, reading
from ui import account
from ui.fuel_picker import ORDER

REMOVED_KEY = "member_removed"


class Member:
    """What one person follows, as it was when this was made."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        with reading() as session:
            followed = following.fuels(session, user_id)
            self.stations: Sequence[Followed] = following.followed(session, user_id)
            self.fuels: Sequence[Fuel] = [fuel for fuel in ORDER if fuel in followed]
            self.car: Car = cars.car(session, user_id)
            self.home: Home | None = cars.home(session, user_id)

    @property
    def removed(self) -> Followed | None:
        """The station removed last in this visit."""
        kept = self._removed()
        return kept[1] if kept else None

    def add(self, station_id: int) -> None:
        """Follow one more. Raises TooManyStations, StationUnknown, AccountGone, DatabaseUnavailable."""
        with self._writing() as session:
            following.follow(session, self.user_id, station_id, "")

    def rename(self, station_id: int, name: str) -> None:
        """Give a station another name. Raises AccountGone, DatabaseUnavailable."""
        with self._writing() as session:
            following.rename(session, self.user_id, station_id, name)

    def move(self, station_id: int, to: int) -> None:
        """Put a station at another place. Raises AccountGone, DatabaseUnavailable."""
        with self._writing() as session:
            following.move(session, self.user_id, station_id, to)

    def remove(self, station_id: int) -> None:
        """Stop following a station, if another tab was not quicker. Raises AccountGone, DatabaseUnavailable."""
        with self._writing() as session:
            removed = following.unfollow(session, self.user_id, station_id)
        if removed is not None:
            st.session_state[REMOVED_KEY] = self.user_id, *removed

    def undo(self) -> None:
        """Bring back the station removed last. Raises as `add`."""
        if kept := self._removed():
            with self._writing() as session:
                following.restore(session, self.user_id, *kept)
            del st.session_state[REMOVED_KEY]

    def choose_fuels(self, fuels: Sequence[Fuel]) -> None:
        """Follow these fuels and no others. Raises AccountGone, DatabaseUnavailable."""
        with self._writing() as session:
            following.choose_fuels(session, self.user_id, fuels)

    def _removed(self) -> tuple[int, Followed] | None:
        user_id, *kept = st.session_state.get(REMOVED_KEY, (0,))
        return (kept[0], kept[1]) if user_id == self.user_id else None

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        # A button that was drawn while somebody was signed in may be pressed after they are no more.
        person = account.current()
        if person is None or person.id != self.user_id:
            raise AccountGone(str(self.user_id))
        with changing() as session:
            yield session
