"""What is decided about a demo customer before the history is played."""

from dataclasses import dataclass
from datetime import date, datetime

from integrations.crm.seed.assessments import Assessment


@dataclass(frozen=True)
class CreditPlan:
    """A credit card to issue; `pays` says how bills are paid: full, minimum, or skips_last (the newest)."""

    product: str
    limit_fen: int
    bill_day: int  # 1–28, so that every month has it
    pays: str = "full"
    pays_before: int = 0  # days before the due day
    tail: str | None = None
    issued_on: date | None = None  # None: with the first account

    def issued_by(self, day: date) -> bool:
        """Whether the card exists on that day."""
        return self.issued_on is None or self.issued_on <= day


@dataclass(frozen=True)
class Slowdown:
    """From this day on the customer does only this share of what they used to do."""

    since: date
    share: float


@dataclass(frozen=True)
class PlannedTransfer:
    """An outgoing transfer that must happen; `outcome` is the status it ends with."""

    at: datetime
    amount_fen: int
    payee_name: str
    payee_bank: str
    payee_tail: str
    outcome: str
    failure: str | None = None


@dataclass(frozen=True)
class DepositPlan:
    """A time deposit to open."""

    amount_fen: int
    months: int
    opened_on: date


@dataclass(frozen=True)
class HoldingPlan:
    """A product the customer holds."""

    code: str
    name: str
    kind: str
    amount_fen: int
    since: date
    matures_on: date | None = None


@dataclass(frozen=True)
class Profile:
    """One demo customer."""

    name: str
    gender: str
    birth_date: date
    region: str
    city: str
    tier: str
    joined_on: date
    phone: str
    income: str  # 工资 | 养老金 | 经营收入
    income_from: str
    income_fen: int
    income_day: int
    rent_fen: int
    spends_per_month: int
    opening_fen: int
    spend_scale: int = 1  # how many times the usual amounts they spend
    pays_utilities: bool = True  # with this bank
    debit_tails: tuple[str | None, ...] = (None,)
    credit: tuple[CreditPlan, ...] = ()
    deposits: tuple[DepositPlan, ...] = ()
    holdings: tuple[HoldingPlan, ...] = ()
    transfers: tuple[PlannedTransfer, ...] = ()
    dormant: bool = False
    frozen_fen: int = 0
    invested_share: float = 0.0  # of the income, every month
    slowdowns: tuple[Slowdown, ...] = ()  # in order of time
    income_until: date | None = None  # None: it goes on
    emptied_on: date | None = None  # the money goes to another bank
    assessments: tuple[Assessment, ...] = ()  # in order of time
    opted_out_on: date | None = None  # of marketing

    def busy(self, day: date) -> float:
        """Which share of what is usual the customer does on that day; 1 where nothing has changed."""
        shares = [slowdown.share for slowdown in self.slowdowns if slowdown.since <= day]
        return shares[-1] if shares else 1.0
