"""Early warnings for customer managers: who may leave and is worth keeping, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import KIND_NAMES, ProductKind
from integrations.crm.customers.ages import ADULT_AGE, age_on
from integrations.crm.customers.churn_settings import read_churn_rules
from integrations.crm.customers.periods import today
from integrations.crm.customers.tiering_settings import Lifecycle, read_tiering
from integrations.crm.models import Customer, CustomerProfile, MarketingChoice, Ticket
from integrations.crm.models.tickets import RUNNING

COMPLAINT_FIRST = "客户有投诉尚未办结：先跟进投诉的处理并回访，办结之前不推荐任何产品。"
SERVICE_ONLY = "客户不接受营销：只做服务回访，了解使用中的困难，不推荐产品。"
UNDER_AGE = "客户未满18周岁：只做服务回访，了解使用中的困难，不推荐任何产品。"
_BY_REASON = (
    ("投诉", "先就此前的投诉致歉，确认问题已经解决"),
    ("账单", "提醒还款安排，客户有困难时介绍分期等还款方式"),
    ("收入", "了解收入入账账户是否更换，介绍代发工资客户可享的费用减免"),
    ("余额", "了解资金去向，介绍到期安排与存款利率"),
    ("信用卡", "了解用卡不便之处，提醒可用的用卡权益"),
    ("没有使用其他产品", "介绍手机银行与缴费等日常服务"),
    ("消费", "了解日常支付习惯的变化，介绍支付与缴费服务"),
    ("交易", "致电问候，了解近期办理业务是否遇到不便"),
    ("没有主动办理业务", "致电问候，了解近期办理业务是否遇到不便"),
    ("支出", "致电问候，了解近期办理业务是否遇到不便"),
)
"""What to do about a reason: the first word found in it decides."""


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """One customer to call. `at_risk_fen` is what is expected to be lost: probability × lifetime value.

    `product_kinds` may be talked about, subject to the suitability check of each product; empty: none at all.
    """

    customer_id: int
    number: str
    name: str
    manager_id: int | None
    value: str  # vip | important | standard
    lifecycle: str
    churn_probability: float
    lifetime_value_fen: int | None
    at_risk_fen: int
    reasons: tuple[str, ...]
    offer: str  # what to do, in Chinese
    product_kinds: tuple[ProductKind, ...]


def warnings(
    session: Session, now: datetime, limit: int, manager_id: int | None = None
) -> Sequence[EarlyWarning]:
    """Customers who are likely to leave and worth keeping, the largest expected loss first.

    With `manager_id` only those of that manager. No kinds of product during a complaint, after an opt-out or
    for who is under age at `now`. Empty as long as no model is used (see churn.py). Raises ValueError for a
    limit below 1.
    """
    if limit < 1:
        raise ValueError(f"a limit of {limit}")
    return [_warning(row, today(now)) for row in session.execute(_query(limit, manager_id))]


def advice(lifecycle: str, reasons: Sequence[str]) -> tuple[str, tuple[ProductKind, ...]]:
    """What to do about these reasons, and which kinds of product the stage's strategy leads with."""
    steps = list(dict.fromkeys(step for reason in reasons if (step := _step(reason)) is not None))[:2]
    known: Lifecycle | None = next(
        (stage for stage in read_tiering().lifecycle.strategies if stage == lifecycle), None
    )
    if known is None:
        return "；".join(steps or [_BY_REASON[-1][1]]) + "。", ()
    strategy = read_tiering().lifecycle.strategies[known]
    kinds = "、".join(KIND_NAMES[kind] for kind in strategy.lead_with)
    # Whoever is about to leave is called as soon as those who are already leaving.
    steps += [
        read_tiering().lifecycle.strategies["declining"].contact,
        f"合适时可介绍{kinds}（以适当性检查为准）",
    ]
    return "；".join(steps) + "。", strategy.lead_with


def _step(reason: str) -> str | None:
    return next((step for word, step in _BY_REASON if word in reason), None)


def _warning(row: Any, day: date) -> EarlyWarning:
    reasons = tuple(str(reason) for reason in row.churn_reasons or ())
    kinds: tuple[ProductKind, ...] = ()
    if row.open_complaint:
        offer = COMPLAINT_FIRST
    elif row.marketing is not None and not row.marketing:
        offer = SERVICE_ONLY
    elif age_on(day, row.birth_date) < ADULT_AGE:
        offer = UNDER_AGE
    else:
        offer, kinds = advice(row.lifecycle, reasons)
    return EarlyWarning(
        customer_id=row.id,
        number=row.number,
        name=row.name,
        manager_id=row.manager_id,
        value=row.value,
        lifecycle=row.lifecycle,
        churn_probability=row.churn_probability,
        lifetime_value_fen=row.lifetime_value_fen,
        at_risk_fen=round(row.churn_probability * (row.lifetime_value_fen or 0)),
        reasons=reasons,
        offer=offer,
        product_kinds=kinds,
    )


def _query(limit: int, manager_id: int | None) -> Any:
    rules = read_churn_rules()
    profile = CustomerProfile
    complaint = exists().where(
        Ticket.customer_id == Customer.id,
        Ticket.kind == "complaint",
        Ticket.status.in_(RUNNING),
    )
    choice = (
        select(MarketingChoice.granted)
        .where(MarketingChoice.customer_id == Customer.id)
        .order_by(MarketingChoice.at.desc(), MarketingChoice.id.desc())
        .limit(1)
        .correlate(Customer)
        .scalar_subquery()
    )
    worth = or_(
        profile.value.in_(("vip", "important")),
        profile.lifetime_value_fen >= rules.warn_from_lifetime_value_yuan * 100,
    )
    wanted = and_(profile.churn_probability >= rules.warn_from_percent / 100, worth)
    if manager_id is not None:
        wanted = and_(wanted, Customer.manager_id == manager_id)
    loss = profile.churn_probability * func.coalesce(profile.lifetime_value_fen, 0)
    return (
        select(
            Customer.id,
            Customer.number,
            Customer.name,
            Customer.birth_date,
            Customer.manager_id,
            profile.value,
            profile.lifecycle,
            profile.churn_probability,
            profile.lifetime_value_fen,
            profile.churn_reasons,
            complaint.label("open_complaint"),
            choice.label("marketing"),
        )
        .join(profile, profile.customer_id == Customer.id)
        .where(wanted)
        .order_by(loss.desc(), Customer.id)
        .limit(limit)
    )
