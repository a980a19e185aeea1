"""A customer's yes or no to recommendations (个人信息保护法 Art 24)."""

from datetime import datetime

from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.customers.service import get_customer
from integrations.crm.models import MarketingChoice
from integrations.crm.recommendations import repository


def record_choice(
    session: Session, customer_id: int, granted: bool, source: str, now: datetime, *, actor: str = "customer"
) -> None:
    """Store the choice. Raises CustomerNotFound."""
    get_customer(session, customer_id)
    session.add(MarketingChoice(customer_id=customer_id, granted=granted, source=source, at=now))
    record(
        session,
        at=now,
        actor=actor,
        action="marketing.grant" if granted else "marketing.refuse",
        target_kind="customer",
        target_id=customer_id,
        data={"source": source},
    )
    session.flush()


def newest_choice(session: Session, customer_id: int) -> MarketingChoice | None:
    """The customer's last yes or no to recommendations."""
    return session.scalar(repository.newest_choice(customer_id))
