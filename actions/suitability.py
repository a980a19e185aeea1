"""Products only for those to whom they may be shown (金融机构产品适当性管理办法), whatever the way to them.

Whoever asks for a product that doesn't suit them hears why, kindly, and what they can do instead.
"""

from collections.abc import Iterable
from typing import Any

from actions.products import named_product
from actions.turn import Buttons, Speaker, Turn, button
from integrations.crm.bank.catalogue import product_by_code
from integrations.crm.recommendations import impressions
from integrations.crm.recommendations import service as recommendations
from integrations.crm.recommendations.suitability import Refusal
from knowledge_base.articles import Article
from knowledge_base.question_text import fold

_RESPONSES = {
    # The first that holds is said: what no customer can change comes before what this one can.
    Refusal.PRIVATE: "utter_product_private",
    Refusal.OFF_SALE: "utter_product_off_sale",
    Refusal.NO_CAPACITY: "utter_product_age",
    Refusal.TOO_YOUNG: "utter_product_age",
    Refusal.TOO_OLD: "utter_product_age",
    Refusal.TIER: "utter_product_tier",
    Refusal.REGION: "utter_product_region",
    Refusal.NOT_ASSESSED: "utter_product_not_assessed",
    Refusal.ASSESSMENT_EXPIRED: "utter_product_assessment_expired",
    Refusal.TOO_RISKY: "utter_product_too_risky",
    Refusal.MINIMUM: "utter_product_minimum",
}
_ASSESSMENT = (Refusal.NOT_ASSESSED, Refusal.ASSESSMENT_EXPIRED)


def why_not(turn: Turn, code: str, *, asked: bool = True) -> tuple[Refusal, ...]:
    """Why this customer may not be shown the product; empty where they may.

    `asked`: they ask about it themselves, so that it counts neither as an offer nor as marketing.
    """
    customer_id = turn.conversation.customer_id
    return recommendations.refusals_for(turn.session, customer_id, code, turn.now, asked=asked)


def visible(turn: Turn, articles: Iterable[Article]) -> list[Article]:
    """The articles that may be put before this customer, in their order: those about no product as well."""
    found = list(articles)
    asked = {one.product: names(turn.text, one) for one in found if one.product is not None}
    refusals = recommendations.refusals_by_code(turn.session, turn.conversation.customer_id, asked, turn.now)
    return [one for one in found if one.product is None or not refusals[one.product]]


def names(text: str, article: Article) -> bool:
    """Whether the text names the article's product, or the article itself."""
    product = named_product(text)
    return fold(article.title) == fold(text) or (product is not None and product.code == article.product)


def unfit(turn: Turn, article: Article) -> bool:
    """Whether the article is about a product that the customer didn't name and may not be shown."""
    if article.product is None or names(turn.text, article):
        return False
    return bool(why_not(turn, article.product))


def say_why_not(
    turn: Turn, speak: Speaker, code: str, reasons: tuple[Refusal, ...], related: Iterable[Article] = ()
) -> None:
    """Say why the product isn't shown, and what can be done instead; `related` articles are offered.

    After an assessment taken for its sake, what was asked is served again.
    """
    reason = next(one for one in _RESPONSES if one in reasons)
    if reason in _ASSESSMENT:
        turn.set("after_assessment", turn.remember())
    speak.say(_RESPONSES[reason], **_facts(code), buttons=_instead(turn, related))


def opened(turn: Turn, code: str) -> None:
    """The customer reads about the product: a click, where it was offered before."""
    turn.set("product", code)
    if turn.conversation.customer_id is not None:
        impressions.record_outcome(turn.session, turn.conversation.customer_id, code, "clicked", turn.now)


def _facts(code: str) -> dict[str, Any]:
    product = product_by_code(code)
    if product is None:
        return {"name": "这款产品", "minimum": ""}
    return {"name": product.name, "minimum": f"{product.minimum_yuan:,}元"}


def _instead(turn: Turn, related: Iterable[Article]) -> Buttons:
    return [button(article.title) for article in visible(turn, related)][:2]
