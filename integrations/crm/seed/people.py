"""Invented people, drawn from Faker with a fixed seed."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from faker import Faker

from integrations.crm.bank.catalogue import Tier
from integrations.crm.customers.ages import age_on
from integrations.crm.seed import catalogue
from integrations.crm.seed.assessments import assessments, draw_level
from integrations.crm.seed.habits import draw_habits
from integrations.crm.seed.plans import credit_plans, deposit_plans, holding_plans
from integrations.crm.seed.preferences import stage_of
from integrations.crm.seed.profiles import Profile
from integrations.crm.seed.tastes import Shopper, Tastes

_PHONE_PREFIXES = ("133", "135", "137", "138", "150", "155", "158", "177", "180", "186", "188", "199")
_INVESTED_SHARE: dict[Tier, float] = {"standard": 0.0, "important": 0.45, "vip": 0.65}
_INCOME_TIMES: dict[Tier, float] = {"standard": 1.0, "important": 2.6, "vip": 3.8}
_QUIET = 0.1
"""The share of customers who do little here all the time."""
_OPTED_OUT = 0.03


@dataclass(frozen=True)
class Pool:
    """Names and employers that many customers share."""

    names: tuple[str, ...]
    companies: tuple[str, ...]


def make_pool(faker: Faker) -> Pool:
    """Payees and employers."""
    return Pool(
        names=tuple(faker.name() for _ in range(300)), companies=tuple(faker.company() for _ in range(60))
    )


def random_profile(faker: Faker, rng: Random, pool: Pool, tastes: Tastes, index: int, today: date) -> Profile:
    """Customer number `index`: everything follows from the two generators and the day."""
    gender = rng.choice(("male", "female"))
    age = min(84, max(18, round(rng.gauss(42, 15))))
    birth = today - timedelta(days=age * 365 + rng.randrange(365))
    region, city = rng.choice(catalogue.CITIES)
    wealth = rng.lognormvariate(0, 0.6)
    tier = tier_of(wealth)
    income, source = _income(rng, pool, age)
    joined = today - timedelta(days=min(rng.randrange(20, 5500), (age - 15) * 365))
    quiet = rng.random() < _QUIET
    income_fen = round(5200 * wealth * _INCOME_TIMES[tier]) * 100 + rng.randrange(100)
    basics = Profile(
        name=faker.name_male() if gender == "male" else faker.name_female(),
        gender=gender,
        birth_date=birth,
        region=region,
        city=city,
        tier=tier,
        joined_on=joined,
        phone=phone_number(rng, index),
        income=income,
        income_from=source,
        income_fen=income_fen,
        income_day=rng.randrange(5, 26),
        rent_fen=int(income_fen * rng.uniform(0.15, 0.3)) // 10_000 * 10_000 if rng.random() < 0.35 else 0,
        spends_per_month=rng.randrange(2) if quiet else rng.randrange(2, 10),
        spend_scale=max(1, round(wealth)),
        pays_utilities=not quiet,
        opening_fen=round(rng.uniform(800, 30_000) * wealth * 100),
        dormant=rng.random() < 0.02,
        frozen_fen=rng.choice((20_000, 100_000)) if rng.random() < 0.01 else 0,
        invested_share=_INVESTED_SHARE[tier],
        opted_out_on=_opted_out(rng, joined, today),
    )
    return _with_products(basics, rng, tastes, wealth, today)


def tier_of(wealth: float) -> Tier:
    """The value tier of a customer who is so many times as wealthy as usual."""
    return "vip" if wealth > 2.7 else "important" if wealth > 1.7 else "standard"


def means_of(rng: Random, wealth: float) -> int:
    """The most that someone so wealthy puts into one product, in yuan."""
    return int(70_000 * wealth * rng.uniform(0.3, 3))


def phone_number(rng: Random, index: int) -> str:
    """A phone number nobody else among the first 100 million customers has."""
    return f"{rng.choice(_PHONE_PREFIXES)}{index * 48_271 % 100_000_000:08d}"


def _with_products(profile: Profile, rng: Random, tastes: Tastes, wealth: float, today: date) -> Profile:
    age = age_on(today, profile.birth_date)
    tier = tier_of(wealth)
    level = draw_level(rng, stage_of(age), tier, age)
    means = means_of(rng, wealth)
    shopper = Shopper(profile.birth_date, tier, profile.city, level, means, profile.joined_on)
    bought = tastes.purchases(rng, shopper, today)
    habits = draw_habits(rng, profile.joined_on, today, len(bought))
    return replace(
        profile,
        slowdowns=habits.slowdowns,
        income_until=habits.income_until,
        emptied_on=habits.emptied_on,
        credit=credit_plans(rng, bought, wealth),
        deposits=deposit_plans(rng, bought, means, today),
        holdings=holding_plans(rng, bought, means, today),
        assessments=assessments(rng, level, bought, profile.joined_on, today) if level else (),
    )


def _opted_out(rng: Random, joined: date, today: date) -> date | None:
    if rng.random() >= _OPTED_OUT:
        return None
    return today - timedelta(days=rng.randrange(min((today - joined).days, 700)))


def _income(rng: Random, pool: Pool, age: int) -> tuple[str, str]:
    if age >= 60:
        return "养老金", "社会保险基金管理局"
    if rng.random() < 0.15:
        return "经营收入", "收单清算款"
    return "工资", rng.choice(pool.companies)
