"""What is going to happen to a demo customer over the months: income, rent, shopping, bills, transfers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zlib import crc32

from integrations.crm.customers.periods import start_of
from integrations.crm.seed import catalogue
from integrations.crm.seed.months import add_months
from integrations.crm.seed.people import Pool
from integrations.crm.seed.profiles import PlannedTransfer, Profile

_OUTCOMES = (("succeeded", 88), ("failed", 6), ("returned", 6))
DUE_AFTER = 20
"""Days from a credit card's bill to its due day, as the articles of the knowledge base say."""
_RECENT_DAYS = 90  # transfers older than this are not kept one by one


@dataclass(frozen=True)
class Event:
    """Something that is going to happen at `at`; amounts are positive, the kind tells the direction."""

    at: datetime
    kind: str  # in | out | spend | bill | pay | transfer | empty
    amount_fen: int = 0  # of `empty` the percentage of what is there
    summary: str = ""
    counterparty: str | None = None
    channel: str = "app"
    card: int = 0  # which credit card
    transfer: PlannedTransfer | None = None


def plan(profile: Profile, rng: Random, pool: Pool, first: date, last: date) -> Iterator[Event]:
    """The events of the months that `first` … `last` touch, in no order, some before or after."""
    for event in _all_events(profile, rng, pool, first, last):
        if _happens(profile, event):
            yield event


def _happens(profile: Profile, event: Event) -> bool:
    # What is owed is billed and paid, and interest is booked, however little the customer does.
    if event.kind in ("bill", "pay", "empty") or event.summary == "结息":
        return True
    day = event.at.date()
    if event.summary == profile.income:
        return profile.income_until is None or day <= profile.income_until
    return not profile.slowdowns or profile.busy(day) > _share(event)


def _all_events(profile: Profile, rng: Random, pool: Pool, first: date, last: date) -> Iterator[Event]:
    month = first.replace(day=1)
    while month <= last:
        yield from _household(profile, rng, month)
        yield from _shopping(profile, rng, month)
        yield from _cash_and_friends(rng, pool, month)
        for index in range(len(profile.credit)):
            yield from _credit_card(profile, rng, index, month)
        month = add_months(month, 1)
    yield from _transfers(profile, rng, pool, last)
    if profile.emptied_on is not None and first <= profile.emptied_on <= last:
        yield _emptying(profile, rng, profile.emptied_on)


def _share(event: Event) -> float:
    """A number in 0–1 that belongs to the event, so that leaving some out moves no other."""
    return crc32(f"{event.at.isoformat()}:{event.amount_fen}".encode()) / 2**32


def moment(day: date, rng: Random, first_hour: int = 7, last_hour: int = 22) -> datetime:
    """A moment of the day in Shanghai between the hours."""
    return start_of(day) + timedelta(seconds=rng.randrange(first_hour * 3600, last_hour * 3600))


def _household(profile: Profile, rng: Random, month: date) -> Iterator[Event]:
    paid = moment(month.replace(day=profile.income_day), rng, 9, 17)
    bonus = profile.income_fen if profile.income == "工资" and month.month == 1 else 0
    yield Event(paid, "in", profile.income_fen + bonus, profile.income, profile.income_from, "third_party")
    if profile.rent_fen:
        yield Event(moment(month.replace(day=3), rng), "out", profile.rent_fen, "房租", "房东")
    utilities = rng.sample(catalogue.UTILITIES, k=rng.randrange(1, 4)) if profile.pays_utilities else ()
    for summary, payee, smallest, largest in utilities:
        amount = rng.randrange(smallest * 100, largest * 100)
        yield Event(_some_time(month, rng), "out", amount, summary, payee)
    if profile.invested_share:
        invested = int(profile.income_fen * profile.invested_share) // 10_000 * 10_000
        yield Event(moment(month.replace(day=27), rng), "out", invested, "理财申购", "云川银行")
    if month.month % 3 == 0:
        # Current accounts get their interest on the 20th of the quarter's last month, booked on the 21st.
        interest = profile.opening_fen // 2000 + rng.randrange(1, 90)
        yield Event(start_of(month.replace(day=21)), "in", interest, "结息", "云川银行", "counter")


def _shopping(profile: Profile, rng: Random, month: date) -> Iterator[Event]:
    for _ in range(profile.spends_per_month):
        shop, smallest, largest, channel = rng.choice(catalogue.SHOPS)
        amount = rng.randrange(smallest * 100, largest * 100) * profile.spend_scale
        by_credit = bool(profile.credit) and rng.random() < 0.55
        card = rng.randrange(len(profile.credit)) if by_credit else 0
        at = _some_time(month, rng)
        by_credit = by_credit and profile.credit[card].issued_by(at.date())
        yield Event(at, "spend" if by_credit else "out", amount, "消费", shop, channel, card)


def _cash_and_friends(rng: Random, pool: Pool, month: date) -> Iterator[Event]:
    if rng.random() < 0.5:
        yield Event(_some_time(month, rng), "out", rng.randrange(1, 31) * 10_000, "ATM取款", None, "atm")
    if rng.random() < 0.15:
        yield Event(_some_time(month, rng), "in", rng.randrange(5, 100) * 10_000, "ATM存款", None, "atm")
    if rng.random() < 0.4:
        amount = rng.randrange(50, 3_000) * 100
        yield Event(_some_time(month, rng), "in", amount, "转账汇入", rng.choice(pool.names))


def _credit_card(profile: Profile, rng: Random, card: int, month: date) -> Iterator[Event]:
    credit = profile.credit[card]
    billed = start_of(month.replace(day=credit.bill_day)) + timedelta(hours=2)
    paid = billed + timedelta(days=DUE_AFTER - credit.pays_before, hours=8, seconds=rng.randrange(7200))
    if credit.issued_by(billed.date()):
        yield Event(billed, "bill", card=card)
        yield Event(paid, "pay", card=card)


def _transfers(profile: Profile, rng: Random, pool: Pool, last: date) -> Iterator[Event]:
    planned = list(profile.transfers)
    if not planned:
        for _ in range(rng.randrange(4)):
            planned.append(_some_transfer(rng, pool, last))
    for transfer in planned:
        yield Event(
            transfer.at, "transfer", transfer.amount_fen, "转账汇款", transfer.payee_name, transfer=transfer
        )


def _emptying(profile: Profile, rng: Random, day: date) -> Event:
    """Most of the money goes to the customer's account with another bank."""
    at, bank, tail = moment(day, rng), rng.choice(catalogue.BANKS[:-1]), f"{rng.randrange(10_000):04d}"
    planned = PlannedTransfer(at, 0, profile.name, bank, tail, "succeeded")
    return Event(at, "empty", rng.randrange(60, 100), "转账汇款", profile.name, transfer=planned)


def _some_transfer(rng: Random, pool: Pool, last: date) -> PlannedTransfer:
    days = rng.randrange(_RECENT_DAYS)
    outcome = rng.choices([name for name, _ in _OUTCOMES], [weight for _, weight in _OUTCOMES])[0]
    if days == 0 and outcome == "succeeded":
        outcome = "processing"
    return PlannedTransfer(
        at=moment(last - timedelta(days=days), rng),
        amount_fen=rng.randrange(100, 8_000) * 100,
        payee_name=rng.choice(pool.names),
        payee_bank=rng.choice(catalogue.BANKS),
        payee_tail=f"{rng.randrange(10_000):04d}",
        outcome=outcome,
        failure=rng.choice(catalogue.FAILURES) if outcome in ("failed", "returned") else None,
    )


def _some_time(month: date, rng: Random) -> datetime:
    return moment(month, rng) + timedelta(days=rng.randrange(28))
