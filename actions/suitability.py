"""Products only for those to whom they may be shown (金融机构产品适当性管理办法), whatever the way to them.

Whoever asks for a product that doesn't suit them hears why, kindly, and what they can do instead.
"""

from collections.abc import Iterable, Mapping
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

    `asked`: they ask about it themselves, so that it counts neither as an offer nor as marketing. Of who is
    not verified nothing is used but what nobody hears of: that nothing may be offered to them unasked.
    """
    return _refusals(turn, {code: asked})[code]


def visible(turn: Turn, articles: Iterable[Article]) -> list[Article]:
    """The articles that may be put before this customer, in their order: those about no product as well."""
    found = list(articles)
    asked = {one.product: names(turn.text, one) for one in found if one.product is not None}
    refusals = _refusals(turn, asked)
    return [one for one in found if one.product is None or not refusals[one.product]]


def names(text: str, article: Article) -> bool:
    """Whether the text names the article's product, or the article itself."""
    product = named_product(text)
    return fold(article.title) == fold(text) or (product is not None and product.code == article.product)


def unfit(turn: Turn, article: Article) -> bool:
    """Whether the article is about a product that the customer didn't name and may not be shown."""
    if article.product is None or names(turn.text, article):
        return False
    return bool(why_not(turn, article.product, asked=False))


def say_why_not(
    turn: Turn,
    speak: Speaker,
    code: str,
    reasons: tuple[Refusal, ...],
    related: Iterable[Article] = (),
    *,
    resume: bool = True,
) -> None:
    """Say why a product that was asked for isn't shown, and what can be done; `related` articles are offered.

    With `resume`, what was asked is served again after an assessment taken for its sake.
    """
    reason = next(one for one in _RESPONSES if one in reasons)
    if resume and reason in _ASSESSMENT:
        turn.set("after_assessment", turn.remember())
    speak.say(_RESPONSES[reason], **_facts(code), buttons=_instead(turn, related))


def opened(turn: Turn, code: str) -> None:
    """A verified customer reads about the product: a click, where it was offered before."""
    turn.set("product", code)
    if turn.has_level("verified"):
        impressions.record_outcome(turn.session, turn.verified_customer.id, code, "clicked", turn.now)


def _refusals(turn: Turn, asked: Mapping[str, bool]) -> dict[str, tuple[Refusal, ...]]:
    """Reasons for each product (code → whether it is asked for)."""
    verified = turn.verified_customer.id if turn.has_level("verified") else None
    found = recommendations.refusals_by_code(turn.session, verified, asked, turn.now)
    if verified is not None or turn.customer is None or all(asked.values()):
        return found
    silent = recommendations.silence(turn.session, turn.customer.id, turn.now)
    if silent is None:
        return found
    return {code: reasons if asked[code] else (*reasons, silent) for code, reasons in found.items()}


def _facts(code: str) -> dict[str, Any]:
    product = product_by_code(code)
    if product is None:
        return {"name": "这款产品", "minimum": ""}
    return {"name": product.name, "minimum": f"{product.minimum_yuan:,}元"}


def _instead(turn: Turn, related: Iterable[Article]) -> Buttons:
    return [button(article.title) for article in visible(turn, related)][:2]
