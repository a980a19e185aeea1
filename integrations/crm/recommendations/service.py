"""What can be done with recommendations: offer products, check them, remember what became of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.bank.catalogue import RISK_RATED, Product, product_by_code, read_products
from integrations.crm.customers.errors import CustomerNotFound
from integrations.crm.customers.service import get_customer
from integrations.crm.models import MarketingChoice, Recommendation, RecommendationEvent
from integrations.crm.recommendations import model_file, repository, suitability
from integrations.crm.recommendations.collaborative import Model
from integrations.crm.recommendations.errors import SourceKeyTaken
from integrations.crm.recommendations.explanation import explain
from integrations.crm.recommendations.ranking import Choice, rank
from integrations.crm.recommendations.situation import Situation, movements_since, situation_of
from integrations.crm.recommendations.suitability import ABOUT_OFFERING, Refusal

RISK_WORDS = "理财非存款、产品有风险、投资须谨慎"
"""Stands beside every product that can lose value (RULES.md, suitability)."""
DECLINED_DAYS = 180
SHOWN_LATELY = timedelta(days=1)
"""So long somebody who asks for others remembers what was shown."""
Outcome = Literal["clicked", "accepted", "declined"]


@dataclass(frozen=True)
class Offer:
    """One product to show, why, and the words about risk where it needs them."""

    recommendation_id: int
    product: Product
    reason: str
    risk_words: str | None


def recommend(
    session: Session,
    customer_id: int,
    *,
    now: datetime,
    surface: str,
    source_key: str,
    conversation_id: int | None = None,
    kinds: Collection[str] | None = None,
    exclude: Collection[str] = (),
    limit: int = 3,
    model: Model | None = None,
    products: Mapping[str, Product] | None = None,
) -> tuple[Offer, ...]:
    """Up to `limit` suitable products the customer does not have, the best first; records the impressions.

    A second call with the same `source_key` returns the first one's offers, without those that have
    become unsuitable meanwhile. Empty where the customer must not be offered anything (see `silence`).
    `kinds` narrows to kinds of products, `exclude` are codes to leave out; `model` replaces the stored one,
    `products` the catalogue. Locks the customer: a complaint or an opt-out that comes in meanwhile is stored
    after the impressions, and one that came before is seen. Raises CustomerNotFound, and SourceKeyTaken for
    a key of another customer.
    """
    catalogue = read_products() if products is None else products
    repository.lock_customer(session, customer_id)
    situation = _situation(session, customer_id, now, catalogue)
    shown = _shown(session, customer_id, source_key)
    if not shown:
        learned = model or model_file.current()
        if learned is not None and learned.uses_movements:
            moved = repository.moved(session, customer_id, movements_since(now))
            situation = replace(situation, moved=moved)
        chosen = choose(
            situation, now, learned, products=catalogue, kinds=kinds, exclude=exclude, limit=limit
        )
        shown = _record(session, customer_id, chosen, now, surface, source_key, conversation_id)
    return _offers(shown, situation, now, catalogue)


def choose(
    situation: Situation,
    now: datetime,
    model: Model | None,
    *,
    products: Mapping[str, Product],
    kinds: Collection[str] | None = None,
    exclude: Collection[str] = (),
    limit: int = 3,
) -> tuple[Choice, ...]:
    """The pure part of `recommend`: suitable first, then the ranking."""
    without = situation.held | situation.declined | frozenset(exclude)
    wanted = (
        product
        for product in products.values()
        if (kinds is None or product.kind in kinds) and product.code not in without
    )
    allowed = suitability.suitable(wanted, situation.person, now)
    return rank(situation, allowed, model, limit=limit)


def silence(session: Session, customer_id: int, now: datetime) -> Refusal | None:
    """OPEN_COMPLAINT, OPTED_OUT or NO_CAPACITY where nothing at all is offered. Raises CustomerNotFound."""
    return suitability.silence(_situation(session, customer_id, now).person)


def assessment_state(
    session: Session, customer_id: int, now: datetime
) -> Literal["valid", "expired", "missing"]:
    """Whether the newest risk assessment counts now."""
    newest = repository.newest_assessment(session, customer_id)
    if newest is None:
        return "missing"
    return "valid" if now < newest.expires_at else "expired"


def shown_lately(session: Session, customer_id: int, conversation_id: int, now: datetime) -> frozenset[str]:
    """Codes of products that the customer was shown in this conversation within SHOWN_LATELY."""
    return repository.shown_in(session, customer_id, conversation_id, now - SHOWN_LATELY)


def refusals_for(
    session: Session, customer_id: int | None, product_code: str, now: datetime, *, asked: bool = False
) -> tuple[Refusal, ...]:
    """Why the product may not be shown; empty where it may. For articles, quick replies and exports.

    An unknown customer (None) may see what needs no assessment; a code that the bank does not sell is
    OFF_SALE. `asked`: the customer named the product, so a complaint or an opt-out does not count.
    Raises CustomerNotFound.
    """
    product = product_by_code(product_code)
    if product is None:
        return (Refusal.OFF_SALE,)
    if customer_id is None:
        return suitability.refusals_for_anyone(product, now)
    found = suitability.refusals(product, _situation(session, customer_id, now).person, now)
    return tuple(reason for reason in found if not (asked and reason in ABOUT_OFFERING))


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
    product is not offered again for DECLINED_DAYS. Raises ValueError for any other kind.
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


def choose_marketing(
    session: Session, customer_id: int, granted: bool, source: str, now: datetime, *, actor: str = "customer"
) -> None:
    """Store a yes or no to recommendations (个人信息保护法 Art 24). Raises CustomerNotFound."""
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


def history(session: Session, customer_id: int, limit: int = 20) -> Sequence[Recommendation]:
    """What was shown to the customer and its outcome, the newest first."""
    return repository.shown_to(session, customer_id, limit)


def risk_words(product: Product) -> str | None:
    """The words about risk that the product must not be shown without."""
    return RISK_WORDS if product.kind in RISK_RATED or product.risk is not None else None


def _situation(
    session: Session, customer_id: int, now: datetime, products: Mapping[str, Product] | None = None
) -> Situation:
    standing = repository.standing(session, customer_id)
    if standing is None:
        raise CustomerNotFound
    declined = repository.declined_since(session, customer_id, now - timedelta(days=DECLINED_DAYS))
    owned = repository.owned(session, customer_id)
    return situation_of(standing, owned, frozenset(declined), products or read_products(), now)


def _shown(session: Session, customer_id: int, source_key: str) -> Sequence[Recommendation]:
    shown = repository.by_source_key(session, source_key)
    if any(one.customer_id != customer_id for one in shown):
        raise SourceKeyTaken
    return shown


def _record(
    session: Session,
    customer_id: int,
    chosen: Sequence[Choice],
    now: datetime,
    surface: str,
    source_key: str,
    conversation_id: int | None,
) -> Sequence[Recommendation]:
    rows = [
        Recommendation(
            customer_id=customer_id,
            conversation_id=conversation_id,
            source_key=source_key,
            product_code=choice.product.code,
            surface=surface,
            place=place,
            reason=explain(choice),
            shown_at=now,
            outcome="shown",
        )
        for place, choice in enumerate(chosen, start=1)
    ]
    try:
        # Another process may answer the same request at this moment: its cards count.
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError:
        if shown := _shown(session, customer_id, source_key):
            return shown
        raise
    return rows


def _offers(
    shown: Sequence[Recommendation], situation: Situation, now: datetime, products: Mapping[str, Product]
) -> tuple[Offer, ...]:
    offers = []
    for one in shown:
        product = products.get(one.product_code)
        if product is not None and not suitability.refusals(product, situation.person, now):
            offers.append(Offer(one.id, product, one.reason, risk_words(product)))
    return tuple(offers)
