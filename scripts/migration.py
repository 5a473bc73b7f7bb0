"""Write the next migration from what changed in models.py: `python -m scripts.migration "what it does"`."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

import session


def main(message: str) -> int:
    """Compare models.py with a base at the newest revision, and write the difference for a person to read."""
    if not message.strip():
        print('say what it does: make migration m="stations get a brand"', file=sys.stderr)
        return 2
    number = f"{int(session.newest_revision()) + 1:04}"
    config = Config()
    config.set_main_option("script_location", str(session.MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as folder:
        engine = session.make_engine(f"sqlite:///{Path(folder) / 'base.sqlite3'}")
        session.prepare(engine)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
