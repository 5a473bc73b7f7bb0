"""Settings: defaults that work, values that are checked, messages that help."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from errors import SettingsInvalid
from setting_values import SourceSettings
from settings import ROOT, Settings, now, settings


def _with(environment: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        environment.setenv(f"CARBUROAM_{name}", value)
    settings.cache_clear()
    return settings()


def test_nothing_needs_to_be_configured(environment: pytest.MonkeyPatch):
    """A laptop runs it as it is: SQLite below outputs/, the publisher's own feed."""
    environment.delenv("CARBUROAM_OUTPUTS_DIR")
    settings.cache_clear()

    assert settings().database == f"sqlite:///{ROOT / 'outputs' / 'base' / 'carburoam.sqlite3'}"
    assert settings().feed_url is None


def test_a_relative_folder_hangs_below_the_project(environment: pytest.MonkeyPatch, tmp_path: Path):
    """The app, its child and a cron job must mean the same folder whatever their working directory."""
    environment.chdir(tmp_path)

    assert _with(environment, OUTPUTS_DIR="elsewhere/data").outputs_dir == ROOT / "elsewhere" / "data"


def test_an_absolute_folder_is_taken_as_it_is(environment: pytest.MonkeyPatch, tmp_path: Path):
    """A mounted volume."""
    assert _with(environment, OUTPUTS_DIR=str(tmp_path)).outputs_dir == tmp_path


def test_a_source_is_configured_by_name(environment: pytest.MonkeyPatch):
    """Nested variables change one fact of one source and leave the others to the source itself."""
    configured = _with(
        environment,
        SOURCES__FR_PRIX_CARBURANTS__INTERVAL="PT10M",
        SOURCES__IT_OSSERVAPREZZI__IS_ON="false",
    )

    assert configured.sources == {
        "fr_prix_carburants": SourceSettings(interval=timedelta(minutes=10)),
        "it_osservaprezzi": SourceSettings(is_on=False),
        "fr_brands": SourceSettings(is_on=False),  # as the tests have it, and the next
        "fr_communes": SourceSettings(is_on=False),
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ETL_INTERVAL", "soon", "etl_interval"),
        ("ETL_INTERVAL", "0", "etl_interval"),
        ("ETL_INTERVAL", "-PT5M", "etl_interval"),
        ("LEASE_LASTS", "PT0S", "lease_lasts"),
        ("START_ETL", "perhaps", "start_etl"),
        ("DOWNLOAD_TRIES", "0", "download_tries"),
        ("DOWNLOAD_TRIES", "eleven", "download_tries"),
        ("HISTORY_DAYS", "-1", "history_days"),
        ("CLOCK", "2025-02-07T08:30", "clock"),
        ("SOURCES__FR_PRIX_CARBURANTS__PACE", "PT10M", "pace"),
    ],
)
def test_a_bad_value_is_named(environment: pytest.MonkeyPatch, name: str, value: str, said: str):
    """The operator reads which variable is wrong, at start and not at three in the morning."""
    with pytest.raises(SettingsInvalid, match=f"(?i)CARBUROAM_{said}|__{said}"):
        _with(environment, **{name: value})


MAIL = {"SMTP_HOST": "mail.example.org", "MAIL_FROM": "Carburoam <no-reply@example.org>"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"SMTP_HOST": "mail.example.org"}, "CARBUROAM_MAIL_FROM must be set"),
        ({"MAIL_FROM": "nobody"}, "CARBUROAM_MAIL_FROM is no mail address"),
        ({"MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "CARBUROAM_MAIL_FROM is no mail address"),
        (MAIL | {"SMTP_USERNAME": "u"}, "CARBUROAM_SMTP_PASSWORD are set together"),
        (MAIL | {"SMTP_PASSWORD": "very-secret"}, "CARBUROAM_SMTP_PASSWORD are set together"),
        (MAIL | {"SMTP_SECURITY": "none"}, "CARBUROAM_SMTP_SECURITY may be `none` only"),
        (MAIL | {"SMTP_SECURITY": "ssl"}, "CARBUROAM_SMTP_SECURITY: .*starttls"),
        (MAIL | {"SMTP_PORT": "70000"}, "CARBUROAM_SMTP_PORT"),
        ({"SECRET": "very-secret"}, "CARBUROAM_SECRET needs 32 characters"),
        ({"GEOCODING_URL": "http://data.example.org/reverse"}, "CARBUROAM_GEOCODING_URL is no address of a service"),
        ({"GEOCODING_URL": "file:///addresses"}, "CARBUROAM_GEOCODING_URL is no address of a service"),
        ({"GEOCODING_URL": "https://[half"}, "CARBUROAM_GEOCODING_URL is no address of a service"),
    ],
)
def test_mail_key_and_services_are_checked_at_start(environment: pytest.MonkeyPatch, values: dict[str, str], said: str):
    """Not when the first person has forgotten a password; and the message tells no secret."""
    with pytest.raises(SettingsInvalid, match=said) as told:
        _with(environment, **values)
    assert "very-secret" not in f"{told.value} {told.value.__cause__}"


def test_a_mail_server_on_this_machine_needs_no_encryption(environment: pytest.MonkeyPatch):
    """A relay beside the application, or a test's own."""
    configured = _with(environment, SMTP_HOST="localhost", SMTP_SECURITY="none", MAIL_FROM="a@b.example")

    assert configured.smtp_host == "localhost"


def test_secrets_are_not_shown(environment: pytest.MonkeyPatch):
    """A log line with all settings gives nothing away."""
    shown = repr(_with(environment, SECRET="k" * 32, SMTP_USERNAME="u", SMTP_PASSWORD="very-secret"))

    assert "kkkk" not in shown
    assert "very-secret" not in shown


def test_a_misspelt_variable_is_told(environment: pytest.MonkeyPatch):
    """Rather than left without effect, and with the name that was probably meant."""
    with pytest.raises(SettingsInvalid, match=r"CARBUROAM_FEED_URI is no setting; did you mean CARBUROAM_FEED_URL\?"):
        _with(environment, FEED_URI="file:///feed.zip")


def test_settings_do_not_change():
    """Read once, the same for all: a page cannot bend them for another."""
    with pytest.raises(ValidationError, match="frozen"):
        settings().start_etl = False  # type: ignore[misc]


def test_settings_are_read_once(environment: pytest.MonkeyPatch):
    """A variable changed later has no effect in a running process."""
    first = settings()
    environment.setenv("CARBUROAM_START_ETL", "false")

    assert settings() is first


def test_the_clock_can_be_stopped(environment: pytest.MonkeyPatch):
    """An old snapshot is shown as on its day; the offset is part of the moment."""
    _with(environment, CLOCK="2025-02-07T08:30:00+01:00")

    assert now() == datetime(2025, 2, 7, 7, 30, tzinfo=UTC)


def test_the_clock_runs_otherwise():
    """Aware, and the real time."""
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_another_database_is_taken_as_it_is(environment: pytest.MonkeyPatch):
    """The address belongs to SQLAlchemy; the outputs folder has no say in it."""
    address = "postgresql+psycopg://carburoam@db/carburoam"

    assert _with(environment, DATABASE_URL=address).database == address
