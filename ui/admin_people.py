"""People in the console: found, helped, kept out, promoted, removed. Nobody's password is seen or set."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
from urllib.parse import quote, urlsplit

import streamlit as st

from adapters.storage import open_store
from services import admin_people, reset_links
from services.accounts import Account
from services.admin_people import LinkWay, Person
from session import reading
from texts import formats
from ui import frame
from ui.admin_words import (
    asked_number,
    back,
    begin_anew,
    heading,
    is_sure,
    note,
    number,
    table,
    tried,
    way,
    ways,
)
from ui.frame import Visit
from ui.language import say

LINK = "admin_reset_link"
DEEDS = ("end_sessions", "enable", "disable", "promote", "demote", "remove")
"""What can be done to a person; the texts have words for each."""


@dataclass(frozen=True)
class Deed:
    """Something done to a person."""

    name: str
    icon: str
    do: Callable[[], object]


def people_part(person: Account, visit: Visit) -> None:
    """The list, or the sheet of whom the address names."""
    user_id = asked_number("who")
    if user_id is None:
        st.session_state.pop(LINK, None)
        _list(visit)
        return
    with reading() as session:
        found = admin_people.person(session, user_id, now=visit.now)
    back(say("admin.people"), part="people")
    if found is None:
        st.warning(say("problem.gone"), icon=":material/person_off:")
        return
    _sheet(found, person, visit)


def _list(visit: Visit) -> None:
    words = st.text_input(
        say("admin.people_search"),
        placeholder=say("admin.people_search"),
        label_visibility="collapsed",
        key="admin_people_search",
        persist_state="session",
        icon=":material/search:",
    )
    with reading() as session:
        found = admin_people.search(session, words, now=visit.now)
    if not found:
        note(say("admin.people_none"))
        return
    ways(
        way(f"{one.account.name} · {one.account.username}", _in_short(one, visit), part="people", who=one.account.id)
        for one in found
    )
    if len(found) == admin_people.MOST_FOUND:
        note(say("admin.people_more", count=len(found)))


def _in_short(one: Person, visit: Visit) -> str:
    marks = [visit.say("admin.is_admin")] if one.account.is_admin else []
    marks += [visit.say("admin.is_disabled")] if one.disabled_at else []
    stations = visit.say("admin.person_stations", count=number(one.stations, visit))
    return " · ".join([*marks, one.account.mail, stations])


def _sheet(found: Person, person: Account, visit: Visit) -> None:
    who = found.account
    heading(who.name)
    st.html(table(who.username, [], _facts(found, visit)))
    if who.id == person.id:
        note(say("admin.person_self"))
    _reset_link(found, person, visit)
    for deed in _deeds(found, person, visit):
        _draw(deed, found, person, visit)


def _facts(found: Person, visit: Visit) -> list[tuple[str, str]]:
    who = found.account
    proof = visit.say("profile.mail_verified" if who.mail_verified else "profile.mail_unverified")
    facts = [
        (visit.say("admin.person_mail"), f"{who.mail} ({proof})"),
        (visit.say("admin.person_role"), visit.say("admin.is_admin" if who.is_admin else "admin.is_member")),
        (visit.say("admin.person_since"), formats.day(found.created_at, visit.language)),
        (visit.say("admin.person_seen"), found.seen_on or "—"),
        (visit.say("admin.person_sessions"), number(found.sessions, visit)),
        (visit.say("nav.stations"), number(found.stations, visit)),
    ]
    if found.disabled_at:
        facts.append((visit.say("admin.is_disabled"), formats.day(found.disabled_at, visit.language)))
    return facts


def _reset_link(found: Person, person: Account, visit: Visit) -> None:
    who = found.account
    kept = st.session_state.pop(LINK, None)
    if kept and kept[0] == who.id:
        _shown(kept[1], who)
        return
    if found.disabled_at:
        return
    with reading() as session:
        by = admin_people.link_way(session, who)
    if by is LinkWay.MAIL:
        if st.button(say("admin.link_send"), key="admin_link_send", icon=":material/outgoing_mail:", width="stretch"):
            send = partial(admin_people.send_reset_link, user_id=who.id, actor=person.username, now=visit.now)
            if tried(send, visit):
                begin_anew(say("admin.link_sent", mail=who.mail))
        note(say("admin.link_send_why", mail=who.mail))
        return
    if st.button(say("admin.link"), key="admin_link_make", icon=":material/key:", width="stretch"):
        made: list[str] = []
        if tried(lambda: made.append(_make_link(who, person, visit)), visit):
            # Kept for the next run alone, and nowhere else.
            st.session_state[LINK] = (who.id, made[0])
            st.rerun()
    note(f"{say('admin.link_why')} {say(f'admin.link_{by}')}")


def _shown(link: str, who: Account) -> None:
    """The link, once, to copy or to write in a mail of one's own."""
    with st.container(key="admin_link"):
        st.success(say("admin.link_once"), icon=":material/key:")
        st.code(link, language=None, wrap_lines=True)
        words = quote(say("admin.link_mail", link=link))
        st.html(
            f"<p class='cb-ways'><a href='mailto:{quote(who.mail, safe='@')}?body={words}'>"
            f"{escape(say('admin.link_by_mail'))}</a></p>"
        )


def _make_link(who: Account, person: Account, visit: Visit) -> str:
    secret = admin_people.reset_link(user_id=who.id, actor=person.username, now=visit.now)
    here = urlsplit(st.context.url or "")
    # Beside this page, wherever the site lies.
    folder = here.path.rpartition("/")[0]
    return f"{here.scheme}://{here.netloc}{folder}/{reset_links.path(secret)}"


def _deeds(found: Person, person: Account, visit: Visit) -> list[Deed]:
    facts = {"user_id": found.account.id, "actor": person.username, "now": visit.now}

    def deed(name: str, icon: str, verb: Callable[..., object], *before: Callable[[], object]) -> Deed:
        return Deed(name, f":material/{icon}:", lambda: verb(*(make() for make in before), **facts))

    role = (
        deed("demote", "remove_moderator", admin_people.demote, open_store)
        if found.account.is_admin
        else deed("promote", "add_moderator", admin_people.promote, open_store)
    )
    access = (
        deed("enable", "lock_open", admin_people.enable, open_store)
        if found.disabled_at
        else deed("disable", "block", admin_people.disable, open_store)
    )
    ended = [deed("end_sessions", "logout", admin_people.end_sessions)] if found.sessions else []
    return [*ended, access, role, deed("remove", "delete_forever", admin_people.remove, open_store)]


def _draw(deed: Deed, found: Person, person: Account, visit: Visit) -> None:
    who = found.account.username
    if not is_sure(
        f"{deed.name}_{found.account.id}",
        ask=say(f"admin.do_{deed.name}"),
        warning=say(f"admin.warn_{deed.name}", who=who),
        yes=say(f"admin.do_{deed.name}"),
        icon=deed.icon,
    ):
        return
    if not tried(deed.do, visit):
        return
    done = say(f"admin.done_{deed.name}", who=who)
    if found.account.id == person.id and deed.name != "promote":
        # The page is theirs no more.
        frame.say_next(done)
        st.switch_page(frame.HOME)
    if deed.name == "remove":
        del st.query_params["who"]
    begin_anew(done)
