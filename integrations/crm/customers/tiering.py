"""A customer's tiers from their figures, each with its reason. Pure: `now` and the settings are passed in.

Value tiers, the three behaviours and the four stages follow `tiering.yml`; risk follows facts that the bank
holds. Days are counted in Asia/Shanghai; twelve months end with today, and a year after 29 February ends on
28 February.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from integrations.crm.customers.periods import today
from integrations.crm.customers.tiering_settings import (
    VALUE_TIERS,
    Limits,
    Risk,
    Tiering,
    ValueTier,
    Way,
)
from integrations.crm.customers.tiering_words import amount, exact, way_words

YEAR_MONTHS = 12
TREND_MONTHS = 6
DIMENSION_NAMES = {"value": "价值", "behaviour": "行为", "risk": "风险", "lifecycle": "生命周期"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What the tiers are made of: the year's movements of the customer's own, and what they have now.

    Volume is the sum of movements in and out on accounts and of what was spent by credit card (a repayment
    has been counted on the account). `recent` are the last six months, `earlier` the six before.
    """

    joined_on: date
    year_volume_fen: int = 0
    year_transactions: int = 0
    recent_transactions: int = 0
    earlier_transactions: int = 0
    year_services: int = 0
    last_active_on: date | None = None
    assets_fen: int = 0
    loans_fen: int = 0  # all loans and what is owed on credit cards
    unsecured_fen: int = 0  # of the loans
    credit_limit_fen: int = 0
    credit_used_fen: int = 0
    overdue_since: date | None = None  # due day of the oldest bill whose minimum is still owed
    fraud_frozen_cards: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A code and the reason in Chinese, with the figures that decided."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tiers:
    """Where a customer stands in each dimension."""

    value: Placed
    behaviour: Placed
    risk: Placed
    lifecycle: Placed

    def by_dimension(self) -> dict[str, Placed]:
        """The four, by the dimension's name."""
        return {
            "value": self.value,
            "behaviour": self.behaviour,
            "risk": self.risk,
            "lifecycle": self.lifecycle,
        }


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def tiers_of(figures: Figures, now: datetime, settings: Tiering) -> Tiers:
    """All four tiers at the moment `now` (aware)."""
    day = today(now)
    return Tiers(
        value=_value(figures, settings),
        behaviour=_behaviour(figures, day, settings),
        risk=_risk(figures, day, settings),
        lifecycle=_lifecycle(figures, day, settings),
    )


def _value(figures: Figures, settings: Tiering) -> Placed:
    names = settings.names.value
    for tier in VALUE_TIERS[:-1]:
        for way in settings.value.of(tier).reached_by:
            if _fulfils(figures, way):
                reason = f"{_has(figures, (way,))}，达到{names[tier]}标准（{way_words(way)}）"
                return Placed(tier, reason)
    lowest: ValueTier = VALUE_TIERS[-2]
    ways = settings.value.of(lowest).reached_by
    wanted = "；或".join(way_words(way) for way in ways)
    return Placed(VALUE_TIERS[-1], f"{_has(figures, ways)}，未达到{names[lowest]}标准（{wanted}）")


def _fulfils(figures: Figures, way: Way) -> bool:
    return (
        (not way.volume_above_yuan or figures.year_volume_fen > way.volume_above_yuan * 100)
        and figures.year_services >= way.services
        and figures.assets_fen >= way.assets_yuan * 100
    )


def _has(figures: Figures, ways: tuple[Way, ...]) -> str:
    """The figures that these ways look at."""
    parts = []
    if any(way.volume_above_yuan for way in ways):
        limits = [way.volume_above_yuan * 100 for way in ways]
        parts.append(f"近12个月交易额{amount(figures.year_volume_fen, *limits)}")
    if any(way.services for way in ways):
        parts.append(f"使用{figures.year_services}类服务")
    if any(way.assets_yuan for way in ways):
        limits = [way.assets_yuan * 100 for way in ways]
        parts.append(f"资产{amount(figures.assets_fen, *limits)}")
    return "，".join(parts)


def _behaviour(figures: Figures, day: date, settings: Tiering) -> Placed:
    rules, names = settings.behaviour, settings.names.behaviour
    idle = _idle_days(figures, day)
    if idle >= rules.lost_after_days:
        said = f"{_idle_words(figures, idle)}，满{rules.lost_after_days}天视为{names['lost']}"
        return Placed("lost", said)
    least_fen = rules.active.volume_yuan * 100
    count, volume_fen = figures.year_transactions, figures.year_volume_fen
    done = f"近12个月交易{count}笔、{amount(volume_fen, least_fen)}"
    wanted = (
        f"{names['active']}标准（不少于{rules.active.transactions}笔且{exact(rules.active.volume_yuan)}）"
    )
    if count >= rules.active.transactions and volume_fen >= least_fen:
        return Placed("active", f"{done}，达到{wanted}")
    return Placed("potential", f"{done}，未达到{wanted}")


def _idle_days(figures: Figures, day: date) -> int:
    return (day - (figures.last_active_on or figures.joined_on)).days


def _idle_words(figures: Figures, idle: int) -> str:
    return f"已{idle}天没有动账" if figures.last_active_on else f"开户{idle}天以来没有动账"


def _risk(figures: Figures, day: date, settings: Tiering) -> Placed:
    """The worst fact; of two equally bad ones the first named in the settings."""
    facts = _risk_facts(figures, day, settings)
    for code in ("high", "medium"):
        for said, reached in facts:
            if reached == code:
                return Placed(code, said)
    return Placed("low", "没有逾期账单，没有涉诈冻结的卡片，负债与额度使用均在正常范围")


def _risk_facts(figures: Figures, day: date, settings: Tiering) -> list[tuple[str, Risk]]:
    rules = settings.risk
    late = max((day - figures.overdue_since).days, 0) if figures.overdue_since else 0
    frozen = figures.fraud_frozen_cards
    used, line = figures.credit_used_fen, figures.credit_limit_fen
    facts = [
        (f"信用卡账单已逾期{late}天", _reached(rules.overdue_days, late, 1)),
        (f"有{frozen}张卡片因涉诈冻结", _reached(rules.fraud_frozen_cards, frozen, 1)),
    ]
    if figures.unsecured_fen > 0 and figures.unsecured_fen >= rules.loans_from_yuan * 100:
        owed, assets = figures.unsecured_fen, max(figures.assets_fen, 0)
        said = f"无抵押贷款{amount(owed)}，资产{amount(assets)}，"
        said += f"贷款为资产的{owed * 100 // assets}%" if assets else "没有可用于还款的资产"
        facts.append((said, _reached(rules.loans_percent_of_assets, owed * 100, assets)))
    if line > 0:
        said = f"信用卡额度已使用{used * 100 // line}%（{amount(used)}/{amount(line)}）"
        facts.append((said, _reached(rules.credit_used_percent, used * 100, line)))
    return facts


def _reached(limits: Limits, part: int, whole: int) -> Risk:
    """What `part / whole` means, compared without rounding; with nothing to compare to the worst."""
    if limits.high is not None and part >= limits.high * whole:
        return "high"
    return "medium" if limits.medium is not None and part >= limits.medium * whole else "low"


def _lifecycle(figures: Figures, day: date, settings: Tiering) -> Placed:
    rules = settings.lifecycle
    joined, idle = figures.joined_on, _idle_days(figures, day)
    since = f"{joined.year}年{joined.month}月{joined.day}日开户"
    recent, earlier = figures.recent_transactions, figures.earlier_transactions
    trend = f"近6个月交易{recent}笔，此前6个月{earlier}笔"
    if joined > months_before(day, rules.new_months):
        return Placed("new", f"{since}，未满{rules.new_months}个月")
    if idle >= rules.idle_days:
        return Placed("declining", f"{_idle_words(figures, idle)}（满{rules.idle_days}天）")
    comparable = earlier >= rules.trend_from_transactions
    if comparable and recent * 100 <= earlier * (100 - rules.fall_percent):
        return Placed("declining", f"{trend}，减少{(earlier - recent) * 100 // earlier}%")
    if joined > months_before(day, rules.growing_months):
        return Placed("growing", f"{since}，未满{rules.growing_months}个月")
    if comparable and recent * 100 >= earlier * (100 + rules.rise_percent):
        return Placed("growing", f"{trend}，增加{(recent - earlier) * 100 // earlier}%")
    return Placed("mature", f"{since}，{trend}，往来平稳")


def name_of(dimension: str, code: str, settings: Tiering) -> str:
    """What a code is called in Chinese; the code itself where the settings do not know it."""
    names: dict[str, str] = getattr(settings.names, dimension)
    return names.get(code, code)
