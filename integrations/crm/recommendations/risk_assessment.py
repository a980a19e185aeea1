"""Risk assessments (风险测评): how often they may be taken, what follows from the answers.

Source: 金融机构产品适当性管理办法 (2025 No. 7): valid 12 months, at most 2 a day and 8 in 12 months.
"""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.customers.ages import ADULT_AGE, age_on
from integrations.crm.customers.periods import start_of, today
from integrations.crm.customers.service import get_customer
from integrations.crm.models import Customer, RiskAssessment
from integrations.crm.recommendations import repository
from integrations.crm.recommendations.errors import NoCapacity, SourceKeyTaken, TooManyAssessments
from integrations.crm.recommendations.risk_questionnaire import Question, judge, read_questionnaire
from integrations.crm.settings import SHANGHAI

A_DAY = 2
A_YEAR = 8
VALID_MONTHS = 12
LEVEL_NAMES = {1: "保守型", 2: "稳健型", 3: "平衡型", 4: "成长型", 5: "进取型"}
"""C1–C5."""


def questions() -> tuple[Question, ...]:
    """The questions in the order they are asked. Raises BadBankData for a broken file."""
    return read_questionnaire().questions


def assessment_state(
    session: Session, customer_id: int, now: datetime
) -> Literal["valid", "expired", "missing"]:
    """Whether the newest risk assessment counts now."""
    newest = repository.newest_assessment(session, customer_id)
    if newest is None:
        return "missing"
    return "valid" if now < newest.expires_at else "expired"


def record_assessment(
    session: Session,
    customer_id: int,
    answers: dict[str, str],
    *,
    channel: str,
    source_key: str,
    now: datetime,
) -> RiskAssessment:
    """Judge and store answers (question id → option key); once for each `source_key`.

    Raises CustomerNotFound, NoCapacity for a minor, IncompleteAnswers, TooManyAssessments, and
    SourceKeyTaken for a key of another customer.
    """
    # Two processes that assess one customer at once must count each other.
    repository.lock_customer(session, customer_id)
    known = repository.assessment_by_source_key(session, source_key)
    if known is not None:
        if known.customer_id != customer_id:
            raise SourceKeyTaken
        return known
    customer = get_customer(session, customer_id)
    if not has_capacity(customer, now):
        raise NoCapacity
    level, score = judge(read_questionnaire(), answers, age_on(today(now), customer.birth_date))
    check_may_take(session, customer_id, now)
    assessment = RiskAssessment(
        customer_id=customer_id,
        source_key=source_key,
        level=level,
        score=score,
        answers=dict(answers),
        channel=channel,
        taken_at=now,
        expires_at=expiry(now),
    )
    session.add(assessment)
    session.flush()
    record(
        session,
        at=now,
        actor="customer",
        action="risk.assess",
        target_kind="customer",
        target_id=customer_id,
        data={"level": level, "score": score, "channel": channel},
    )
    return assessment


def has_capacity(customer: Customer, now: datetime) -> bool:
    """Whether the customer is of age (Shanghai), whatever else keeps them from being offered something."""
    return age_on(today(now), customer.birth_date) >= ADULT_AGE


def check_may_take(session: Session, customer_id: int, now: datetime) -> None:
    """Raises TooManyAssessments where the limit of a day (Shanghai) or of 12 months is reached."""
    if repository.assessments_since(session, customer_id, start_of(today(now))) >= A_DAY:
        raise TooManyAssessments(limit="day")
    if repository.assessments_since(session, customer_id, a_year_before(now)) >= A_YEAR:
        raise TooManyAssessments(limit="year")


def newest_assessment(session: Session, customer_id: int) -> RiskAssessment | None:
    """The one that counts, valid or not."""
    return repository.newest_assessment(session, customer_id)


def expiry(taken_at: datetime) -> datetime:
    """The first moment at which an assessment no longer counts: 12 months later in Shanghai."""
    return _months_later(taken_at, VALID_MONTHS)


def a_year_before(now: datetime) -> datetime:
    """The moment after which assessments count towards the yearly limit."""
    return _months_later(now, -12) + timedelta(microseconds=1)


def _months_later(moment: datetime, months: int) -> datetime:
    local = moment.astimezone(SHANGHAI)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    # 29 February has no anniversary in most years: the day before is the careful one.
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)
