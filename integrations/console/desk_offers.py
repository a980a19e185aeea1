"""Products that an agent offers or names on the desk. Each call is part of the caller's transaction.

What may be said is the domain's to decide (recommendations, suitability); it is asked again in the
transaction that sends.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from integrations.console import customer_wording, queries
from integrations.crm.bank.catalogue import read_products
from integrations.crm.bank.product_names import named_products, products_asked_about
from integrations.crm.conversations import repository, verification
from integrations.crm.conversations.errors import ConversationError, NotHolding
from integrations.crm.conversations.sending import check_sendable
from integrations.crm.conversations.service import Reply, send
from integrations.crm.models import Conversation, Staff
from integrations.crm.recommendations import repository as recommendation_queries
from integrations.crm.recommendations import service as recommendations
from integrations.crm.recommendations.product_card import product_card
from integrations.crm.recommendations.service import Offer
from integrations.crm.recommendations.situation import held_codes
from integrations.crm.recommendations.suitability import Refusal

SHOWN = 3
SURFACE = "agent"
_TOKEN = re.compile(r"[0-9a-f]{32}")


class OfferRefused(ConversationError):
    """The customer may not be offered it; `data["reasons"]` are Refusals, `data["name"]` the product's
    name (None: nothing at all may be offered)."""

    code = "offer_refused"


class NotVerified(ConversationError):
    """Who writes is not proven: why a product is offered tells what the customer has."""

    code = "not_verified"


@dataclass(frozen=True)
class Prepared:
    """What the agent may choose from; the token belongs to this choice."""

    token: str
    offers: tuple[Offer, ...]


def prepare(session: Session, public_id: str, agent: Staff, now: datetime) -> Prepared:
    """Up to SHOWN products for the customer of a conversation the agent holds.

    Raises NotHolding, NotVerified, and OfferRefused where nothing at all may be offered.
    """
    conversation = _held(session, public_id, agent)
    customer_id = _verified(conversation, now)
    _check_silence(session, customer_id, now)
    offers = recommendations.preview(session, {customer_id: None}, now, limit=SHOWN)[customer_id]
    return Prepared(uuid.uuid4().hex, offers)


def send_offer(
    session: Session, public_id: str, agent: Staff, prepared: Prepared, code: str, now: datetime
) -> int:
    """Send one of the prepared products as a card and record the impression; the message's `seq`.

    The same again sends nothing new. Whether it may be offered is asked anew, with conversation and customer
    locked: a complaint may have come in since. Raises as `prepare`, CannotSend, and ValueError for a product
    that was not prepared.
    """
    place, offer = _chosen(prepared, code)
    conversation = _held(session, public_id, agent)
    key = f"agent:offer-{prepared.token}-{code}"
    known = repository.find_message(session, conversation.channel, conversation.account, key)
    if known is not None:
        return known.seq
    customer_id = _verified(conversation, now)
    recommendation_queries.lock_customer(session, customer_id)
    _check_silence(session, customer_id, now)
    reasons = recommendations.refusals_for(session, customer_id, code, now)
    if reasons:
        raise OfferRefused(name=offer.product.name, reasons=reasons)
    check_sendable(session, conversation, now)
    session.add(
        recommendations.impression(
            offer,
            customer_id,
            now=now,
            surface=SURFACE,
            source_key=key,
            place=place,
            conversation_id=conversation.id,
        )
    )
    reply = Reply(_text(offer), card=product_card(offer.product, offer.risk_words))
    return send(session, conversation, reply, sender="agent", external_id=key, staff_id=agent.id, now=now).seq


def check_typed(session: Session, conversation: Conversation, text: str, now: datetime) -> None:
    """Refuse a text that names a product which this customer may not be offered. Raises OfferRefused.

    What the customer has or had must be spoken of, and answering what they asked by name is no offer:
    then a complaint or an opt-out does not count, suitability does.
    """
    named = named_products(text)
    if not named:
        return
    customer_id = conversation.customer_id
    had = _ever_held(session, customer_id) if customer_id is not None else frozenset()
    asked: set[str] | None = None
    for product in named:
        if product.code in had:
            continue
        if asked is None:
            asked = _asked_for(session, conversation)
        reasons = recommendations.refusals_for(
            session, customer_id, product.code, now, asked=product.code in asked
        )
        if reasons:
            raise OfferRefused(name=product.name, reasons=reasons)


def why_not(error: OfferRefused) -> str:
    """The refusal as the agent reads it."""
    why = "；".join(customer_wording.WHY_NOT[Refusal(reason)] for reason in error.data["reasons"])
    name = error.data["name"]
    words = customer_wording.REFUSED if name else customer_wording.REFUSED_ALL
    return words.format(name=name, why=why)


def _held(session: Session, public_id: str, agent: Staff) -> Conversation:
    conversation = repository.lock_conversation(session, public_id)
    if conversation.holder != "human" or conversation.agent_id != agent.id:
        raise NotHolding
    return conversation


def _verified(conversation: Conversation, now: datetime) -> int:
    if conversation.customer_id is None or not verification.has_level(conversation, "verified", now):
        raise NotVerified
    return conversation.customer_id


def _check_silence(session: Session, customer_id: int, now: datetime) -> None:
    reason = recommendations.silence(session, customer_id, now)
    if reason is not None:
        raise OfferRefused(name=None, reasons=(reason,))


def _chosen(prepared: Prepared, code: str) -> tuple[int, Offer]:
    for place, offer in enumerate(prepared.offers, start=1):
        if offer.product.code == code and _TOKEN.fullmatch(prepared.token):
            return place, offer
    raise ValueError("not among the prepared products")


def _text(offer: Offer) -> str:
    reason = offer.reason.rstrip("。")
    return customer_wording.OFFER_TEXT.format(name=offer.product.name, reason=reason)


def _ever_held(session: Session, customer_id: int) -> frozenset[str]:
    owned = recommendation_queries.owned(session, [customer_id])[customer_id]
    codes = {product.name: product.code for product in read_products().values()}
    return held_codes(owned, codes, date.min)


def _asked_for(session: Session, conversation: Conversation) -> set[str]:
    said = queries.said_by_customer(session, conversation.id)
    return {product.code for text in said for product in products_asked_about(text)}
