"""Branches, rates and loan payments, as customers ask for them."""

from math import asin, cos, radians, sin, sqrt

from integrations.crm.bank.data import (
    Branch,
    DepositRate,
    DepositRates,
    LoanRates,
    read_branches,
    read_rates,
)
from integrations.crm.bank.loans import LoanPlan, loan_payment

__all__ = [
    "Branch",
    "DepositRates",
    "LoanPlan",
    "LoanRates",
    "branch_by_id",
    "cities",
    "deposit_rate",
    "deposit_rates",
    "distance_km",
    "districts",
    "find_branches",
    "loan_payment",
    "loan_rates",
    "nearest_branches",
]

_EARTH_KM = 6371.0
_CITY_ENDS = ("市",)
_DISTRICT_ENDS = ("新区", "自治县", "区", "县", "市")


def find_branches(
    city: str | None = None, district: str | None = None, kind: str | None = None, limit: int = 5
) -> list[Branch]:
    """Branches that fit every given filter, 网点 before ATM; city and district with or without 市, 区, 县.

    An unknown city or district gives an empty list (see `cities` and `districts` for what there is).
    """
    found = [
        branch
        for branch in read_branches()
        if (city is None or branch.city == _short(city, _CITY_ENDS))
        and (district is None or _same_district(branch.district, district))
        and (kind is None or branch.kind == kind)
    ]
    return sorted(found, key=lambda branch: branch.kind != "网点")[:limit]


def branch_by_id(id_: str) -> Branch | None:
    """The branch with that id of the file."""
    return next((branch for branch in read_branches() if branch.id == id_), None)


def nearest_branches(lat: float, lon: float, kind: str | None = None, limit: int = 5) -> list[Branch]:
    """Branches by their distance from a place (degrees, WGS 84), the nearest first."""
    fitting = [branch for branch in read_branches() if kind is None or branch.kind == kind]
    return sorted(fitting, key=lambda branch: distance_km(lat, lon, branch.lat, branch.lon))[:limit]


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The way between two places along the globe, in kilometres (haversine)."""
    one, other = radians(lat), radians(other_lat)
    across = sin(radians(other_lon - lon) / 2) ** 2
    chord = sin((other - one) / 2) ** 2 + cos(one) * cos(other) * across
    return 2 * _EARTH_KM * asin(sqrt(chord))


def cities() -> list[str]:
    """Cities with a branch, in the order of the file."""
    return list(dict.fromkeys(branch.city for branch in read_branches()))


def districts(city: str) -> list[str]:
    """Districts of a city with a branch; empty for an unknown city."""
    short = _short(city, _CITY_ENDS)
    return list(dict.fromkeys(branch.district for branch in read_branches() if branch.city == short))


def deposit_rates() -> DepositRates:
    """Deposit rates in percent a year, by term, with the day since which they hold."""
    return read_rates().deposits


def deposit_rate(months: int) -> DepositRate | None:
    """The rate of one term in months (0: demand deposit), or None where there is no such term."""
    return next((row for row in deposit_rates().rates if row.months == months), None)


def loan_rates() -> LoanRates:
    """Loan rates in percent a year, and the LPR."""
    return read_rates().loans


def _same_district(ours: str, asked: str) -> bool:
    return ours == asked or _short(ours, _DISTRICT_ENDS) == _short(asked, _DISTRICT_ENDS)


def _short(name: str, ends: tuple[str, ...]) -> str:
    name = name.strip()
    for end in ends:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return name.removesuffix(end)
    return name
