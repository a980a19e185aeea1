"""What customers were shown, and what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from integrations.crm.models import Recommendation, RecommendationEvent
from integrations.crm.recommendations import repository

SHOWN_LATELY = timedelta(days=1)
"""So long somebody who asks for others remembers what was shown."""
Outcome = Literal["clicked", "accepted", "declined"]


def record_outcome(
    session: Session,
    customer_id: int,
    product_code: str,
    kind: Outcome,
    now: datetime,
    *,
    ticket_id: int | None = None,
) -> bool:
    """Note what became of the newest impression of the product; False where it was never shown.

    A click does not undo an acceptance or a refusal; the same outcome twice is stored once. A declined
    product is not offered again for a while. Raises ValueError for any other kind.
    """
    if kind not in ("clicked", "accepted", "declined"):
        raise ValueError(f"no such outcome: {kind}")
    shown = repository.newest_impression(session, customer_id, product_code)
    if shown is None:
        return False
    if ticket_id is not None:
        shown.ticket_id = ticket_id
    if shown.outcome != kind and not (kind == "clicked" and shown.outcome != "shown"):
        shown.outcome = kind
        shown.events.append(RecommendationEvent(kind=kind, at=now))
    session.flush()
    return True


def history(session: Session, customer_id: int, limit: int = 20) -> Sequence[Recommendation]:
    """What was shown to the customer and its outcome, the newest first."""
    return repository.shown_to(session, customer_id, limit)


def shown_lately(session: Session, customer_id: int, conversation_id: int, now: datetime) -> frozenset[str]:
    """Codes of products that the customer was shown in this conversation within SHOWN_LATELY."""
    return repository.shown_in(session, customer_id, conversation_id, now - SHOWN_LATELY)
