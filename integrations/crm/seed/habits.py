"""How a demo customer's habits change: who fades, pauses, comes with the seasons or leaves at once."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from integrations.crm.seed.months import add_months
from integrations.crm.seed.profiles import Slowdown

_KINDS = ("leaves", "pauses", "lessens", "seasonal", "other_employer", "steady")
_WEIGHTS = (20, 6, 6, 5, 6, 57)
_BEGINS_DAYS = (120, 430)
"""Whoever fades begins so many days before today: four to fourteen months."""
_KNOWN_DAYS = 60  # nobody changes habits so soon after joining
_AT_ONCE = 0.3  # of those who leave
_TRICKLES = 0.25  # of those who fade: something is left over
_TAKES_MONEY_ALONG = 0.6
_SEASON_MONTHS = 5
"""Seasonal customers are away for so many months of each year."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What changes and when; nothing for most customers."""

    slowdowns: tuple[Slowdown, ...] = ()  # in order of time
    income_until: date | None = None  # None: it goes on
    emptied_on: date | None = None  # the money goes to another bank


def draw_habits(rng: Random, joined: date, today: date, products: int) -> Habits:
    """The habits of a customer who holds so many products; whoever holds several leaves less easily."""
    leaves = _WEIGHTS[0] * (1.5 if products == 0 else 1.0 if products < 3 else 0.5)
    kind = rng.choices(_KINDS, (leaves, *_WEIGHTS[1:]))[0]
    begins = today - timedelta(days=rng.randrange(*_BEGINS_DAYS))
    if kind == "steady" or joined > begins - timedelta(days=_KNOWN_DAYS):
        return Habits()
    if kind == "leaves":
        return _leaving(rng, begins)
    if kind == "pauses":
        back = begins + timedelta(days=rng.randrange(40, 110))
        return Habits((Slowdown(begins, rng.choice((0.0, 0.1, 0.25))), Slowdown(back, rng.uniform(0.7, 1))))
    if kind == "lessens":
        return Habits((Slowdown(begins, rng.uniform(0.25, 0.5)),))
    if kind == "seasonal":
        return Habits(_seasons(rng, joined, today))
    return Habits(income_until=begins)


def _leaving(rng: Random, begins: date) -> Habits:
    """At once or by stages of different lengths; the salary stops somewhere on the way."""
    if rng.random() < _AT_ONCE:
        slowdowns: tuple[Slowdown, ...] = (Slowdown(begins, 0.0),)
        income_until = begins - timedelta(days=rng.randrange(60))
    else:
        slowdowns = _stages(rng, begins)
        lasts = (slowdowns[-1].since - begins).days
        income_until = begins + timedelta(days=rng.randrange(-30, lasts))
    emptied_on = None
    if rng.random() < _TAKES_MONEY_ALONG:
        emptied_on = slowdowns[-1].since - timedelta(days=rng.randrange(1, 30))
    return Habits(slowdowns, income_until, emptied_on)


def _stages(rng: Random, begins: date) -> tuple[Slowdown, ...]:
    """From four fifths down to nothing, now and then a little more than the month before."""
    count = rng.randrange(2, 6)
    left_over = 0.04 if rng.random() < _TRICKLES else 0.0
    found, day = [], begins
    for place in range(count):
        share = 0.8 * (1 - place / count) + rng.uniform(-0.15, 0.15)
        found.append(Slowdown(day, max(share, 0.05)))
        day += timedelta(days=rng.randrange(10, 60))
    return (*found, Slowdown(day, left_over))


def _seasons(rng: Random, joined: date, today: date) -> tuple[Slowdown, ...]:
    """Away in the same months of each year."""
    away = add_months(today, -24).replace(month=rng.randrange(1, 13))
    quiet = rng.uniform(0, 0.15)
    found = []
    while away <= today:
        if away > joined:
            found += [Slowdown(away, quiet), Slowdown(add_months(away, _SEASON_MONTHS), 1.0)]
        away = add_months(away, 12)
    return tuple(found)
