"""The generated page of settings is the one in docs/."""

from scripts.settings_doc import PAGE, page
from settings import Settings


def test_the_page_is_up_to_date():
    """A setting added, changed or removed without `make settings-doc` fails here."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_setting_is_on_the_page():
    """One row each; a source's own come in a table of theirs."""
    written = page()

    assert [name for name in Settings.model_fields if f"CARBUROAM_{name.upper()}" not in written] == []
