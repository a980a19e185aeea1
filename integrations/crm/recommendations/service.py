"""What can be done with recommendations: offer products, and check whether one may be shown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import RISK_RATED, Product, product_by_code, read_products
from integrations.crm.customers.errors import CustomerNotFound
from integrations.crm.models import Recommendation
from integrations.crm.recommendations import model_file, movement_repository, repository, suitability
from integrations.crm.recommendations.collaborative import Model
from integrations.crm.recommendations.errors import SourceKeyTaken
from integrations.crm.recommendations.explanation import explain
from integrations.crm.recommendations.ranking import Choice, rank
from integrations.crm.recommendations.situation import Situation, movements_since, situation_of
from integrations.crm.recommendations.suitability import ABOUT_OFFERING, Person, Refusal

RISK_WORDS = "理财非存款、产品有风险、投资须谨慎"
"""Stands beside every product that can lose value (RULES.md, suitability)."""
DECLINED_DAYS = 180


@dataclass(frozen=True)
class Offer:
    """One product to show, why, and the words about risk where it needs them.

    `recommendation_id` is that of the impression, None where there is none yet.
    """

    recommendation_id: int | None
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
        situation = _with_movements(session, customer_id, situation, learned, now)
        chosen = choose(
            situation, now, learned, products=catalogue, kinds=kinds, exclude=exclude, limit=limit
        )
        shown = _record(session, customer_id, chosen, now, surface, source_key, conversation_id)
    return _offers(shown, situation, now, catalogue)


def preview(
    session: Session, wanted: Mapping[int, Collection[str] | None], now: datetime, *, limit: int = 3
) -> dict[int, tuple[Offer, ...]]:
    """What `recommend` would offer each customer (id → kinds, None for all) now; nothing is stored.

    The customers do not see it, so it is no impression. Nobody's ids, and customers without any kind, get
    nothing.
    """
    catalogue, model = read_products(), model_file.current()
    asked = [one for one, kinds in wanted.items() if kinds is None or kinds]
    found: dict[int, tuple[Offer, ...]] = dict.fromkeys(wanted, ())
    for one, situation in _situations(session, asked, now, catalogue).items() if asked else ():
        known = _with_movements(session, one, situation, model, now)
        chosen = choose(known, now, model, products=catalogue, kinds=wanted[one], limit=limit)
        found[one] = tuple(_offer(choice) for choice in chosen)
    return found


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


def impression(
    offer: Offer,
    customer_id: int,
    *,
    now: datetime,
    surface: str,
    source_key: str,
    place: int,
    conversation_id: int | None,
) -> Recommendation:
    """The row that says that the customer was shown the offer, for the caller to add."""
    return Recommendation(
        customer_id=customer_id,
        conversation_id=conversation_id,
        source_key=source_key,
        product_code=offer.product.code,
        surface=surface,
        place=place,
        reason=offer.reason,
        shown_at=now,
        outcome="shown",
    )


def silence(session: Session, customer_id: int, now: datetime) -> Refusal | None:
    """OPEN_COMPLAINT, OPTED_OUT or NO_CAPACITY where nothing at all is offered. Raises CustomerNotFound."""
    return suitability.silence(_situation(session, customer_id, now).person)


def refusals_for(
    session: Session, customer_id: int | None, product_code: str, now: datetime, *, asked: bool = False
) -> tuple[Refusal, ...]:
    """Why the product may not be shown; empty where it may. For articles, quick replies and exports.

    `asked`: the customer named the product, so a complaint or an opt-out does not count. An unknown customer
    (None) may see what needs no assessment; a code that the bank does not sell is OFF_SALE.
    Raises CustomerNotFound.
    """
    return refusals_by_code(session, customer_id, {product_code: asked}, now)[product_code]


def refusals_by_code(
    session: Session, customer_id: int | None, asked: Mapping[str, bool], now: datetime
) -> dict[str, tuple[Refusal, ...]]:
    """`refusals_for` of several products (code → asked); the customer is read once, and not for none."""
    if not asked:
        return {}
    person = None if customer_id is None else _situation(session, customer_id, now).person
    return {code: _refusals(product_by_code(code), person, now, named) for code, named in asked.items()}


def _refusals(
    product: Product | None, person: Person | None, now: datetime, asked: bool
) -> tuple[Refusal, ...]:
    if product is None:
        return (Refusal.OFF_SALE,)
    if person is None:
        return suitability.refusals_for_anyone(product, now)
    found = suitability.refusals(product, person, now)
    return tuple(reason for reason in found if not (asked and reason in ABOUT_OFFERING))


def risk_words(product: Product) -> str | None:
    """The words about risk that the product must not be shown without."""
    return RISK_WORDS if product.kind in RISK_RATED or product.risk is not None else None


def _situation(
    session: Session, customer_id: int, now: datetime, products: Mapping[str, Product] | None = None
) -> Situation:
    found = _situations(session, [customer_id], now, products or read_products()).get(customer_id)
    if found is None:
        raise CustomerNotFound
    return found


def _situations(
    session: Session, customer_ids: Collection[int], now: datetime, products: Mapping[str, Product]
) -> dict[int, Situation]:
    """Three queries, however many customers."""
    standings = repository.standings(session, customer_ids)
    declined = repository.declined_since(session, customer_ids, now - timedelta(days=DECLINED_DAYS))
    owned = repository.owned(session, customer_ids)
    return {
        one: situation_of(standing, owned[one], declined[one], products, now)
        for one, standing in standings.items()
    }


def _with_movements(
    session: Session, customer_id: int, situation: Situation, model: Model | None, now: datetime
) -> Situation:
    if model is None or not model.uses_movements:
        return situation
    return replace(situation, moved=movement_repository.moved(session, customer_id, movements_since(now)))


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
        impression(
            _offer(choice),
            customer_id,
            now=now,
            surface=surface,
            source_key=source_key,
            place=place,
            conversation_id=conversation_id,
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


def _offer(choice: Choice) -> Offer:
    return Offer(None, choice.product, explain(choice), risk_words(choice.product))


def _offers(
    shown: Sequence[Recommendation], situation: Situation, now: datetime, products: Mapping[str, Product]
) -> tuple[Offer, ...]:
    offers = []
    for one in shown:
        product = products.get(one.product_code)
        if product is not None and not suitability.refusals(product, situation.person, now):
            offers.append(Offer(one.id, product, one.reason, risk_words(product)))
    return tuple(offers)
