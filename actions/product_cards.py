"""The buttons of a product's card."""

from actions.products import appointment_words, not_interested_words
from actions.turn import Buttons, button
from integrations.crm.recommendations.service import Offer

NOT_INTERESTED = "不感兴趣"
BOOK = "预约经理"
MORE = "了解更多"


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
