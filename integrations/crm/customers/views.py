"""What the services answer with: plain values, every amount in fen."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class AccountBalance:
    """A current account (活期)."""

    account_id: int
    number: str  # unmasked: show with masking.mask_account
    account_class: int  # I, II or III
    status: str  # active | dormant
    card_tails: tuple[str, ...]
    balance_fen: int
    frozen_fen: int

    @property
    def available_fen(self) -> int:
        """What can be spent now; never below zero."""
        return max(self.balance_fen - self.frozen_fen, 0)


@dataclass(frozen=True)
class TimeDeposit:
    """A time deposit (定期)."""

    number: str
    balance_fen: int
    opened_on: date
    matures_on: date | None

    def matured(self, today: date) -> bool:
        """Whether the term has ended on or before `today`."""
        return self.matures_on is not None and self.matures_on <= today


@dataclass(frozen=True)
class CreditLine:
    """A credit card's limit and what is used of it."""

    tail: str
    product: str
    status: str  # active | frozen
    limit_fen: int
    used_fen: int

    @property
    def available_fen(self) -> int:
        """What can still be spent; never below zero."""
        return max(self.limit_fen - self.used_fen, 0)


@dataclass(frozen=True)
class Balances:
    """Everything the customer has in accounts, and the credit lines."""

    accounts: tuple[AccountBalance, ...]
    deposits: tuple[TimeDeposit, ...]
    credit_lines: tuple[CreditLine, ...]

    @property
    def current_fen(self) -> int:
        """Sum of the current accounts."""
        return sum(account.balance_fen for account in self.accounts)

    @property
    def total_fen(self) -> int:
        """Sum of current accounts and time deposits; credit is not the customer's money."""
        return self.current_fen + sum(deposit.balance_fen for deposit in self.deposits)


@dataclass(frozen=True)
class Movement:
    """One line of a statement; negative = money out."""

    occurred_at: datetime
    amount_fen: int
    balance_fen: int | None
    summary: str
    counterparty: str | None
    channel: str  # app | web | atm | counter | pos | third_party


@dataclass(frozen=True)
class Statement:
    """Movements of a period, the newest first; count and sums are of the whole period."""

    start: date
    end: date
    rows: tuple[Movement, ...]
    count: int
    in_fen: int
    out_fen: int

    @property
    def hidden(self) -> int:
        """How many movements of the period are not in `rows`."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Bill:
    """A monthly credit-card bill."""

    tail: str
    product: str
    billed_on: date
    due_on: date
    amount_fen: int
    minimum_fen: int
    paid_fen: int

    @property
    def remaining_fen(self) -> int:
        """What is still to be paid; never below zero."""
        return max(self.amount_fen - self.paid_fen, 0)

    @property
    def minimum_remaining_fen(self) -> int:
        """What is still missing to the minimum payment; never below zero."""
        return max(self.minimum_fen - self.paid_fen, 0)

    def overdue(self, today: date) -> bool:
        """Whether the due day has passed with less than the minimum paid."""
        return today > self.due_on and self.minimum_remaining_fen > 0
