"""What recommending needs to know of one customer, and what follows from it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from integrations.crm.bank.catalogue import LifeStage, Product
from integrations.crm.customers.ages import ADULT_AGE, age_on
from integrations.crm.customers.periods import today
from integrations.crm.recommendations.suitability import Person

TIME_DEPOSIT = "YC-D001"
"""The product that time deposits in the table of accounts are counted as."""
MATURED_DAYS = 30
"""So long after it, a deposit's end is a reason to speak about what comes next."""
MOVEMENT_DAYS = 365
"""So long a movement says something about its customer."""
FAMILY_PRODUCTS = frozenset({"YC-L501", "YC-I403", "YC-D201"})
"""A home loan, an education plan or savings: there is a family to provide for."""


class _Standing(Protocol):
    @property
    def birth_date(self) -> date: ...
    @property
    def tier(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def lifecycle(self) -> str | None: ...
    @property
    def level(self) -> int | None: ...
    @property
    def assessed_until(self) -> datetime | None: ...
    @property
    def granted(self) -> bool | None: ...
    @property
    def open_complaint(self) -> bool: ...


class _Owned(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def amount_fen(self) -> int: ...
    @property
    def since(self) -> date: ...
    @property
    def matures_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Situation:
    """One customer at one moment.

    `held` are codes of products they have now, `had` also of those that have ended, `last` the newest of
    these. `matured_days`: how many days ago their last time deposit ended, if within MATURED_DAYS.
    `declined` are products not to be offered again yet; `moved` are kinds of movements they have made.
    """

    person: Person
    stage: LifeStage
    lifecycle: str | None
    held: frozenset[str]
    had: frozenset[str]
    last: str | None
    matured_days: int | None
    declined: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()


def situation_of(
    standing: _Standing,
    owned: Sequence[_Owned],
    declined: frozenset[str],
    products: Mapping[str, Product],
    now: datetime,
) -> Situation:
    """Put the rows together. `owned` has no closed accounts and no cancelled cards."""
    day = today(now)
    age = age_on(day, standing.birth_date)
    codes = {one.name: one.code for one in products.values()}
    held = held_codes(owned, codes, day)
    chosen = _chosen(owned, codes)
    person = Person(
        age=age,
        tier=standing.tier,
        city=standing.city,
        capacity=age >= ADULT_AGE,
        level=standing.level,
        assessed_until=standing.assessed_until,
        investable_yuan=_free_fen(owned, day) // 100,
        open_complaint=standing.open_complaint,
        opted_out=standing.granted is False,
    )
    return Situation(
        person=person,
        stage=life_stage(age, held),
        lifecycle=standing.lifecycle,
        held=held,
        had=frozenset(code for _, code in chosen),
        last=max(chosen)[1] if chosen else None,
        matured_days=_matured_days(owned, day),
        declined=declined,
    )


def movements_since(now: datetime) -> datetime:
    """From when on movements count at `now`."""
    return now - timedelta(days=MOVEMENT_DAYS)


def held_codes(owned: Sequence[_Owned], code_of_name: Mapping[str, str], day: date) -> frozenset[str]:
    """Products the customer has on that day: what has matured is no longer held."""
    running = (one for one in owned if one.matures_on is None or one.matures_on > day)
    found = (product_code(one.source, one.name, code_of_name) for one in running)
    return frozenset(code for code in found if code is not None)


def product_code(source: str, name: str, code_of_name: Mapping[str, str]) -> str | None:
    """The product behind a holding (by code), a credit card (by name) or a time deposit; None for others."""
    if source == "holding":
        return name
    if source == "card":
        return code_of_name.get(name)
    return TIME_DEPOSIT if name == "time" else None


def life_stage(age: int, held: frozenset[str]) -> LifeStage:
    """By age, and by what shows that there is a family."""
    if age >= 60:
        return "retired"
    if age >= 45:
        return "established"
    return "family" if age >= 30 or held & FAMILY_PRODUCTS else "young"


def _chosen(owned: Sequence[_Owned], code_of_name: Mapping[str, str]) -> list[tuple[date, str]]:
    coded = ((one.since, product_code(one.source, one.name, code_of_name)) for one in owned)
    return [(since, code) for since, code in coded if code is not None]


def _free_fen(owned: Sequence[_Owned], day: date) -> int:
    """What can be invested now: current balances that are not frozen, and deposits that have matured."""
    return sum(
        max(one.amount_fen, 0)
        for one in owned
        if one.source == "account"
        and (one.kind == "current" or (one.matures_on is not None and one.matures_on <= day))
    )


def _matured_days(owned: Sequence[_Owned], day: date) -> int | None:
    ages = [
        (day - one.matures_on).days
        for one in owned
        if one.source == "account" and one.kind == "time" and one.matures_on is not None
    ]
    recent = [days for days in ages if 0 <= days <= MATURED_DAYS]
    return min(recent, default=None)
