"""What values of settings may be: shapes that more than one setting has, and checks of addresses."""

import re
from datetime import timedelta
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

SITE = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+(/[A-Za-z0-9._~\-]+)*/?")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

PositiveSpan = Annotated[timedelta, Field(gt=timedelta(0))]


class SourceSettings(BaseModel):
    """What an operator may change of one source; what is left out keeps the source's own default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = Field(None, description="Address of its feed, `https://` or `file://`.")
    interval: PositiveSpan | None = Field(None, description="Time between two of its runs.")
    is_on: bool | None = Field(None, description="Whether it is read at all.")


def is_site(address: str) -> bool:
    """Whether it is the address of a site, as its visitors type it."""
    return bool(SITE.fullmatch(address))


def is_service(address: str) -> bool:
    """Whether it may be asked over the network: encrypted, or on this machine."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        return False


def is_mail(sender: str) -> bool:
    """Whether mail can be sent from it, `name@example.org` or `Name <name@example.org>`."""
    address = parseaddr(sender)[1]
    local, _, domain = address.rpartition("@")
    # Signs that do not print are line ends and worse: they would begin another header.
    return bool(local and domain) and sender.isprintable() and " " not in address
