"""What this is, how to use it, where the data comes from, and what becomes of yours."""

from html import escape

import streamlit as st

from services import shared
from services.data_state import DataKind
from settings import settings, version
from sources import SOURCES, WANTED_ONLY, configured
from sources.base import NameSource, TownSource
from texts import formats
from ui import frame
from ui.language import say
from ui.pictures import GUIDE, image

WRONG_PRICE = "https://www.prix-carburants.gouv.fr/"
ABROAD = {"es_minetur": "about.source_prices_es", "it_mimit": "about.source_prices_it"}
STEPS = ("fuel", "place", "card", "age", "go")


def section(key: str, body: str) -> None:
    """A heading and its paragraph; `body` is HTML."""
    st.html(f"<h2 class='cb-h2'>{escape(say(f'about.{key}'))}</h2>{body}")


def paragraph(words: str) -> str:
    """Plain words as HTML."""
    return f"<p>{escape(words)}</p>"


frame.guard()
visit = frame.enter(say("about.title"), waits_for_data=False)

st.html(f"<p class='cb-lead'>{escape(say('about.what'))}</p>")
steps = "".join(
    f"<li>{image(GUIDE[step])}"
    f"<div><b>{escape(say(f'about.step_{step}'))}</b><span>{escape(say(f'about.step_{step}_more'))}</span></div></li>"
    for step in GUIDE
)
section("guide", f"<ol class='cb-steps'>{steps}</ol>")
minutes = int(settings().etl_interval.total_seconds() // 60)
section("how", paragraph(say("about.how_more", minutes=minutes)))

lines = ""
dates = shared.data_dates(visit.state.version) if visit.state.kind is DataKind.REAL else {}
in_use = {entry.source.name for entry in configured(settings())} | dates.keys()
for source in (make() for name, make in SOURCES.items() if name in in_use or name not in WANTED_ONLY):
    credit = source.attribution
    when = dates.get(source.name)
    if isinstance(source, NameSource):
        words = say("about.source_names", publisher=credit.publisher, licence=credit.licence)
    elif isinstance(source, TownSource):
        words = say("about.source_towns", publisher=credit.publisher, licence=credit.licence)
    elif when is None:
        words = say("about.source_prices_none", publisher=credit.publisher, licence=credit.licence)
    else:
        key = ABROAD.get(source.name, "about.source_prices")
        day = formats.day(when, visit.language)
        words = say(key, when=day, publisher=credit.publisher, licence=credit.licence)
    lines += f"<p>{escape(words)} <a href='{credit.homepage}' target='_blank' rel='noopener'>{credit.homepage}</a></p>"
if settings().geocoding_url:
    site = "https://adresse.data.gouv.fr/"
    words = say("about.source_addresses")
    lines += f"<p>{escape(words)} <a href='{site}' target='_blank' rel='noopener'>{site}</a></p>"
section("sources", lines + paragraph(say("about.source_map")))
section("privacy", paragraph(say("about.privacy_more")))
section("legal", paragraph(say("about.legal_more")))
contact = settings().contact
code = paragraph(f"{say('about.free')} {say('about.version', version=version())}.")
if settings().code_url:
    address = escape(settings().code_url, quote=True)
    code += f"<p><a href='{address}' target='_blank' rel='noopener'>{escape(say('about.code'))}</a></p>"
section(
    "contact",
    f"<p>{escape(say('about.wrong_price_more'))} "
    f"<a href='{WRONG_PRICE}' target='_blank' rel='noopener'>{escape(say('about.wrong_price'))}</a></p>"
    + (paragraph(say("about.contact_mail", contact=contact)) if contact else "")
    + code,
)
st.html(frame.data_line(visit))
