"""Plays one customer's last twelve months in order of time, so that every balance adds up.

Times are seconds since the first day's midnight in Shanghai, amounts are fen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from integrations.crm.customers.periods import start_of, today
from integrations.crm.seed import catalogue
from integrations.crm.seed.people import Pool, add_months
from integrations.crm.seed.profiles import CreditPlan, PlannedTransfer, Profile

MONTHS = 12


@dataclass(frozen=True)
class Event:
    """Something that is going to happen at `at`."""

    at: datetime
    kind: str  # in | out | spend | bill | pay | transfer | back
    amount_fen: int = 0
    summary: str = ""
    counterparty: str | None = None
    channel: str = "app"
    card: int = 0  # which credit card
    transfer: PlannedTransfer | None = None


@dataclass
class CreditState:
    """What a credit card owes while the year is played."""

    plan: CreditPlan
    used_fen: int = 0
    movements: list[dict[str, Any]] = field(default_factory=list)
    bills: list[dict[str, Any]] = field(default_factory=list)


class Year:
    """One customer's year; after `play` the lists hold rows without account and card ids."""

    def __init__(self, profile: Profile, rng: Random, pool: Pool, now: datetime) -> None:
        self.profile = profile
        self.balance_fen = profile.opening_fen
        self.movements: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.cards = [CreditState(plan) for plan in profile.credit]
        self._rng = rng
        self._pool = pool
        self._now = now
        self._today = today(now)
        self._first = max(add_months(self._today, -MONTHS), profile.joined_on)

    def play(self) -> None:
        """Let everything happen that was planned up to now."""
        if self.profile.dormant:
            return
        begin = start_of(self._first)
        for event in sorted(self._events(), key=lambda event: event.at):
            if begin <= event.at <= self._now:
                self._happen(event)

    def _happen(self, event: Event) -> None:
        match event.kind:
            case "in" | "out" | "back":
                self._move(event)
            case "spend":
                self._spend(event)
            case "bill":
                self._bill(event)
            case "pay":
                self._pay(event)
            case "transfer":
                self._transfer(event)

    def _move(self, event: Event) -> bool:
        amount = -event.amount_fen if event.kind in ("out", "transfer", "pay") else event.amount_fen
        if self.balance_fen - self.profile.frozen_fen + amount < 0 and amount < 0:
            return False
        self.balance_fen += amount
        self.movements.append(_row(event, amount, self.balance_fen))
        return True

    def _spend(self, event: Event) -> None:
        card = self.cards[event.card]
        if card.used_fen + event.amount_fen <= card.plan.limit_fen:
            card.used_fen += event.amount_fen
            card.movements.append(_row(event, -event.amount_fen, None))

    def _bill(self, event: Event) -> None:
        card = self.cards[event.card]
        billed_on = today(event.at)
        card.bills.append(
            {
                "billed_on": billed_on,
                "due_on": next_day_of_month(billed_on, card.plan.due_day),
                "amount_fen": card.used_fen,
                "minimum_fen": min(card.used_fen, max(card.used_fen // 10, 5_000)),
                "paid_fen": 0,
            }
        )

    def _pay(self, event: Event) -> None:
        card = self.cards[event.card]
        if not card.bills:
            return
        bill = card.bills[-1]
        skipped = card.plan.pays == "skips_last" and add_months(bill["due_on"], 1) > self._today
        amount = bill["minimum_fen"] if card.plan.pays == "minimum" else bill["amount_fen"]
        if skipped or amount == 0:
            return
        payment = Event(event.at, "pay", amount, "信用卡还款", card.plan.product)
        if self._move(payment):
            bill["paid_fen"] += amount
            card.used_fen -= amount
            card.movements.append(_row(payment, amount, None))

    def _transfer(self, event: Event) -> None:
        planned = event.transfer
        assert planned is not None
        outcome, failure = planned.outcome, planned.failure
        if outcome != "failed" and not self._move(event):
            outcome, failure = "failed", "账户余额不足"
        ended = None if outcome == "processing" else event.at + timedelta(minutes=2)
        if outcome == "returned":
            ended = min(event.at + timedelta(hours=3), self._now)
            back = Event(ended, "back", event.amount_fen, "转账退回", planned.payee_name)
            self._pending_back.append(back)
        self.transfers.append(_transfer_row(planned, outcome, failure, ended))
