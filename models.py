"""The schema in one place; the tables live in tables/, and migrations/ says how it came about.

Moments are whole seconds since 1970 UTC and prices are thousandths of a euro, both as integers, on every database
(docs/adr/0003-integers-for-moments-and-money.md).
"""

from tables.base import Base, UtcSeconds
from tables.people import CustomStation, Mail, Throttle, User, UserGasType, UserSession, VerificationCode
from tables.stations import GasType, Outage, Price, PriceHistory, PriceMedian, Station
from tables.work import EtlRequest, EtlRun, Lease

__all__ = [
    "Base",
    "CustomStation",
    "EtlRequest",
    "EtlRun",
    "GasType",
    "Lease",
    "Mail",
    "Outage",
    "Price",
    "PriceHistory",
    "PriceMedian",
    "Station",
    "Throttle",
    "User",
    "UserGasType",
    "UserSession",
    "UtcSeconds",
    "VerificationCode",
]
