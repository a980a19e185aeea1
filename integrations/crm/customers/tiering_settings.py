"""The settings of the tiers: `tiering.yml`, which the bank edits, validated when it is read."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from integrations.crm.bank.catalogue import Product, ProductKind, Tier
from integrations.crm.bank.data import Entry, Text, read_file, refuse_doubles
from integrations.crm.bank.errors import BadBankData

TIERING_FILE = Path(__file__).resolve().parent / "tiering.yml"

ValueTier = Tier
Behaviour = Literal["active", "potential", "lost"]
Risk = Literal["low", "medium", "high"]
Lifecycle = Literal["new", "growing", "mature", "declining"]
VALUE_TIERS: tuple[ValueTier, ...] = ("vip", "important", "standard")
"""From the highest to the one everybody has."""
LONGEST_FIRST_RESPONSE_HOURS = 24
"""What is promised to everybody (tickets/sla.py); no tier may get less."""
HIGHEST_PRIORITY = 60
"""Of a tier in the queue: any more would overtake the urgent reasons (conversations/handoff.py)."""
HeldKind = Literal["credit_card", "time_deposit", "wealth", "fund", "insurance", "loan"]

_Yuan = Annotated[int, Field(strict=True, ge=0, le=10_000_000_000)]
_Count = Annotated[int, Field(strict=True, ge=1, le=10_000)]
_Days = Annotated[int, Field(strict=True, ge=1, le=3_650)]
_Months = Annotated[int, Field(strict=True, ge=1, le=600)]
_Percent = Annotated[int, Field(strict=True, ge=1, le=100_000)]
_Words = Annotated[str, Field(min_length=1, max_length=80)]


class Names(Entry):
    """What each code is called in Chinese."""

    value: dict[ValueTier, Text]
    behaviour: dict[Behaviour, Text]
    risk: dict[Risk, Text]
    lifecycle: dict[Lifecycle, Text]

    @model_validator(mode="after")
    def _all_named(self) -> Self:
        for dimension, wanted in (("value", 3), ("behaviour", 3), ("risk", 3), ("lifecycle", 4)):
            if len(getattr(self, dimension)) != wanted:
                raise ValueError(f"{dimension}: a code has no name")
        return self


class Service(Entry):
    """A kind of service: recognised by summaries of movements on accounts, or by what the customer has."""

    name: Text
    summaries: tuple[Text, ...] = ()
    has: HeldKind | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.summaries) == (self.has is not None):
            raise ValueError(f"{self.name}: give either summaries or has")
        return self


class FigureRules(Entry):
    """How the figures are made from what the bank holds."""

    made_by_bank: tuple[Text, ...]
    asset_kinds: tuple[Literal["deposit", "wealth", "fund", "insurance"], ...]
    secured_loans: tuple[Text, ...]
    services: Annotated[tuple[Service, ...], Field(min_length=1, max_length=30)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        refuse_doubles([service.name for service in self.services], "name of a service")
        refuse_doubles([service.has for service in self.services if service.has], "has")
        summaries = [one for service in self.services for one in service.summaries]
        refuse_doubles([*summaries, *self.made_by_bank], "summary")
        return self


class Way(Entry):
    """One way to reach a value tier: everything it names must be fulfilled; 0 asks nothing."""

    volume_above_yuan: _Yuan = 0
    services: Annotated[int, Field(strict=True, ge=0, le=30)] = 0
    assets_yuan: _Yuan = 0

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.volume_above_yuan or self.assets_yuan):
            raise ValueError("a way names volume_above_yuan or assets_yuan")
        return self

    def no_harder_than(self, other: "Way") -> bool:
        """Whether everybody who fulfils the other way fulfils this one too."""
        return (
            self.volume_above_yuan <= other.volume_above_yuan
            and self.services <= other.services
            and self.assets_yuan <= other.assets_yuan
        )


class Benefits(Entry):
    """What a value tier brings, and how it is reached. Words are the customer's, in Chinese."""

    reached_by: tuple[Way, ...]
    service_level: _Words
    first_response_hours: Annotated[int, Field(strict=True, ge=1, le=LONGEST_FIRST_RESPONSE_HOURS)]
    queue_priority: Annotated[int, Field(strict=True, ge=0, le=HIGHEST_PRIORITY)]
    dedicated_manager: bool
    product_kinds: tuple[ProductKind, ...]
    products: tuple[Annotated[str, Field(pattern=r"^YC-[A-Z]\d{3}$")], ...]
    fees_waived: tuple[Text, ...]


class ValueTiers(Entry):
    """The three value tiers; a higher one never asks less nor brings less."""

    vip: Benefits
    important: Benefits
    standard: Benefits

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.standard.reached_by:
            raise ValueError("standard.reached_by: must be empty, everybody has this tier")
        for name in ("vip", "important"):
            if not getattr(self, name).reached_by:
                raise ValueError(f"{name}.reached_by: no way leads to this tier")
        for place, way in enumerate(self.vip.reached_by):
            if not any(lower != way and lower.no_harder_than(way) for lower in self.important.reached_by):
                raise ValueError(f"vip.reached_by.{place}: asks no more than important does")
        ladder = [(name, self.of(name)) for name in VALUE_TIERS]
        for (high, upper), (low, lower) in pairwise(ladder):
            if upper.queue_priority < lower.queue_priority:
                raise ValueError(f"{high}.queue_priority: below that of {low}")
            if upper.first_response_hours > lower.first_response_hours:
                raise ValueError(f"{high}.first_response_hours: above that of {low}")
        refuse_doubles([code for _, tier in ladder for code in tier.products], "product")
        return self

    def of(self, tier: ValueTier) -> Benefits:
        """What this tier brings."""
        found: Benefits = getattr(self, tier)
        return found


class Active(Entry):
    """Both must be reached within the year."""

    transactions: _Count
    volume_yuan: _Yuan


class BehaviourRules(Entry):
    """When a customer is active, and when lost."""

    active: Active
    lost_after_days: _Days


class Limits(Entry):
    """From which figure on a fact means medium and high risk; None: never by itself."""

    medium: _Percent | None = None
    high: _Percent | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.medium is None and self.high is None:
            raise ValueError("give medium or high")
        if self.medium is not None and self.high is not None and self.medium >= self.high:
            raise ValueError("medium is not below high")
        return self


class RiskRules(Entry):
    """Facts of the bank that mean risk."""

    overdue_days: Limits
    fraud_frozen_cards: Limits
    loans_percent_of_assets: Limits
    loans_from_yuan: _Yuan
    credit_used_percent: Limits


class Strategy(Entry):
    """How to treat customers in a stage of their lifecycle."""

    goal: _Words
    lead_with: Annotated[tuple[ProductKind, ...], Field(min_length=1)]
    contact_every_days: Annotated[int, Field(strict=True, ge=7, le=366)]
    contact: _Words


class LifecycleRules(Entry):
    """The stages of a customer's lifecycle, and the strategy for each."""

    new_months: _Months
    growing_months: _Months
    idle_days: _Days
    fall_percent: Annotated[int, Field(strict=True, ge=1, le=100)]
    rise_percent: _Percent
    trend_from_transactions: _Count
    strategies: dict[Lifecycle, Strategy]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.new_months >= self.growing_months:
            raise ValueError("new_months is not below growing_months")
        for stage in ("new", "growing", "mature", "declining"):
            if stage not in self.strategies:
                raise ValueError(f"strategies.{stage}: missing")
        return self


class Tiering(Entry):
    """The whole file."""

    names: Names
    figures: FigureRules
    value: ValueTiers
    behaviour: BehaviourRules
    risk: RiskRules
    lifecycle: LifecycleRules

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.lifecycle.idle_days > self.behaviour.lost_after_days:
            raise ValueError("lifecycle.idle_days: above behaviour.lost_after_days")
        known = len(self.figures.services)
        for name in VALUE_TIERS:
            for way in self.value.of(name).reached_by:
                if way.services > known:
                    raise ValueError(f"value.{name}: asks for {way.services} services, there are {known}")
        return self


@lru_cache
def read_tiering(path: Path = TIERING_FILE) -> Tiering:
    """The settings. Raises BadBankData, which names the entry."""
    return read_file(path, Tiering)


def check_products(tiering: Tiering, products: dict[str, Product]) -> None:
    """That the products each tier opens are those which the product files reserve for it and higher ones.

    Raises BadBankData, which names the product.
    """
    faults = list(_disagreements(tiering, products))
    if faults:
        raise BadBankData("; ".join(faults))


def _disagreements(tiering: Tiering, products: dict[str, Product]) -> Iterator[str]:
    opened = {code: name for name in VALUE_TIERS for code in tiering.value.of(name).products}
    for code in opened.keys() - products.keys():
        yield f"value.{opened[code]}.products: {code} is no product"
    for code, product in products.items():
        lowest = opened.get(code, "standard")
        if product.private:
            if code in opened:
                yield f"value.{lowest}.products: {code} is private and never shown"
            continue
        may = set(VALUE_TIERS[: VALUE_TIERS.index(lowest) + 1])
        if set(product.tiers) != may:
            yield f"value.{lowest}.products: {code} is sold to {', '.join(product.tiers)}"
