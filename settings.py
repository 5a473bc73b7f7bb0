"""Every setting of the application: one frozen object, read once from `CARBUROAM_*`, checked at start."""

import os
import tomllib
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from errors import SettingsInvalid
from setting_values import LOOPBACK, PositiveSpan, SourceSettings, is_mail, is_service, is_site

ROOT = Path(__file__).resolve().parent
SHORTEST_SECRET = 32
SHORTEST_CLAIM = 20


def _below_root(path: Path) -> Path:
    # A relative path means the same folder whatever the working directory of the process.
    return path if path.is_absolute() else ROOT / path


FolderPath = Annotated[Path, AfterValidator(_below_root)]


class Settings(BaseSettings):
    """Defaults suit a laptop; a deployment sets `CARBUROAM_*` variables."""

    model_config = SettingsConfigDict(
        env_prefix="CARBUROAM_",
        env_nested_delimiter="__",
        env_file=ROOT / ".env",
        extra="ignore",
        frozen=True,
        validate_default=True,
        # A message may be logged, and a value may be a password.
        hide_input_in_errors=True,
    )

    outputs_dir: FolderPath = Field(Path("outputs"), description="Folder for all that a run writes: base, logs.")
    database_url: str = Field(
        "",
        description=(
            "SQLAlchemy address of the database, `sqlite:///…` or `postgresql+psycopg://…`. "
            "Empty: SQLite in `base/carburoam.sqlite3` below the outputs folder."
        ),
    )
    store_url: str = Field(
        "",
        description=(
            "Where credentials are kept, one object a person: a folder, or `s3://bucket/prefix`. "
            "Empty: `store` below the outputs folder."
        ),
    )
    s3_endpoint: str = Field(
        "",
        description=(
            "Address of an S3 service other than Amazon's. "
            "Its keys come from boto3's own variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`) or files."
        ),
    )
    secret: SecretStr = Field(
        SecretStr(""),
        description=(
            "Key that codes sent by mail and sign-in throttles are hashed with, 32 characters or more. Empty: one is "
            "made once and kept in `store/secret` below the outputs folder. Several servers need the same one."
        ),
    )
    admin_claim: SecretStr = Field(
        SecretStr(""),
        description=(
            "For a host without a shell: a secret of 20 characters or more that one signed-in person types on their "
            "profile, once, to become an admin. Remove it afterwards. Empty: `etl.py create-admin` is the only way."
        ),
    )
    smtp_host: str = Field(
        "", description="Mail server. Empty: mails are written as `.eml` files into `mail` below the outputs folder."
    )
    smtp_port: int | None = Field(None, ge=1, le=65535, description="Its port. Empty: 587, with `tls` 465.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="`starttls`, `tls` from the first byte on, or `none`, for a server on this machine only.",
    )
    smtp_username: str = Field("", description="Name to sign in with at the mail server. Empty: no sign-in.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password to sign in with at the mail server.")
    smtp_timeout_s: float = Field(10.0, gt=0, le=60, description="Seconds to wait for each answer of the mail server.")
    mail_from: str = Field(
        "",
        description="Sender of mails, `name@example.org` or `Carburoam <name@example.org>`; needed with a mail server.",
    )
    feed_url: str | None = Field(
        None,
        description="Address of the French feed, `https://` or `file://`. Empty: the publisher's own.",
    )
    sources: dict[str, SourceSettings] = Field(
        {},
        description=(
            "Per source `url`, `interval` and `is_on`, e.g. `CARBUROAM_SOURCES__FR_PRIX_CARBURANTS__INTERVAL=PT10M`. "
            "Spain (`ES_MINETUR`) and Italy (`IT_MIMIT`) are off until `…__IS_ON=true`."
        ),
    )
    second_road_after: int = Field(
        3,
        ge=0,
        le=1000,
        description=(
            "Runs in a row that brought no list from the French feed, after which the same prices are fetched from "
            "data.economie.gouv.fr until it is back. 0: never."
        ),
    )
    second_road_url: str | None = Field(
        None,
        description=(
            "Address of that other publication, `https://` or `file://`. Empty: the publisher's own, and only where "
            "the feed's address is its own too."
        ),
    )
    geocoding_url: str = Field(
        "",
        description=(
            "Address of the service that tells a French station's missing address or town by its position: "
            "`https://data.geopf.fr/geocodage/reverse` is the national one. Empty: nobody is asked, and a missing "
            "town is taken from the nearest station."
        ),
    )
    etl_interval: PositiveSpan = Field(
        timedelta(minutes=30), description="Time between two runs of a source, ISO 8601: `PT30M`."
    )
    start_etl: bool = Field(default=True, description="Whether the server starts and keeps an ETL child.")
    sample_data: bool = Field(
        default=True, description="Whether an empty base is filled with example stations while no feed can be had."
    )
    lease_lasts: PositiveSpan = Field(
        timedelta(minutes=1), description="Life of an ETL lease without heartbeat; another server takes over after it."
    )
    connect_timeout_s: float = Field(5.0, gt=0, description="Seconds to wait for a connection to a publisher.")
    read_timeout_s: float = Field(20.0, gt=0, description="Seconds to wait for the next bytes of a download.")
    download_timeout_s: float = Field(300.0, gt=0, description="Seconds that one whole download may take.")
    download_tries: int = Field(4, ge=1, le=10, description="Tries of a download before the run is given up.")
    download_max_mb: int = Field(200, gt=0, description="Largest download accepted, in megabytes.")
    history_days: int = Field(400, ge=1, description="Days of price history kept.")
    archive_url: str | None = Field(
        None,
        description=(
            "Address beside which the publisher's archives `jour/AAAAMMJJ` and `annee/AAAA` lie, `https://` or "
            "`file://`. Empty: the feed's own."
        ),
    )
    backfill_days: int = Field(
        30,
        ge=0,
        le=400,
        description=(
            "Days of the past that the child fetches by itself, bit by bit, where the base does not know them; more "
            "than 30 take the archives of whole years, 32 MB each. Only over https. 0: none."
        ),
    )
    log_days: float = Field(1.0, gt=0, description="Days that the child's old output files are kept.")
    clock: AwareDatetime | None = Field(
        None,
        description="A fixed moment (ISO 8601, offset) taken as now, for old data: no session, code or pause ends.",
    )
    keeps_disk: bool | None = Field(
        None,
        description=(
            "Whether what is written below the outputs folder outlives a restart of this host. Empty: guessed; where "
            "it does not and the store is a folder, the admin console warns."
        ),
    )
    sentry_dsn: SecretStr = Field(
        SecretStr(""),
        description="Address (DSN) of a Sentry project that is sent errors, without personal data. Empty: none are.",
    )
    notify_urls: SecretStr = Field(
        SecretStr(""),
        description="Where the owner is told of faults: Apprise addresses (`ntfy://…`), spaces between. Empty: not.",
    )
    notify_language: Literal["fr", "en"] = Field("fr", description="Language of what is told there.")
    notify_registrations: bool = Field(default=False, description="Whether it is told how many registered, hourly.")
    notify_etl_after: PositiveSpan = Field(timedelta(hours=3), description="Time without a good run until it is told.")
    notify_backup_after: PositiveSpan = Field(timedelta(days=2), description="Age of the last backup that is told.")
    notify_disk_mb: int = Field(500, ge=0, description="Megabytes left for outputs below which it is told. 0: never.")
    query_database_url: SecretStr = Field(
        SecretStr(""),
        description=(
            "With PostgreSQL: address of the database for queries in the admin console, with a role of its own that "
            "may only read (docs/running.md). Empty: no queries there. SQLite needs none."
        ),
    )
    admin_shell: bool = Field(
        default=False,
        description=(
            "Whether admins may run commands of the host and writing SQL from the console, after their password. "
            "Whoever takes over an admin's account then has this machine: leave it off."
        ),
    )
    public_url: str = Field(
        "",
        description=(
            "Address of this site as its visitors type it, `https://…`: mails about prices (one tap there ends them) "
            "and an admin's for a new password link to it. Empty: no mail holds a link."
        ),
    )
    code_url: str = Field(
        "", description="Address of the source code of this deployment, linked from About. Empty: no link."
    )
    contact: str = Field("", description="Mail address shown on About for questions and wrong prices. Empty: none.")

    @property
    def database(self) -> str:
        """The database's address, with the default filled in."""
        # Asked several times a page: words put together cost a tenth of paths joined.
        return self.database_url or f"sqlite:///{self.outputs_dir}/base/carburoam.sqlite3"

    @property
    def store(self) -> str:
        """The address of the credentials store, with the default filled in."""
        return self.store_url or str(self.outputs_dir / "store")

    @model_validator(mode="after")
    def _values_can_be(self) -> Self:
        if 0 < len(self.secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"CARBUROAM_SECRET needs {SHORTEST_SECRET} characters or more")
        if self.admin_claim.get_secret_value() and len(self.admin_claim.get_secret_value().strip()) < SHORTEST_CLAIM:
            raise ValueError(f"CARBUROAM_ADMIN_CLAIM needs {SHORTEST_CLAIM} characters or more")
        if self.public_url and not is_site(self.public_url):
            raise ValueError("CARBUROAM_PUBLIC_URL is no address of a site, `https://carburoam.example.org`")
        if self.geocoding_url and not is_service(self.geocoding_url):
            raise ValueError("CARBUROAM_GEOCODING_URL is no address of a service, `https://…`")
        return self

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Self:
        if self.smtp_host and not self.mail_from:
            raise ValueError("CARBUROAM_SMTP_HOST is set, so CARBUROAM_MAIL_FROM must be set too")
        if self.mail_from and not is_mail(self.mail_from):
            raise ValueError("CARBUROAM_MAIL_FROM is no mail address, `name@example.org` or `Name <name@example.org>`")
        if bool(self.smtp_username) != bool(self.smtp_password.get_secret_value()):
            raise ValueError("CARBUROAM_SMTP_USERNAME and CARBUROAM_SMTP_PASSWORD are set together or not at all")
        if self.smtp_host and self.smtp_security == "none" and self.smtp_host not in LOOPBACK:
            raise ValueError("CARBUROAM_SMTP_SECURITY may be `none` only where CARBUROAM_SMTP_HOST is localhost")
        return self


@lru_cache(maxsize=1)
def version() -> str:
    """The version of the application, which pyproject.toml alone names."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Tests call `settings.cache_clear()` after changing the environment.

    Raises SettingsInvalid for a value that cannot be, and for a variable that does not exist: it is a misspelling.
    """
    known = {f"CARBUROAM_{name.upper()}" for name in Settings.model_fields}
    for name in os.environ:  # noqa: TID251 - this is where it is read
        if name.upper().startswith("CARBUROAM_") and name.upper().partition("__")[0] not in known:
            likely = get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {likely[0]}?" if likely else ""
            raise SettingsInvalid(f"{name} is no setting{hint}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        where = "__".join(str(part) for part in first["loc"]).upper()
        if not where:
            # What concerns several settings names them itself.
            raise SettingsInvalid(first["msg"].removeprefix("Value error, ")) from error
        raise SettingsInvalid(f"CARBUROAM_{where}: {first['msg']}") from error


def now() -> datetime:
    """The moment that the application takes as now: the real one, unless `CARBUROAM_CLOCK` stops it."""
    return settings().clock or datetime.now(UTC)
