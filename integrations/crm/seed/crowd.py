"""Very many plausible customers without movements: their rows, as fast as can be."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from integrations.crm.bank.catalogue import Product
from integrations.crm.customers.ages import age_on
from integrations.crm.customers.periods import start_of, today
from integrations.crm.recommendations.risk_assessment import expiry
from integrations.crm.seed import catalogue, crowd_figures, numbers
from integrations.crm.seed.assessments import assessments, draw_level
from integrations.crm.seed.events import DUE_AFTER
from integrations.crm.seed.months import add_months
from integrations.crm.seed.names import person_name
from integrations.crm.seed.people import means_of, phone_number, tier_of
from integrations.crm.seed.plans import credit_plans, deposit_plans, holding_plans
from integrations.crm.seed.preferences import stage_of
from integrations.crm.seed.profiles import CreditPlan, DepositPlan
from integrations.crm.seed.tastes import Shopper, Tastes

TABLES: dict[str, tuple[str, ...]] = {
    "customers": (
        "id", "number", "name", "gender", "birth_date", "id_number", "city", "tier", "joined_on",
        "created_at",
    ),
    "contact_points": ("customer_id", "kind", "value", "is_primary"),
    "channel_identities": ("channel", "account", "external_user", "customer_id", "bound_at", "created_at"),
    "accounts": (
        "id", "customer_id", "number", "kind", "account_class", "balance_fen", "frozen_fen", "status",
        "opened_on", "matures_on",
    ),
    "cards": (
        "customer_id", "account_id", "number", "tail", "kind", "product", "status", "credit_limit_fen",
        "used_fen", "bill_day", "due_day", "issued_on",
    ),
    "holdings": (
        "customer_id", "product_code", "product_name", "kind", "amount_fen", "since", "matures_on",
    ),
    "risk_assessments": (
        "customer_id", "source_key", "level", "score", "answers", "channel", "taken_at", "expires_at",
    ),
    "marketing_choices": ("customer_id", "granted", "source", "at"),
    "customer_profiles": crowd_figures.COLUMNS,
}  # fmt: skip
"""The tables in the order in which rows must be written, and their columns."""
Rows = dict[str, list[tuple[Any, ...]]]
OLDEST, YOUNGEST = 84, 18
_OPTED_OUT = 0.03
MOST_CUSTOMERS = 90_000_000
"""Phone numbers and account numbers are for so many customers."""


class Crowd:
    """Makes customers one after the other; the same generator, products and day give the same ones."""

    def __init__(
        self,
        rng: Random,
        products: Mapping[str, Product],
        now: datetime,
        first_ids: Mapping[str, int],
        taken: Sequence[str],
    ) -> None:
        """`first_ids` are the largest ids there are; `taken` the ID and card numbers there are."""
        self.rows: Rows = defaultdict(list)
        self._rng, self._now, self._today = rng, now, today(now)
        self._tastes = Tastes(products)
        self._customer_id, self._account_id = first_ids["customers"], first_ids["accounts"]
        self._taken = frozenset(taken)
        oldest = self._today - timedelta(days=(OLDEST + 1) * 366)
        regions = [region for region, _ in catalogue.CITIES]
        self._ids = numbers.IdNumbers(oldest, self._today, regions, self._taken)

    def add(self, index: int) -> None:
        """Add customer number `index`. Raises OverflowError beyond 90 million."""
        if index > MOST_CUSTOMERS:
            raise OverflowError(f"no numbers for customer {index}")
        self._customer_id += 1
        shopper, wealth = self._customer(index)
        purchases = self._tastes.purchases(self._rng, shopper, self._today)
        deposits = deposit_plans(self._rng, purchases, shopper.means_yuan, self._today)
        credit = credit_plans(self._rng, purchases, wealth)
        balance_fen = int(self._rng.lognormvariate(13.5, 1.1) * wealth)
        self._accounts(index, shopper.joined_on, balance_fen, deposits)
        self._credit_cards(index, credit)
        holdings = holding_plans(self._rng, purchases, shopper.means_yuan, self._today)
        self.rows["holdings"] += [
            (self._customer_id, one.code, one.name, one.kind, one.amount_fen, one.since, one.matures_on)
            for one in holdings
        ]
        if shopper.level is not None:
            taken = assessments(self._rng, shopper.level, purchases, shopper.joined_on, self._today)
            for order, one in enumerate(taken, start=1):
                self._assessment(index, order, one.taken_on, one.level, one.score)
        owned_fen = balance_fen + sum(one.amount_fen for one in deposits)
        basis = crowd_figures.Basis(shopper.tier, shopper.joined_on, owned_fen)
        self.rows["customer_profiles"].append(
            (self._customer_id, *crowd_figures.figures(self._rng, basis, holdings, self._now))
        )

    def take(self) -> Rows:
        """The rows since the last call; they are the caller's now."""
        rows, self.rows = self.rows, defaultdict(list)
        return rows

    def _customer(self, index: int) -> tuple[Shopper, float]:
        rng = self._rng
        gender = "male" if rng.random() < 0.5 else "female"
        age_days = int(min(max(rng.gauss(42, 15), YOUNGEST + 0.1), OLDEST) * 365.25)
        region, city = rng.choice(catalogue.CITIES)
        birth, id_number = self._ids.next(region, self._today - timedelta(days=age_days), gender)
        wealth = rng.lognormvariate(0, 0.6)
        tier = tier_of(wealth)
        joined = self._today - timedelta(days=min(rng.randrange(20, 5500), age_days - 15 * 365))
        created = start_of(joined) + timedelta(hours=10)
        name = person_name(rng, gender)
        row = (f"60{index:08d}", name, gender, birth, id_number, city, tier, joined, created)
        self.rows["customers"].append((self._customer_id, *row))
        self._contacts(index, created)
        age = age_on(self._today, birth)
        level = draw_level(rng, stage_of(age), tier, age)
        return Shopper(birth, tier, city, level, means_of(rng, wealth), joined), wealth

    def _contacts(self, index: int, created: datetime) -> None:
        rng, owner = self._rng, self._customer_id
        self.rows["contact_points"].append((owner, "phone", phone_number(rng, index), True))
        if rng.random() < 0.3:
            self.rows["contact_points"].append((owner, "email", f"c60{index:08d}@example.com", True))
        if rng.random() < 1 / 3:
            openid = f"oSeed{index * 2_654_435_761 % 2**64:023x}"
            self.rows["channel_identities"].append(("wechat", "default", openid, owner, self._now, self._now))
        if rng.random() < _OPTED_OUT:
            self.rows["marketing_choices"].append(
                (owner, False, "branch", max(created, self._some_time_ago()))
            )

    def _accounts(self, index: int, joined: date, balance_fen: int, deposits: Sequence[DepositPlan]) -> None:
        owner, rows = self._customer_id, self.rows["accounts"]
        self._account_id += 1
        current = self._account_id
        number = numbers.account_number(index, 1)
        rows.append((current, owner, number, "current", 1, balance_fen, 0, "active", joined, None))
        for order, deposit in enumerate(deposits, start=2):
            self._account_id += 1
            number = numbers.account_number(index, order)
            matures = add_months(deposit.opened_on, deposit.months)
            money = (deposit.amount_fen, 0, "active", deposit.opened_on, matures)
            rows.append((self._account_id, owner, number, "time", 1, *money))
        number = self._card_number(index, 19)
        product = self._rng.choice(catalogue.DEBIT_PRODUCTS)
        what = (number, number[-4:], "debit", product, "active")
        self.rows["cards"].append((owner, current, *what, None, None, None, None, joined))

    def _credit_cards(self, index: int, plans: Sequence[CreditPlan]) -> None:
        for order, plan in enumerate(plans[:9]):
            number = self._card_number(index * 9 + order, 16)
            used = int(plan.limit_fen * self._rng.betavariate(1, 5))
            due_day = (plan.bill_day + DUE_AFTER - 1) % 30 + 1
            what = (number, number[-4:], "credit", plan.product, "active", plan.limit_fen, used)
            self.rows["cards"].append(
                (self._customer_id, None, *what, plan.bill_day, due_day, plan.issued_on)
            )

    def _assessment(self, index: int, order: int, taken_on: date, level: int, score: int) -> None:
        taken_at = min(start_of(taken_on) + timedelta(hours=10), self._now)
        self.rows["risk_assessments"].append(
            (
                self._customer_id, f"seed-{index}-{order}", level, score, {}, "branch", taken_at,
                expiry(taken_at),
            )
        )  # fmt: skip

    def _card_number(self, serial: int, length: int) -> str:
        number = numbers.serial_card_number(serial, length)
        # One of the few numbers that others have: take one from far beyond all customers.
        return numbers.serial_card_number(serial + 500_000_000, length) if number in self._taken else number

    def _some_time_ago(self) -> datetime:
        return self._now - timedelta(days=self._rng.randrange(1, 700))
