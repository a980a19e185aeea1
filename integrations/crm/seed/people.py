"""Invented people, drawn from Faker with a fixed seed."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from faker import Faker

from integrations.crm.seed import catalogue
from integrations.crm.seed.profiles import CreditPlan, DepositPlan, HoldingPlan, Profile

_PHONE_PREFIXES = ("133", "135", "137", "138", "150", "155", "158", "177", "180", "186", "188", "199")
_TERMS = (3, 6, 12, 24, 36, 60)


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


def random_profile(faker: Faker, rng: Random, pool: Pool, index: int, today: date) -> Profile:
    """Customer number `index`: everything follows from the two generators and the day."""
    gender = rng.choice(("male", "female"))
    age = min(84, max(18, round(rng.gauss(42, 15))))
    birth = today - timedelta(days=age * 365 + rng.randrange(365))
    region, city = rng.choice(catalogue.CITIES)
    wealth = rng.lognormvariate(0, 0.6)
    tier = "vip" if wealth > 2.7 else "important" if wealth > 1.7 else "standard"
    income, source = _income(rng, pool, age)
    joined = today - timedelta(days=min(rng.randrange(20, 5500), (age - 15) * 365))
    income_fen = round(5200 * wealth) * 100 + rng.randrange(100)
    return Profile(
        name=faker.name_male() if gender == "male" else faker.name_female(),
        gender=gender,
        birth_date=birth,
        region=region,
        city=city,
        tier=tier,
        joined_on=joined,
        phone=f"{rng.choice(_PHONE_PREFIXES)}{index * 48_271 % 100_000_000:08d}",
        income=income,
        income_from=source,
        income_fen=income_fen,
        income_day=rng.randrange(5, 26),
        rent_fen=int(income_fen * rng.uniform(0.15, 0.3)) // 10_000 * 10_000 if rng.random() < 0.35 else 0,
        spends_per_month=rng.randrange(3, 9),
        spend_scale=max(1, round(wealth)),
        opening_fen=round(rng.uniform(800, 30_000) * wealth * 100),
        credit=_credit(rng, wealth) if age < 70 and rng.random() < 0.45 else (),
        deposits=_deposits(rng, wealth, joined, today) if rng.random() < 0.35 else (),
        holdings=_holdings(rng, joined, today) if rng.random() < 0.4 else (),
        dormant=rng.random() < 0.02,
        frozen_fen=rng.choice((20_000, 100_000)) if rng.random() < 0.01 else 0,
    )


def add_months(day: date, months: int) -> date:
    """The same day `months` later, at most the 28th (so that it exists)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))


def _income(rng: Random, pool: Pool, age: int) -> tuple[str, str]:
    if age >= 60:
        return "养老金", "社会保险基金管理局"
    if rng.random() < 0.15:
        return "经营收入", "收单清算款"
    return "工资", rng.choice(pool.companies)


def _credit(rng: Random, wealth: float) -> tuple[CreditPlan, ...]:
    pays = rng.choices(("full", "minimum", "skips_last"), (85, 11, 4))[0]
    product = catalogue.CREDIT_PRODUCTS[2 if wealth > 2 else rng.randrange(2)]
    limit_fen = max(int(20 * wealth), 3) * 100_000
    return (CreditPlan(product, limit_fen, rng.randrange(1, 29), pays, pays_before=rng.randrange(7)),)


def _deposits(rng: Random, wealth: float, joined: date, today: date) -> tuple[DepositPlan, ...]:
    longest = (today - joined).days
    return tuple(
        DepositPlan(
            amount_fen=max(int(rng.uniform(5, 80) * wealth), 1) * 100_000,
            months=rng.choice(_TERMS),
            opened_on=today - timedelta(days=rng.randrange(min(longest, 900))),
        )
        for _ in range(rng.randrange(1, 4))
    )


def _holdings(rng: Random, joined: date, today: date) -> tuple[HoldingPlan, ...]:
    chosen = rng.sample(catalogue.HOLDINGS, k=rng.randrange(1, 4))
    plans = []
    for code, name, kind, smallest, largest in chosen:
        since = today - timedelta(days=rng.randrange(min((today - joined).days, 1000)))
        matures = add_months(since, 240 if code == "YC-L501" else 36) if kind == "loan" else None
        amount_fen = int(rng.uniform(smallest, largest)) // 100 * 10_000
        plans.append(HoldingPlan(code, name, kind, amount_fen, since, matures))
    return tuple(plans)
