"""What all tables share: named column types, and names for constraints."""

from datetime import UTC, datetime
from typing import Annotated

from sqlalchemy import (
    BigInteger,
    Dialect,
    ForeignKey,
    MetaData,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column


class UtcSeconds(TypeDecorator[datetime]):
    """An aware moment, kept as whole seconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


# A column type that tables share gets a name, so a table reads as a list of facts.
PrimaryKey = Annotated[int, mapped_column(primary_key=True)]
StationKey = Annotated[int, mapped_column(ForeignKey("stations.id", ondelete="CASCADE"), primary_key=True)]
GasTypeKey = Annotated[int, mapped_column(ForeignKey("gas_types.id"), primary_key=True)]
UserKey = Annotated[int, mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)]
Moment = Annotated[datetime, mapped_column(UtcSeconds)]
OptionalMoment = Annotated[datetime | None, mapped_column(UtcSeconds)]


class Base(DeclarativeBase):
    """What all tables share."""

    # Every constraint has a name that a later migration can call it by, the same on both databases.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
