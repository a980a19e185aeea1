"""Answers that were no help: judged, replaced by others, and after two failures in a row by a person."""

import re

from actions.articles import further, guess, guess_is_left, offer_others, say_other_brand, show
from actions.failures import LIMIT, NONE_FITS, WRONG, failed, rejected
from actions.handoff import offer_person
from actions.restating import readings
from actions.suitability import unfit, visible
from actions.topic import Continued, Topic, serve
from actions.turn import Speaker, Turn
from integrations.crm.conversations import feedback
from knowledge_base.articles import Article

_NONE = re.compile(r"都不|都没|没有我|一个都")


class WrongAnswer(Continued):
    """不对；都不是: never the same article again."""

    intent = "wrong_answer"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Offer the articles that came next, or a person."""
        question = turn.slot("last_question")
        count = failed(turn, question, NONE_FITS if _NONE.search(turn.text) else WRONG)
        if count >= LIMIT:
            offer_person(turn, speak, "utter_lost_offer_person")
        elif question:
            offer_others(turn, speak, further(turn, [question]), question)
        else:
            speak.say("utter_wrong_answer_ask_again")


class Correction(Continued):
    """不是，我是说信用卡: a question again, told by what is restated and by the last question."""

    intent = "correction"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """The best answer that was not shown yet, else suggestions, else a person."""
        if turn.incoming.restated is None:
            serve("wrong_answer", turn, speak)
            return
        question = turn.slot("last_question")
        asked = readings(turn.incoming, question)
        count = failed(turn, question, WRONG) if question else 0
        found = [turn.look_up(text) for text in asked]
        best = _best_new(turn, asked)
        if found[0].other_brand is not None:
            say_other_brand(turn, speak, found[0])
        elif best is not None:
            text, article = best
            related = turn.look_up(text).suggestions
            turn.set("last_question", text)  # what was shown for the question before still counts
            show(turn, speak, article, list(related), text)
            if count >= LIMIT:
                offer_person(turn, speak, "utter_still_wrong_offer_person")
        elif count >= LIMIT:
            offer_person(turn, speak, "utter_lost_offer_person")
        elif guess_is_left(found[-1], others := _suggestions(turn, asked)):
            guess(turn, speak, others, "utter_enquiry_guess", asked[-1])
        else:
            offer_others(turn, speak, others, asked[-1])


class Helpful(Topic):
    """有用"""

    intent = "helpful"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Count it for the article shown last."""
        _judge(turn, helpful=True)
        turn.reset("failures")
        speak.say("utter_helpful")


class Unhelpful(Topic):
    """没用"""

    intent = "unhelpful"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Count it, then try the articles that came next."""
        _judge(turn, helpful=False)
        serve("wrong_answer", turn, speak)


def _best_new(turn: Turn, asked: list[str]) -> tuple[str, Article] | None:
    """The surest answer that has not been shown; of two equals the fuller question's."""
    useless = rejected(turn)
    found = [
        (answer.confidence, place, text, answer.article)
        for place, text in enumerate(asked)
        if (answer := turn.look_up(text)).article is not None
        and answer.article.id not in useless
        and not unfit(turn, answer.article)
    ]
    if not found:
        return None
    _, _, text, article = max(found, key=lambda one: one[:2])
    assert article is not None
    return text, article


def _suggestions(turn: Turn, asked: list[str]) -> list[Article]:
    """What the search suggests for either reading, the fuller question first, then what it has besides."""
    seen, fuller = rejected(turn), asked[::-1]
    near = [
        article for text in fuller for article in turn.look_up(text).suggestions if article.id not in seen
    ]
    return list({article.id: article for article in [*visible(turn, near), *further(turn, fuller)]}.values())


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
