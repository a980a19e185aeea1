"""Questions: answered from the knowledge base, with the source; what isn't known is said to be not known."""

import re

from actions.answers import CODE_MARK
from actions.handoff import leave, offer_person, wants_to_leave
from actions.topic import Continued, Topic, serve
from actions.turn import REQUESTED_SLOT, Buttons, Speaker, Turn, button
from integrations.crm.conversations import feedback
from integrations.crm.customers.masking import format_date
from knowledge_base.articles import Article
from knowledge_base.decision import FURTHER_FROM, Answer

_SURE = 0.6  # below it, off topic is only a guess: the message counts as not understood
_CHINESE = re.compile("[\u4e00-\u9fff]")
LOST_LIMIT = 2
"""Not understood this often in a row: a person is offered."""
OFFERED = 3
_SERVICES = {
    "balance": "查询余额",
    "transactions": "查询交易明细",
    "credit_card_bill": "查询信用卡账单",
    "transfer_status": "查询转账进度",
    "card_loss": "我要挂失",
    "fraud": "我被骗了",
    "complaint": "我要投诉",
    "branch": "查询网点",
    "rates": "查询利率",
    "loan_calculator": "贷款计算",
    "human": "人工",
}
"""What the button of an article's self-service says."""


class Enquiry(Topic):
    """A question to the knowledge base."""

    intent = "enquiry"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Answer, suggest, or admit."""
        answer_question(turn, speak)


class OutOfScope(Continued):
    """Weather, jokes, other people's business. The knowledge base is asked all the same."""

    intent = "out_of_scope"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Classifiers err: only what no article fits, and what is surely off topic, is out of scope."""
        found = _ask(turn)
        fits = found.kind == "answer" and _CHINESE.search(turn.text)
        unsure = turn.confidence < _SURE
        if unsure or fits or found.other_brand is not None:
            answer_question(turn, speak)
        else:
            speak.say("utter_out_of_scope", bank=turn.services.settings.bank_name)


class NotUnderstood(Continued):
    """The classifier is not sure; an article may still fit the words."""

    intent = "nlu_fallback"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """An image, a stray code, or a question in unusual words."""
        if turn.attachments:
            speak.say("utter_image_received")
        elif wants_to_leave(turn):
            leave(turn, speak)
        elif CODE_MARK in turn.text:
            speak.say("utter_verified_what_next" if turn.has_level("verified") else "utter_code_without_form")
        else:
            answer_question(turn, speak)


class WrongAnswer(Continued):
    """不对: never the same article again."""

    intent = "wrong_answer"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Offer the articles that came next, or a person."""
        question = turn.slot("last_question")
        shown = set(turn.slot("shown_articles") or [])
        if not question:
            speak.say("utter_wrong_answer_ask_again")
            return
        hits = turn.services.search.search(question, k=OFFERED + len(shown) + 1)
        others = [hit.article for hit in hits if hit.article.id not in shown and hit.score >= FURTHER_FROM]
        if others:
            _suggest(turn, speak, others[:OFFERED], "utter_wrong_answer_others")
        else:
            turn.reset("last_question")
            offer_person(turn, speak, "utter_wrong_answer_offer_person")


class Helpful(Topic):
    """有用"""

    intent = "helpful"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Count it for the article shown last."""
        _judge(turn, helpful=True)
        speak.say("utter_helpful")


class Unhelpful(Topic):
    """没用"""

    intent = "unhelpful"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Count it, then try the articles that came next."""
        _judge(turn, helpful=False)
        serve("wrong_answer", turn, speak)


def answer_question(turn: Turn, speak: Speaker) -> None:
    """Look the message up and say what there is."""
    found = _ask(turn)
    if found.other_brand is not None:
        _lost(turn, None)
        speak.say("utter_other_brand", brand=found.other_brand, bank=turn.services.settings.bank_name)
        if found.suggestions:
            _suggest(turn, speak, list(found.suggestions), "utter_other_brand_ours")
    elif found.article is not None:
        _lost(turn, None)
        _show(turn, speak, found.article, list(found.suggestions))
    elif found.suggestions:
        _lost(turn, None)
        turn.set("shown_articles", [])
        _suggest(turn, speak, list(found.suggestions), "utter_enquiry_suggest")
        turn.set("last_question", turn.text)
    else:
        _not_known(turn, speak)


def _ask(turn: Turn) -> Answer:
    if turn.found is None:
        turn.found = turn.services.search.ask(turn.text)
    return turn.found


def _show(turn: Turn, speak: Speaker, article: Article, related: list[Article]) -> None:
    same = turn.slot("last_question") == turn.text
    turn.set("shown_articles", [*(turn.slot("shown_articles") or []), article.id] if same else [article.id])
    turn.set("last_question", turn.text)
    turn.set("last_article", article.id)
    buttons: Buttons = [button(_SERVICES[article.action])] if article.action in _SERVICES else []
    buttons += [button("有用"), button("没用")]
    speak.say(
        "utter_enquiry_answer",
        answer=article.body,
        source="、".join(article.sources),
        date=format_date(article.effective),
        buttons=buttons,
        article={"id": article.id, "title": article.title},
    )
    if related and turn.slot(REQUESTED_SLOT) is None:
        speak.say("utter_enquiry_related", buttons=_titles(related[:OFFERED]))


def _suggest(turn: Turn, speak: Speaker, articles: list[Article], response: str) -> None:
    # A suggestion that was passed over isn't offered a second time either.
    shown = turn.slot("shown_articles") or []
    turn.set("shown_articles", [*shown, *(article.id for article in articles)])
    speak.say(response, buttons=_titles(articles))


def _not_known(turn: Turn, speak: Speaker) -> None:
    lost = (turn.slot("lost_count") or 0) + 1
    _lost(turn, lost)
    turn.reset("last_question", "shown_articles")
    if lost >= LOST_LIMIT:
        offer_person(turn, speak, "utter_lost_offer_person")
    else:
        speak.say("utter_not_understood")


def _lost(turn: Turn, count: int | None) -> None:
    turn.set("lost_count", count)


def _judge(turn: Turn, *, helpful: bool) -> None:
    article = turn.slot("last_article")
    if article:
        feedback.judge_article(
            turn.session,
            turn.conversation,
            article_id=article,
            helpful=helpful,
            source_key=turn.source_key("article"),
            now=turn.now,
        )
        turn.reset("last_article")


def _titles(articles: list[Article]) -> Buttons:
    return [button(article.title) for article in articles]
