"""A product's card: what it is, why it is shown, what the law wants said beside it."""

from actions.cards import CardData
from actions.products import appointment_words, not_interested_words
from actions.turn import Buttons, button
from integrations.crm.recommendations.service import Offer

IN_PERSON = "这款产品在网点当面办理，过程录音录像（双录）"
NOT_INTERESTED = "不感兴趣"
BOOK = "预约经理"
MORE = "了解更多"


def offer_card(offer: Offer) -> CardData:
    """Terms as the bank publishes them; the note says how it is concluded and the words about risk."""
    product = offer.product
    notes = [words for words in (IN_PERSON if product.in_person else None, offer.risk_words) if words]
    card: CardData = {
        "kind": "product",
        "title": product.name,
        "subtitle": product.summary,
        "rows": [[label, value] for label, value in product.terms],
    }
    if notes:
        card["note"] = "。".join(notes) + "。"
    return card


def offer_buttons(offer: Offer, title: str | None) -> Buttons:
    """What can be done with the offer; `title` is that of the product's article, None where there is none."""
    product = offer.product
    more = [button(MORE, title)] if title else []
    branch = [button("附近网点", "查询网点")] if product.in_person else []
    return [
        *more,
        button(BOOK, appointment_words(product)),
        *branch,
        button(NOT_INTERESTED, not_interested_words(product)),
    ]
