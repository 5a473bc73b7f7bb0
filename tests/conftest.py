"""What every test may ask for: a clean environment, an empty base on either database, the real snapshots."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

import session
from adapters.storage import ObjectStore, open_store
from services import passwords
from settings import ROOT, Settings, settings
from tests import postgres, stores
from tests.processes import NO_LISTS

SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """Each test starts as a fresh installation would: nothing configured, nothing open, an outputs folder of its own.

    A test changes the environment through `monkeypatch.setenv` and then calls `settings.cache_clear()`.
    """
    for name in [name for name in os.environ if name.startswith("CARBUROAM_")]:
        monkeypatch.delenv(name)
    # A developer's own .env must not decide how a test ends.
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("CARBUROAM_OUTPUTS_DIR", str(tmp_path / "outputs"))
    # Nor does a test that wants a feed ask the publishers of names and of towns for their lists.
    for name, value in NO_LISTS.items():
        monkeypatch.setenv(name, value)
    _forget()
    yield monkeypatch
    _forget()


def _forget() -> None:
    if session.engine.cache_info().currsize:
        session.engine().dispose()
    session.engine.cache_clear()
    settings.cache_clear()


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and nothing else: a copy of it is quicker than a migration."""
    file = tmp_path_factory.mktemp("template") / "prepared.sqlite3"
    made = session.make_engine(f"sqlite:///{file}")
    session.prepare(made)
    made.dispose()
    return file


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> postgres.Server:
    """The PostgreSQL server of this test run; all workers share it."""
    return postgres.start(_folder_of_the_run(tmp_path_factory))


@pytest.fixture
def postgres_address(postgres_server: postgres.Server) -> Iterator[str]:
    """The address of a database that does not exist yet; it is dropped after the test."""
    address = postgres_server.new_address()
    yield address
    postgres_server.drop(address)


@pytest.fixture
def sqlite_database(environment: pytest.MonkeyPatch, prepared_sqlite: Path, tmp_path: Path) -> Engine:
    """A fresh, prepared SQLite base, which is also the application's own (`session.engine()`)."""
    file = tmp_path / "base.sqlite3"
    shutil.copyfile(prepared_sqlite, file)
    return _application_uses(f"sqlite:///{file}", environment)


@pytest.fixture
def postgres_database(
    environment: pytest.MonkeyPatch, postgres_server: postgres.Server, postgres_address: str
) -> Engine:
    """A fresh, prepared PostgreSQL base, which is also the application's own (`session.engine()`)."""
    postgres_server.clone_prepared(postgres_address)
    return _application_uses(postgres_address, environment)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Engine:
    """A fresh, prepared base on each database in turn, which is also the application's own (`session.engine()`)."""
    made: Engine = request.getfixturevalue(f"{request.param}_database")
    return made


def _application_uses(address: str, environment: pytest.MonkeyPatch) -> Engine:
    environment.setenv("CARBUROAM_DATABASE_URL", address)
    _forget()
    return session.engine()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The S3 service of this test run."""
    with stores.moto() as address:
        yield address


@pytest.fixture
def folder_store(environment: pytest.MonkeyPatch, tmp_path: Path) -> ObjectStore:
    """A fresh store in a folder, which is also the application's own."""
    return _application_keeps({"CARBUROAM_STORE_URL": str(tmp_path / "store")}, environment)


@pytest.fixture
def s3_store(environment: pytest.MonkeyPatch, s3_endpoint: str) -> ObjectStore:
    """A fresh store in a bucket, which is also the application's own."""
    variables = stores.s3_environment(s3_endpoint)
    store = _application_keeps(variables, environment)
    stores.make_bucket(variables)
    return store


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """A fresh store of each kind in turn."""
    made: ObjectStore = request.getfixturevalue(f"{request.param}_store")
    return made


@pytest.fixture(params=[("sqlite", "folder"), ("postgres", "s3")], ids=["folder+sqlite", "s3+postgres"])
def place(request: pytest.FixtureRequest, environment: pytest.MonkeyPatch) -> stores.Place:
    """A fresh base with a fresh store, of each kind in turn; hashes are cheap."""
    environment.setattr(passwords, "COST", 4)
    base, kind = request.param
    on: Engine = request.getfixturevalue(f"{base}_database")
    made: ObjectStore = request.getfixturevalue(f"{kind}_store")
    variables = {name: value for name, value in os.environ.items() if name.startswith(("CARBUROAM_", "AWS_"))}
    return stores.Place(made, on, variables)


@pytest.fixture
def laptop(sqlite_database: Engine, folder_store: ObjectStore, environment: pytest.MonkeyPatch) -> stores.Place:
    """A fresh base with a fresh store of the kind that needs nothing, for what asks neither anything of its own."""
    environment.setattr(passwords, "COST", 4)
    return stores.Place(folder_store, sqlite_database, {})


def _application_keeps(variables: dict[str, str], environment: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in variables.items():
        environment.setenv(name, value)
    settings.cache_clear()
    return open_store()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material beside the repository: real snapshots, brands."""
    if not SHARED.is_dir():
        pytest.skip("the real snapshots lie in ../shared, which is not here")
    return SHARED


@pytest.fixture(scope="session")
def real_feed(shared: Path) -> Callable[[str], Path]:
    """Gives the real snapshot of a moment, e.g. `real_feed("2025-02-07T0830")`."""
    return lambda moment: shared / "feeds" / f"instantane-{moment}.zip"


def _folder_of_the_run(factory: pytest.TempPathFactory) -> Path:
    # Under xdist each worker has a folder of its own inside that of the run.
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last to leave turns off PostgreSQL: under xdist that is the controller, after its workers."""
    factory: pytest.TempPathFactory | None = getattr(config, "_tmp_path_factory", None)
    if factory is not None and not hasattr(config, "workerinput"):
        postgres.stop(factory.getbasetemp())
