"""Telling whoever runs the service, through one of a hundred services that Apprise knows by their address.

An address holds the key to its service: not even a failure is logged with it, but with its place in the setting.
"""

import logging
from typing import Literal

from errors import NoticeNotSent
from settings import settings

log = logging.getLogger(__name__)

Kind = Literal["failure", "success", "info"]


def is_on() -> bool:
    """Whether there is anybody to tell."""
    return bool(_addresses())


def send(title: str, body: str, *, kind: Kind) -> None:
    """Hand it to every service, each within seconds. Raises NoticeNotSent where not one of them took it.

    Where some did it counts as told, and the log names the others.
    """
    taken = 0
    for place, address in enumerate(_addresses(), 1):
        if _takes(address, title, body, kind):
            taken += 1
        else:
            log.warning("notice: number %s of CARBUROAM_NOTIFY_URLS did not take it, or is no address", place)
    if not taken:
        raise NoticeNotSent("not one service took the notice")


def _takes(address: str, title: str, body: str, kind: Kind) -> bool:
    # Imported here: it costs 20 MB and half a second, and is needed only when something is to be told.
    from apprise import Apprise, AppriseAsset, NotifyType  # noqa: PLC0415

    # Its own log lines hold the addresses.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    # In this thread; nothing is kept on the disk.
    service = Apprise(asset=AppriseAsset(app_id="Carburoam", app_desc="Carburoam", async_mode=False))
    try:
        return bool(
            service.add(address)
            and service.notify(title=title, body=body, notify_type=NotifyType(kind), body_format="text")
        )
    except Exception as error:  # noqa: BLE001 - a hundred services: what one of them raises may hold its address
        log.warning("notice: %s", type(error).__name__)
        return False


def _addresses() -> list[str]:
    return settings().notify_urls.get_secret_value().split()
