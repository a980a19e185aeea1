"""Turns played histories into table rows; ids are given out here because rows refer to each other."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

from integrations.crm.customers.periods import start_of, today
from integrations.crm.recommendations.risk_assessment import expiry
from integrations.crm.seed import catalogue, numbers
from integrations.crm.seed.events import DUE_AFTER
from integrations.crm.seed.history import CreditState, History, Row
from integrations.crm.seed.months import add_months
from integrations.crm.seed.profiles import CreditPlan, Profile


class Rows:
    """Rows by table name, to be written and cleared in portions."""

    def __init__(self, first_ids: dict[str, int], now: datetime) -> None:
        self.tables: dict[str, list[Row]] = defaultdict(list)
        self._ids = dict(first_ids)
        self._now = now
        self._today = today(now)
        self._taken: set[str] = set()
        self._references = 0

    def add(self, profile: Profile, history: History, rng: Random, index: int) -> None:
        """Add one customer (the `index`-th) with everything they have."""
        customer_id = self._customer(profile, rng, index)
        account_id = self._current_account(profile, history, customer_id, index)
        for row in history.movements:
            self.tables["transactions"].append({**row, "account_id": account_id, "card_id": None})
        for row in history.transfers:
            self._references += 1
            reference = f"YC{today(row['created_at']):%Y%m%d}{self._references:08d}"
            self.tables["transfers"].append({**row, "account_id": account_id, "reference": reference})
        tails: set[str] = set()
        for wanted in profile.debit_tails:
            self._debit_card(profile, customer_id, account_id, rng, wanted, tails)
        for state in history.cards:
            self._credit_card(profile, customer_id, state, rng, tails)
        self._deposits_and_holdings(profile, customer_id, index)
        self._assessments_and_choice(profile, customer_id, index)

    def _next_id(self, table: str) -> int:
        self._ids[table] += 1
        return self._ids[table]

    def _customer(self, profile: Profile, rng: Random, index: int) -> int:
        customer_id = self._next_id("customers")
        number = f"60{index:08d}"
        self.tables["customers"].append(
            {
                "id": customer_id,
                "number": number,
                "name": profile.name,
                "gender": profile.gender,
                "birth_date": profile.birth_date,
                "id_number": self._id_number(profile, index),
                "city": profile.city,
                "tier": profile.tier,
                "joined_on": profile.joined_on,
                "created_at": start_of(profile.joined_on) + timedelta(hours=10),
            }
        )
        contacts = [("phone", profile.phone)]
        if rng.random() < 0.4:
            contacts.append(("email", f"c{number}@example.com"))
        for kind, value in contacts:
            self.tables["contact_points"].append(
                {"customer_id": customer_id, "kind": kind, "value": value, "is_primary": True}
            )
        return customer_id

    def _current_account(self, profile: Profile, history: History, customer_id: int, index: int) -> int:
        account_id = self._next_id("accounts")
        self.tables["accounts"].append(
            {
                "id": account_id,
                "customer_id": customer_id,
                "number": numbers.account_number(index, 1),
                "kind": "current",
                "account_class": 1,
                "balance_fen": history.balance_fen,
                "frozen_fen": min(profile.frozen_fen, history.balance_fen),
                "status": "dormant" if profile.dormant else "active",
                "opened_on": profile.joined_on,
                "matures_on": None,
            }
        )
        return account_id

    def _debit_card(
        self,
        profile: Profile,
        customer_id: int,
        account_id: int,
        rng: Random,
        wanted: str | None,
        tails: set[str],
    ) -> None:
        number = self._card_number(rng, wanted, 19, tails)
        product = rng.choice(catalogue.DEBIT_PRODUCTS)
        row = _card(profile, customer_id, number, "debit", product)
        self.tables["cards"].append({**row, "id": self._next_id("cards"), "account_id": account_id})

    def _credit_card(
        self, profile: Profile, customer_id: int, state: CreditState, rng: Random, tails: set[str]
    ) -> None:
        plan: CreditPlan = state.plan
        number = self._card_number(rng, plan.tail, 16, tails)
        card_id = self._next_id("cards")
        row = _card(profile, customer_id, number, "credit", plan.product)
        row |= {
            "id": card_id,
            "credit_limit_fen": plan.limit_fen,
            "used_fen": state.used_fen,
            "bill_day": plan.bill_day,
            "due_day": _due_day(state),
            "issued_on": plan.issued_on or profile.joined_on,
        }
        self.tables["cards"].append(row)
        self.tables["card_bills"] += [{**bill, "card_id": card_id} for bill in state.bills]
        for movement in state.movements:
            self.tables["transactions"].append({**movement, "account_id": None, "card_id": card_id})

    def _deposits_and_holdings(self, profile: Profile, customer_id: int, index: int) -> None:
        for order, deposit in enumerate(profile.deposits, start=2):
            self.tables["accounts"].append(
                {
                    "id": self._next_id("accounts"),
                    "customer_id": customer_id,
                    "number": numbers.account_number(index, order),
                    "kind": "time",
                    "account_class": 1,
                    "balance_fen": deposit.amount_fen,
                    "frozen_fen": 0,
                    "status": "active",
                    "opened_on": deposit.opened_on,
                    "matures_on": add_months(deposit.opened_on, deposit.months),
                }
            )
        for holding in profile.holdings:
            self.tables["holdings"].append(
                {
                    "customer_id": customer_id,
                    "product_code": holding.code,
                    "product_name": holding.name,
                    "kind": holding.kind,
                    "amount_fen": holding.amount_fen,
                    "since": holding.since,
                    "matures_on": holding.matures_on,
                }
            )

    def _assessments_and_choice(self, profile: Profile, customer_id: int, index: int) -> None:
        for order, assessment in enumerate(profile.assessments, start=1):
            # In business hours, and never later than now.
            taken_at = min(start_of(assessment.taken_on) + timedelta(hours=10), self._now)
            self.tables["risk_assessments"].append(
                {
                    "customer_id": customer_id,
                    "source_key": f"seed-{index}-{order}",
                    "level": assessment.level,
                    "score": assessment.score,
                    "answers": {},  # on paper
                    "channel": "branch",
                    "taken_at": taken_at,
                    "expires_at": expiry(taken_at),
                }
            )
        if profile.opted_out_on is not None:
            at = min(start_of(profile.opted_out_on) + timedelta(hours=15), self._now)
            self.tables["marketing_choices"].append(
                {"customer_id": customer_id, "granted": False, "source": "branch", "at": at}
            )

    def _id_number(self, profile: Profile, index: int) -> str:
        for sequence in range(index, index + 500):
            number = numbers.id_number(profile.region, profile.birth_date, sequence % 500, profile.gender)
            if number not in self._taken:
                self._taken.add(number)
                return number
        raise AssertionError("more than 500 demo customers of one place, day and gender")

    def _card_number(self, rng: Random, wanted: str | None, length: int, tails: set[str]) -> str:
        while True:
            tail = wanted or f"{rng.randrange(10_000):04d}"
            number = numbers.card_number(rng, tail, length)
            if number not in self._taken and tail not in tails:
                self._taken.add(number)
                tails.add(tail)
                return number


def _card(profile: Profile, customer_id: int, number: str, kind: str, product: str) -> Row:
    return {
        "customer_id": customer_id,
        "account_id": None,
        "number": number,
        "tail": number[-4:],
        "kind": kind,
        "product": product,
        "status": "active",
        "frozen_reason": None,
        "frozen_at": None,
        "credit_limit_fen": None,
        "used_fen": None,
        "bill_day": None,
        "due_day": None,
        "issued_on": profile.joined_on,
    }


def _due_day(state: CreditState) -> int:
    """Day of the month of the newest bill's due day; without bills as after a month of 30 days."""
    if state.bills:
        return int(state.bills[-1]["due_on"].day)
    return (state.plan.bill_day + DUE_AFTER - 1) % 30 + 1
