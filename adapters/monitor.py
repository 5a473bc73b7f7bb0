"""Errors told to a Sentry service, where one is named: what went wrong and where in the code, nothing about whom.

Whatever is logged as an error is told. No message of an exception goes along, nor what a template was filled with:
either may quote what a person typed. The log has them, under the same number.
"""

import atexit
import logging
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from settings import settings, version

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# What our templates tell of an event without telling of a person.
NUMBERS = ("error_id", "visit", "run")
# A page that fails for everybody is told of once in this time.
AGAIN_AFTER_S = 60.0
FAREWELL_S = 2.0
# Of its own troubles it must not tell itself.
ITS_OWN = ("sentry_sdk", "urllib3")
OURS = re.compile(
    r"(server|home|etl|child|session|flows|(ui|pages|web|commands|services|pipeline|sources|adapters)\..+)$"
)
KEPT = ("event_id", "timestamp", "level", "platform", "release", "sdk", "logger", "tags", "fingerprint")
KEPT_OF_A_FRAME = ("filename", "function", "module", "lineno", "in_app")

_begun = threading.Lock()
_handler: "_Teller | None" = None


def begin(process: str) -> None:
    """Tell of what this process logs as an error from now on. Idempotent; does nothing where no service is named."""
    global _handler  # noqa: PLW0603 - one a process
    dsn = settings().sentry_dsn.get_secret_value()
    if not dsn or _handler is not None:
        return
    with _begun:
        if _handler is not None:
            return
        # Imported here: most installations have no such service.
        import sentry_sdk  # noqa: PLC0415

        sentry_sdk.init(
            dsn=dsn,
            release=f"carburoam@{version()}",
            # Integrations watch requests, arguments and local variables. We tell what we choose to.
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            auto_session_tracking=False,
            send_client_reports=False,
            before_send=_scrubbed,
        )
        _handler = _Teller(process)
        logging.getLogger().addHandler(_handler)
        atexit.register(end)


def end() -> None:
    """Send what waits, for two seconds at most, and tell no more. Idempotent."""
    global _handler
    with _begun:
        handler, _handler = _handler, None
    if handler is not None:
        import sentry_sdk  # noqa: PLC0415

        logging.getLogger().removeHandler(handler)
        sentry_sdk.get_client().close(timeout=FAREWELL_S)


class _Teller(logging.Handler):
    """Gives each kind of error to the service, at most once a minute."""

    def __init__(self, process: str) -> None:
        super().__init__(logging.ERROR)
        self._process = process
        self._told_at: dict[tuple[object, ...], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(ITS_OWN):
            return
        error = record.exc_info[1] if record.exc_info else None
        template = record.msg if OURS.match(record.name) and isinstance(record.msg, str) else ""
        kind = (record.name, template, type(error), _line(error))
        if time.monotonic() - self._told_at.get(kind, -AGAIN_AFTER_S) < AGAIN_AFTER_S:
            return
        self._told_at[kind] = time.monotonic()
        self._tell(record, error, template)

    def _tell(self, record: logging.LogRecord, error: BaseException | None, template: str) -> None:
        import sentry_sdk  # noqa: PLC0415
        from sentry_sdk.utils import event_from_exception  # noqa: PLC0415

        event: Event = {}
        hint: Hint = {}
        if error is not None:
            event, hint = event_from_exception(error, client_options=sentry_sdk.get_client().options)
        event["level"] = "error"
        event["logger"] = record.name
        event["tags"] = {"process": self._process, "said": template[:200], "code": _code(error), **_numbers(record)}
        sentry_sdk.capture_event(event, hint)


def _scrubbed(event: "Event", _hint: "Hint") -> "Event":
    """Of an event only what is known to hold nobody's data."""
    told: dict[str, Any] = {name: value for name, value in event.items() if name in KEPT}
    told["exception"] = {
        "values": [
            {
                "type": found.get("type"),
                "module": found.get("module"),
                "stacktrace": {
                    "frames": [
                        {name: value for name, value in frame.items() if name in KEPT_OF_A_FRAME}
                        for frame in (found.get("stacktrace") or {}).get("frames", [])
                    ]
                },
            }
            for found in event.get("exception", {}).get("values", [])
        ]
    }
    return told  # type: ignore[return-value]


def _numbers(record: logging.LogRecord) -> dict[str, str]:
    said = record.getMessage()
    found = {name: re.search(rf"\b{name}=([0-9a-f]{{6,12}})\b", said) for name in NUMBERS}
    return {name: match[1] for name, match in found.items() if match}


def _code(error: BaseException | None) -> str:
    """What a system or a database calls the error: `ENOSPC` and a locked base have one type."""
    root = getattr(error, "orig", None) or error
    for name in ("sqlite_errorname", "sqlstate", "errno"):
        if (code := getattr(root, name, None)) is not None:
            return str(code)
    return ""


def _line(error: BaseException | None) -> int:
    last = error.__traceback__ if error else None
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last.tb_lineno if last else 0
