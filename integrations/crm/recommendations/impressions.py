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
_UNASKED = "客户主动表示不感兴趣"  # staff read it where the sentence beside an offer stands


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

    A click does not undo an acceptance or a refusal; the same outcome twice is stored once, but for a
    refusal: the product is not offered again for a while, counted from the last one. Raises ValueError for
    any other kind.
    """
    if kind not in ("clicked", "accepted", "declined"):
        raise ValueError(f"no such outcome: {kind}")
    shown = repository.newest_impression(session, customer_id, product_code)
    if shown is None:
        return False
    if ticket_id is not None:
        shown.ticket_id = ticket_id
    if _is_new(shown, kind, now):
        shown.outcome = kind
        shown.events.append(RecommendationEvent(kind=kind, at=now))
    session.flush()
    return True


def record_refusal(
    session: Session,
    customer_id: int,
    product_code: str,
    now: datetime,
    *,
    source_key: str,
    conversation_id: int | None,
) -> None:
    """Note that the customer said no to the product, also where it was never offered to them.

    Then the refusal stands alone, as of something read about (surface "article"); `source_key` is the
    request's.
    """
    if record_outcome(session, customer_id, product_code, "declined", now):
        return
    session.add(
        Recommendation(
            customer_id=customer_id,
            conversation_id=conversation_id,
            source_key=source_key,
            product_code=product_code,
            surface="article",
            place=1,
            reason=_UNASKED,
            shown_at=now,
            outcome="declined",
            events=[RecommendationEvent(kind="declined", at=now)],
        )
    )
    session.flush()


def _is_new(shown: Recommendation, kind: Outcome, now: datetime) -> bool:
    if kind == "declined":
        return not any(event.kind == kind and event.at == now for event in shown.events)
    return shown.outcome != kind and (kind != "clicked" or shown.outcome == "shown")


def history(session: Session, customer_id: int, limit: int = 20) -> Sequence[Recommendation]:
    """What was shown to the customer and its outcome, the newest first."""
    return repository.shown_to(session, customer_id, limit)


def shown_lately(session: Session, customer_id: int, conversation_id: int, now: datetime) -> frozenset[str]:
    """Codes of products that the customer was shown in this conversation within SHOWN_LATELY."""
    return repository.shown_in(session, customer_id, conversation_id, now - SHOWN_LATELY)
