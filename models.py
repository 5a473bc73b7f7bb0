"""The schema in one place; the tables live in tables/, and migrations/ says how it came about.

Moments are whole seconds since 1970 UTC and prices are thousandths of a euro, both as integers, on every database
(docs/adr/0003-integers-for-moments-and-money.md).
"""

from tables.base import Base, UtcSeconds
from tables.people import (
    AlertFact,
    CustomStation,
    Mail,
    Throttle,
    User,
    UserAlert,
    UserCar,
    UserCarFuel,
    UserGasType,
    UserHome,
    UserSession,
    VerificationCode,
    WaitingStation,
)
from tables.stations import (
    GasType,
    GeocodedPlace,
    KnownTown,
    Outage,
    Price,
    PriceHistory,
    PriceMedian,
    Station,
    StationName,
)
from tables.work import AuditEntry, DailyCount, EtlRequest, EtlRun, HistoryFile, Lease, OwnerNotice, VisitMark

__all__ = [
    "AlertFact",
    "AuditEntry",
    "Base",
    "CustomStation",
    "DailyCount",
    "EtlRequest",
    "EtlRun",
    "GasType",
    "GeocodedPlace",
    "HistoryFile",
    "KnownTown",
    "Lease",
    "Mail",
    "Outage",
    "OwnerNotice",
    "Price",
    "PriceHistory",
    "PriceMedian",
    "Station",
    "StationName",
    "Throttle",
    "User",
    "UserAlert",
    "UserCar",
    "UserCarFuel",
    "UserGasType",
    "UserHome",
    "UserSession",
    "UtcSeconds",
    "VerificationCode",
    "VisitMark",
    "WaitingStation",
]
