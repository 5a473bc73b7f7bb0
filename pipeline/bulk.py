"""Many rows at once: statements compiled by SQLAlchemy, run by the driver, the same on SQLite and PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ClauseElement, Connection, bindparam, insert
from sqlalchemy.exc import DBAPIError

from models import Base
from session import insert_into

# Positional parameters, so that a row is a plain tuple: the ORM's dictionaries and unit of work cost five times this.
PARAMSTYLE = {"sqlite": "qmark", "postgresql": "format"}
CHUNK = 2_000

Row = tuple[Any, ...]


class Bulk:
    """Reads and writes plain tuples inside the transaction of a connection. Column types are not converted."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.name = connection.dialect.name
        self._dialect = type(connection.dialect)(paramstyle=PARAMSTYLE[self.name])  # type: ignore[call-arg]

    def read(self, statement: ClauseElement) -> Iterator[Row]:
        """The rows of a select, streaming."""
        text, names, values = self._compiled(statement)
        cursor = self.connection.connection.cursor()
        try:
            with self._told_as_by_sqlalchemy(text):
                cursor.execute(text, tuple(values[name] for name in names))
            while True:
                with self._told_as_by_sqlalchemy(text):
                    rows = cursor.fetchmany(CHUNK)
                if not rows:
                    return
                yield from rows
        finally:
            cursor.close()

    def write(self, statement: ClauseElement, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Run a statement once a row; `columns` name its parameters in the order of the rows' values.

        A parameter that is no column keeps the value that the statement gives it. Gives back how many rows were
        written.
        """
        if not rows:
            return 0
        text, names, values = self._compiled(statement)
        if tuple(names) == tuple(columns):
            return self.connection.exec_driver_sql(text, list(rows)).rowcount
        order = [columns.index(name) if name in columns else None for name in names]
        fixed = [values.get(name) for name in names]
        return self.connection.exec_driver_sql(
            text,
            [tuple(value if at is None else row[at] for at, value in zip(order, fixed, strict=True)) for row in rows],
        ).rowcount

    def insert(self, model: type[Base], columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert rows that are known to be new; by COPY where the database has it."""
        if not rows:
            return
        if self.name != "postgresql":
            self.write(insert(model).values(_parameters(columns)), columns, rows)
            return
        names = ", ".join(columns)
        cursor: Any = self.connection.connection.cursor()
        text = f"COPY {model.__tablename__} ({names}) FROM STDIN"
        with self._told_as_by_sqlalchemy(text), cursor, cursor.copy(text) as copy:
            for row in rows:
                copy.write_row(row)

    def add(self, model: type[Base], columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Insert the rows whose key is not there yet; how many those were."""
        new = insert_into(model, self.connection).values(_parameters(columns))
        return self.write(new.on_conflict_do_nothing(), columns, rows)

    def upsert(self, model: type[Base], columns: Sequence[str], rows: Sequence[Row], *, key: Sequence[str]) -> None:
        """Insert rows, or bring those with the same key up to date. A row that is the same already is not written."""
        new = insert_into(model, self.connection).values(_parameters(columns))
        others = [name for name in columns if name not in key]
        table = model.__table__.c
        differs = [table[name].is_distinct_from(new.excluded[name]) for name in others]
        where = differs[0]
        for other in differs[1:]:
            where = where | other
        self.write(
            new.on_conflict_do_update(
                index_elements=list(key), set_={name: new.excluded[name] for name in others}, where=where
            ),
            columns,
            rows,
        )

    @contextmanager
    def _told_as_by_sqlalchemy(self, text: str) -> Iterator[None]:
        # Whoever catches what a base in trouble says knows SQLAlchemy's errors, not those of two drivers.
        base: Any = self.connection.dialect.loaded_dbapi.Error
        try:
            yield
        except base as error:
            raise DBAPIError.instance(text, None, error, base, dialect=self.connection.dialect) from error

    def _compiled(self, statement: ClauseElement) -> tuple[str, Sequence[str], dict[str, Any]]:
        compiled: Any = statement.compile(dialect=self._dialect)
        return str(compiled), compiled.positiontup or (), compiled.params


def _parameters(columns: Sequence[str]) -> dict[str, Any]:
    return {name: bindparam(name) for name in columns}
