"""推荐: what suits the customer and may be offered to them, and what they think of it."""

import re

from actions.answers import is_no, is_yes
from actions.articles import show
from actions.marketing_words import is_about_choice, refuses_offers, wants_offers
from actions.offer_words import means_all, wants_others
from actions.product_cards import offer_buttons
from actions.products import named_kinds, named_product
from actions.topic import Topic, ask_whether, expect, offer, serve
from actions.turn import Speaker, Turn
from integrations.crm.bank.catalogue import Product, product_by_code, read_products
from integrations.crm.recommendations import impressions, marketing
from integrations.crm.recommendations import service as recommendations
from integrations.crm.recommendations.product_card import product_card
from integrations.crm.recommendations.risk_assessment import assessment_state
from integrations.crm.recommendations.service import Offer
from integrations.crm.recommendations.suitability import Refusal
from knowledge_base.articles import Article

_INVESTMENTS = {"wealth", "fund", "insurance"}
_WITHOUT_ASSESSMENT = frozenset({"deposit"})
_SILENT = {
    Refusal.OPEN_COMPLAINT: "utter_recommendation_complaint",
    Refusal.OPTED_OUT: "utter_recommendation_opted_out",
    Refusal.NO_CAPACITY: "utter_recommendation_no_capacity",
}
_ASSESSMENT = {
    "missing": "utter_recommendation_assessment_missing",
    "expired": "utter_recommendation_assessment_expired",
}
_SETTING = re.compile(r"设置|开关")


class Recommendation(Topic):
    """有什么理财推荐；存款到期了怎么办

    Verified, not only known: why a product is shown tells what the customer holds, and when it ended.
    """

    intent = "recommendation"
    level = "verified"

    def meant(self, turn: Turn) -> str:
        """Never taken for a wish: 「别再推荐了」."""
        meant = super().meant(turn)
        return "marketing_choice" if meant == self.intent and refuses_offers(turn.text) else meant

    def needs_verification(self, turn: Turn, speak: Speaker) -> None:
        """Say what it is for, and that questions need none."""
        speak.say("utter_recommendation_verification")

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Nothing where nothing may be offered; else up to three cards, or the questionnaire first."""
        if refuses_offers(turn.text):
            # Said beside other wishes or within a form, where `meant` isn't asked.
            serve("marketing_choice", turn, speak)
            return
        customer_id = turn.verified_customer.id
        silence = recommendations.silence(turn.session, customer_id, turn.now)
        if silence is not None:
            speak.say(_SILENT[silence])
            if silence == Refusal.OPTED_OUT:
                offer(turn, "marketing_choice")
        elif article := _article_named(turn):
            # 「稳盈90天适合我吗」: its article, or why it doesn't suit them.
            show(turn, speak, article, turn.services.search.related(article), turn.text)
            expect(turn, self.intent)
        else:
            self._recommend(turn, speak, customer_id)

    def _recommend(self, turn: Turn, speak: Speaker, customer_id: int) -> None:
        kinds, seen = named_kinds(turn.text), _seen(turn, customer_id)
        state = assessment_state(turn.session, customer_id, turn.now)
        wants_assessment = state != "valid" and (kinds is None or bool(kinds & _INVESTMENTS))
        offers = _offers(turn, customer_id, kinds, seen, "recommendation")
        if not offers and wants_assessment:
            offers = _offers(turn, customer_id, _WITHOUT_ASSESSMENT, seen, "deposits")
        if offers or not seen:
            turn.set("offers", [one.product.code for one in offers] or None)
        turn.reset("product")
        if offers:
            expect(turn, self.intent)
        for place, one in enumerate(offers):
            response = "utter_recommendation" if place == 0 else "utter_recommendation_further"
            buttons = offer_buttons(one, _title_of(turn, one.product))
            speak.say(
                response, reason=one.reason, card=product_card(one.product, one.risk_words), buttons=buttons
            )
        if wants_assessment:
            turn.set("after_assessment", turn.remember())
            speak.say(_ASSESSMENT[state])
        elif not offers:
            speak.say("utter_recommendation_no_more" if seen else "utter_recommendation_none")


class NotInterested(Topic):
    """不感兴趣"""

    intent = "not_interested"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Remember it of the product that is meant, else of all that were just shown."""
        declined = _declined(turn)
        left = [code for code in turn.slot("offers") or [] if code not in declined]
        turn.set("offers", left or None)
        turn.reset("product")
        if left:
            expect(turn, Recommendation.intent)
        remembered = _remember(turn, declined)
        if len(remembered) == 1:
            speak.say("utter_not_interested_product", name=remembered[0].name)
        else:
            speak.say("utter_not_interested_all" if remembered else "utter_not_interested")


class MarketingChoice(Topic):
    """别再推荐了；恢复推荐 (个人信息保护法 Art 24: as easy to refuse as to accept)"""

    intent = "marketing_choice"
    level = "known"

    def meant(self, turn: Turn) -> str:
        """「再推荐几个」 sounds alike, and is a wish for products."""
        meant = super().meant(turn)
        chooses = wants_offers(turn.text) is not None or is_about_choice(turn.text)
        wish = "推荐" in turn.text and not chooses and not _SETTING.search(turn.text)
        return "recommendation" if meant == self.intent and wish else meant

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Do what is plainly wanted; ask where it isn't plain."""
        customer = turn.customer
        if customer is None:
            raise PermissionError("nobody knows whose choice this is")
        wanted = _choice(turn)
        if wanted is None:
            speak.say("utter_marketing_which")
            ask_whether(turn, self.intent)
            return
        marketing.record_choice(turn.session, customer.id, wanted, turn.conversation.channel, turn.now)
        if not wanted:
            turn.reset("offers", "product", "after_assessment")
        speak.say("utter_marketing_on" if wanted else "utter_marketing_off")


def product_meant(turn: Turn) -> Product | None:
    """The one product that the message is about: named, counted (「第二个」), or the last spoken of."""
    if product := _named_or_counted(turn):
        return product
    shown = turn.slot("offers") or []
    last = turn.slot("product") or (shown[0] if len(shown) == 1 else None)
    found, kinds = product_by_code(last) if last else None, named_kinds(turn.text)
    return found if found is not None and (kinds is None or found.kind in kinds) else None


def _named_or_counted(turn: Turn) -> Product | None:
    if product := named_product(turn.text):
        return product
    shown, place = turn.slot("offers") or [], turn.entity("ordinal")
    if not isinstance(place, int) or not 1 <= abs(place) <= len(shown):
        return None
    return product_by_code(shown[place - 1 if place > 0 else place])


def _choice(turn: Turn) -> bool | None:
    """What the words say; where they say nothing of it, a yes or no to 「要恢复推荐吗」."""
    if is_about_choice(turn.text) or not (is_yes(turn) or is_no(turn)):
        return wants_offers(turn.text)
    return is_yes(turn)


def _remember(turn: Turn, declined: list[str]) -> list[Product]:
    """Store the refusals of a verified customer; the products that are kept from them for a while.

    What is private is never offered to anybody, and not named here either.
    """
    if not turn.has_level("verified"):
        return []
    found = [product for code in declined if (product := product_by_code(code)) and not product.private]
    for product in found:
        impressions.record_refusal(
            turn.session,
            turn.verified_customer.id,
            product.code,
            turn.now,
            source_key=turn.source_key(NotInterested.intent),
            conversation_id=turn.conversation.id,
        )
    return found


def _declined(turn: Turn) -> list[str]:
    """Codes of what is turned down: one product, those of a kind, or all that were just shown."""
    shown: list[str] = turn.slot("offers") or []
    if product := _named_or_counted(turn):
        return [product.code]
    if kinds := named_kinds(turn.text):
        return [code for code in shown if code in read_products() and read_products()[code].kind in kinds]
    last = turn.slot("product")
    return [last] if last and not means_all(turn.text) else list(shown)


def _seen(turn: Turn, customer_id: int) -> frozenset[str]:
    """What was shown just now, where others are wanted: 「还有别的推荐吗」."""
    if not wants_others(turn.text):
        return frozenset()
    return impressions.shown_lately(turn.session, customer_id, turn.conversation.id, turn.now)


def _offers(
    turn: Turn, customer_id: int, kinds: frozenset[str] | None, seen: frozenset[str], key: str
) -> tuple[Offer, ...]:
    return recommendations.recommend(
        turn.session,
        customer_id,
        now=turn.now,
        surface="bot",
        source_key=turn.source_key(key),
        conversation_id=turn.conversation.id,
        kinds=kinds,
        exclude=seen,
    )


def _title_of(turn: Turn, product: Product) -> str | None:
    article = turn.services.search.articles.get(product.article)
    return article.title if article is not None else None


def _article_named(turn: Turn) -> Article | None:
    product = _named_or_counted(turn)
    return turn.services.search.articles.get(product.article) if product is not None else None
