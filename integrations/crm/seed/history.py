"""Plays one customer's last eighteen months in order of time, so that every balance adds up."""

import heapq
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from integrations.crm.customers.periods import start_of, today
from integrations.crm.seed.events import DUE_AFTER, Event, plan
from integrations.crm.seed.months import add_months
from integrations.crm.seed.people import Pool
from integrations.crm.seed.profiles import CreditPlan, PlannedTransfer, Profile

MONTHS = 18
Row = dict[str, Any]


@dataclass
class CreditState:
    """What a credit card owes while the history is played, and its rows so far."""

    plan: CreditPlan
    used_fen: int = 0
    movements: list[Row] = field(default_factory=list)
    bills: list[Row] = field(default_factory=list)


class History:
    """One customer's movements; after `play` the lists hold rows that lack only account and card ids."""

    def __init__(self, profile: Profile, rng: Random, pool: Pool, now: datetime) -> None:
        self.balance_fen = profile.opening_fen
        self.movements: list[Row] = []
        self.transfers: list[Row] = []
        self.cards = [CreditState(credit) for credit in profile.credit]
        self._profile, self._rng, self._pool, self._now = profile, rng, pool, now
        self._today = today(now)
        self._order = count()  # events of the same moment happen as they were planned
        self._coming: list[tuple[datetime, int, Event]] = []

    def play(self) -> None:
        """Let everything happen that was planned from the first day up to now."""
        if self._profile.dormant:
            return
        first = max(add_months(self._today, -MONTHS), self._profile.joined_on)
        for event in plan(self._profile, self._rng, self._pool, first, self._today):
            if event.at >= start_of(first):
                self._expect(event)
        while self._coming:
            _, _, event = heapq.heappop(self._coming)
            self._happen(event)

    def _expect(self, event: Event) -> None:
        if event.at <= self._now:
            heapq.heappush(self._coming, (event.at, next(self._order), event))

    def _happen(self, event: Event) -> None:
        match event.kind:
            case "in":
                self._move(event, event.amount_fen)
            case "out":
                self._move(event, -event.amount_fen)
            case "spend":
                self._spend(event, self.cards[event.card])
            case "bill":
                self._bill(event, self.cards[event.card])
            case "pay":
                self._pay(event, self.cards[event.card])
            case "empty" if event.transfer:
                self._empty(event, event.transfer)
            case "transfer" if event.transfer:
                self._transfer(event, event.transfer)

    def _move(self, event: Event, amount_fen: int) -> bool:
        left = self.balance_fen + amount_fen
        if amount_fen < 0 and left < self._profile.frozen_fen:
            return False
        self.balance_fen = left
        self.movements.append(_movement(event, amount_fen, left))
        return True

    def _spend(self, event: Event, card: CreditState) -> None:
        if card.used_fen + event.amount_fen <= card.plan.limit_fen:
            card.used_fen += event.amount_fen
            card.movements.append(_movement(event, -event.amount_fen, None))

    def _bill(self, event: Event, card: CreditState) -> None:
        billed_on = today(event.at)
        card.bills.append(
            {
                "billed_on": billed_on,
                "due_on": billed_on + timedelta(days=DUE_AFTER),
                "amount_fen": card.used_fen,
                "minimum_fen": -(-card.used_fen // 10),  # a tenth, rounded up
                "paid_fen": 0,
            }
        )

    def _pay(self, event: Event, card: CreditState) -> None:
        if not card.bills:
            return
        bill = card.bills[-1]
        amount = bill["minimum_fen"] if card.plan.pays == "minimum" else bill["amount_fen"]
        skipped = card.plan.pays == "skips_last" and add_months(bill["billed_on"], 1) > self._today
        if skipped or amount == 0:
            return
        payment = Event(event.at, "out", amount, "信用卡还款", card.plan.product)
        if self._move(payment, -amount):
            bill["paid_fen"] += amount
            card.used_fen -= amount
            card.movements.append(_movement(payment, amount, None))

    def _empty(self, event: Event, planned: PlannedTransfer) -> None:
        """The transfer takes its percentage of what is there."""
        amount = max(self.balance_fen - self._profile.frozen_fen, 0) * event.amount_fen // 100 // 100 * 100
        if amount:
            self._transfer(replace(event, amount_fen=amount), replace(planned, amount_fen=amount))

    def _transfer(self, event: Event, planned: PlannedTransfer) -> None:
        outcome, failure = planned.outcome, planned.failure
        if outcome != "failed" and not self._move(event, -event.amount_fen):
            outcome, failure = "failed", "账户余额不足"
        ended = event.at + timedelta(minutes=2)
        if outcome == "returned":
            ended = event.at + timedelta(hours=3)
            if ended > self._now:
                outcome, failure = "processing", None
            self._expect(Event(ended, "in", event.amount_fen, "转账退回", planned.payee_name))
        finished = None if outcome == "processing" or ended > self._now else ended
        self.transfers.append(
            {
                "amount_fen": planned.amount_fen,
                "payee_name": planned.payee_name,
                "payee_bank": planned.payee_bank,
                "payee_tail": planned.payee_tail,
                "status": outcome if finished else "processing",
                "created_at": event.at,
                "expected_at": event.at + timedelta(hours=24),
                "finished_at": finished,
                "failure": failure if finished else None,
            }
        )


def _movement(event: Event, amount_fen: int, balance_fen: int | None) -> Row:
    return {
        "occurred_at": event.at,
        "amount_fen": amount_fen,
        "balance_fen": balance_fen,
        "summary": event.summary,
        "counterparty": event.counterparty,
        "channel": event.channel,
    }
