"""Answers from the knowledge base: shown with their source, suggested, or owned up to be missing."""

from collections.abc import Iterable, Sequence

from actions.failures import LIMIT, NOT_UNDERSTOOD, answered, failed, rejected, settle
from actions.handoff import offer_person
from actions.not_ours import say_not_ours
from actions.products import appointment_words
from actions.service_titles import SERVICES
from actions.suitability import opened, say_why_not, unfit, visible, why_not
from actions.turn import REQUESTED_SLOT, Buttons, Speaker, Turn, button
from integrations.crm.bank.catalogue import product_by_code
from integrations.crm.customers.masking import format_date
from knowledge_base.articles import Article
from knowledge_base.decision import FURTHER_FROM, Answer

OFFERED = 3
_LIKELY = 0.2  # of a service that an unclear message may have meant


def answer_question(turn: Turn, speak: Speaker) -> None:
    """Look the message up and say what there is, but for what has been no help."""
    settle(turn)
    found, useless = turn.look_up(turn.text), _useless(turn)
    passed_over = useless | set(turn.slot("shown") or []) if useless else useless
    suggestions = [article for article in visible(turn, found.suggestions) if article.id not in passed_over]
    if found.other_brand is not None:
        say_other_brand(turn, speak, found)
    elif found.article is not None and unfit(turn, found.article):
        _instead_of_product(turn, speak, found.article)
    elif found.article is not None and found.article.id not in useless:
        show(turn, speak, found.article, suggestions, turn.text)
    elif found.article is not None:
        others = further(turn, [turn.text])
        turn.set("shown", [])
        offer_others(turn, speak, others, turn.text)
    elif guess_is_left(found, suggestions):
        related = turn.services.search.related(suggestions[0])
        guess(turn, speak, suggestions, "utter_enquiry_guess", turn.text, related=related)
    elif suggestions:
        turn.set("shown", [])
        suggest(turn, speak, suggestions, "utter_enquiry_suggest", turn.text)
    else:
        _not_known(turn, speak, useless)


def say_other_brand(turn: Turn, speak: Speaker, found: Answer) -> None:
    """Another institution's business is not ours to explain; what comes near it at ours is, as ours."""
    brand = found.other_brand
    assert brand is not None
    bank = brand.kind == "bank"
    answered(turn)
    say_not_ours(speak, brand)
    useless = _useless(turn)
    suggestions = [article for article in visible(turn, found.suggestions) if article.id not in useless]
    article = found.article
    if article is not None and article.id not in useless and not unfit(turn, article):
        wording = "utter_other_brand_reference" if bank else "utter_other_brand_advice"
        # Our self-service does nothing for another bank's card.
        show(turn, speak, article, suggestions, turn.text, wording=wording, offer_service=not bank)
    elif guess_is_left(found, suggestions):
        wording = "utter_other_brand_guess" if bank else "utter_other_brand_advice"
        guess(turn, speak, suggestions, wording, turn.text, offer_service=not bank)
    elif suggestions:
        wording = "utter_other_brand_ours" if bank else "utter_other_brand_near"
        suggest(turn, speak, suggestions, wording, turn.text)


def show(
    turn: Turn,
    speak: Speaker,
    article: Article,
    related: list[Article],
    asked: str,
    *,
    wording: str = "utter_enquiry_answer",
    offer_service: bool = True,
) -> None:
    """Show an article as the answer to `asked`, and what is `related` where nothing else follows.

    `wording` is the response around it; with `offer_service` a button leads to the article's self-service.
    An article about a product that doesn't suit the customer is not shown: they hear why.
    """
    shown = (turn.slot("shown") or []) if turn.slot("last_question") == asked else []
    turn.set("shown", [*shown, article.id])
    turn.set("last_question", asked)
    answered(turn)
    if article.product is not None and (reasons := why_not(turn, article.product)):
        say_why_not(turn, speak, article.product, reasons, turn.services.search.related(article))
        return
    turn.set("last_article", article.id)
    if article.product is not None:
        opened(turn, article.product)
    buttons = [*_service_buttons(article, offer_service), button("有用"), button("没用")]
    speak.say(
        wording,
        title=article.title,
        answer=article.body,
        source="、".join(article.sources),
        date=format_date(article.effective),
        buttons=buttons,
        article={"id": article.id, "title": article.title},
    )
    further = [one for one in visible(turn, related) if one.id not in shown][:OFFERED]
    if further and turn.slot(REQUESTED_SLOT) is None and not turn.several:
        speak.say("utter_enquiry_related", buttons=_titles(further))


def guess(
    turn: Turn,
    speak: Speaker,
    articles: list[Article],
    wording: str,
    asked: str,
    *,
    offer_service: bool = True,
    related: Sequence[Article] = (),
) -> None:
    """Show the first as what `asked` probably means, and offer the others; without any, what is `related`."""
    first, *others = articles
    turn.set("shown", [])
    beside = [] if others else list(related)
    show(turn, speak, first, beside, asked, wording=wording, offer_service=offer_service)
    if others:
        suggest(turn, speak, others, "utter_enquiry_guess_others", asked)


def suggest(turn: Turn, speak: Speaker, articles: Iterable[Article], response: str, asked: str) -> None:
    """Ask whether one of the articles is meant; one that is passed over isn't offered a second time."""
    offered = list(articles)[:OFFERED]
    turn.set("shown", [*(turn.slot("shown") or []), *(article.id for article in offered)])
    turn.set("last_question", asked)
    speak.say(response, buttons=[*_titles(offered), *_none_of_them(turn)])


def further(turn: Turn, asked: Iterable[str]) -> list[Article]:
    """What the knowledge base has beyond everything that was shown, best first, without doubles."""
    seen = set(turn.slot("shown") or []) | rejected(turn)
    found = (
        hit.article
        for text in asked
        for hit in turn.services.search.search(text, k=OFFERED + len(seen) + 1)
        if hit.score >= FURTHER_FROM
    )
    fresh = {article.id: article for article in found if article.id not in seen}
    return visible(turn, fresh.values())


def offer_others(turn: Turn, speak: Speaker, others: list[Article], asked: str) -> None:
    """Instead of an answer that was wrong: other articles, or a person."""
    if others:
        suggest(turn, speak, others, "utter_wrong_answer_others", asked)
    else:
        turn.reset("last_question", "shown")
        offer_person(turn, speak, "utter_wrong_answer_offer_person")


def _not_known(turn: Turn, speak: Speaker, useless: set[str]) -> None:
    services = [
        intent
        for intent, confidence in turn.incoming.ranking
        if confidence >= _LIKELY and intent in SERVICES and intent not in useless
    ]
    if services and turn.intent == "nlu_fallback" and turn.slot(REQUESTED_SLOT) is None:
        turn.set("last_question", turn.text)
        turn.set("shown", services[:OFFERED])
        choices = [button(SERVICES[intent]) for intent in services[:OFFERED]]
        speak.say("utter_which_service", buttons=[*choices, *_none_of_them(turn)])
        return
    turn.reset("last_question", "shown")
    if failed(turn, turn.text, NOT_UNDERSTOOD) >= LIMIT:
        offer_person(turn, speak, "utter_lost_offer_person")
    else:
        speak.say("utter_not_understood")


def _instead_of_product(turn: Turn, speak: Speaker, article: Article) -> None:
    """What else there is on the question: a product that isn't for this customer isn't even named."""
    turn.set("shown", [article.id])
    if others := further(turn, [turn.text]):
        suggest(turn, speak, others, "utter_enquiry_suggest", turn.text)
    else:
        _not_known(turn, speak, _useless(turn))


def _service_buttons(article: Article, offer_service: bool) -> Buttons:
    product = product_by_code(article.product) if article.product is not None else None
    about_product = [button("预约经理", appointment_words(product))] if product is not None else []
    service = article.action if offer_service else None
    return [*about_product, *([button(SERVICES[service])] if service in SERVICES else [])]


def _useless(turn: Turn) -> set[str]:
    """What isn't shown again, unless it is asked for by its title."""
    return set() if turn.incoming.by_title else rejected(turn)


def guess_is_left(found: Answer, left: list[Article]) -> bool:
    """Whether there is a guess, and it is among the suggestions that are left."""
    return found.kind == "guess" and left[:1] == [found.suggestions[0]]


def _titles(articles: Iterable[Article]) -> Buttons:
    return [button(article.title) for article in articles]


def _none_of_them(turn: Turn) -> Buttons:
    """Within a form 「都不是」 would be an answer to its question."""
    return [button("都不是")] if turn.slot(REQUESTED_SLOT) is None else []
