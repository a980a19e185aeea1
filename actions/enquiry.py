"""Questions: answered from the knowledge base, with the source; what isn't known is said to be not known."""

import re

from actions.answers import CODE_MARK
from actions.articles import answer_question
from actions.failures import LIMIT, NOT_UNDERSTOOD, failed
from actions.handoff import leave, offer_person, wants_to_leave
from actions.topic import Continued, Topic
from actions.turn import Speaker, Turn

_SURE = 0.6  # below it, off topic is only a guess: the message counts as not understood
_CHINESE = re.compile("[\u4e00-\u9fff]")


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
        found = turn.look_up(turn.text)
        fits = found.kind == "answer" and _CHINESE.search(turn.text)
        unsure = turn.confidence < _SURE
        if unsure or fits or found.other_brand is not None:
            answer_question(turn, speak)
        elif failed(turn, turn.text, NOT_UNDERSTOOD) >= LIMIT:
            offer_person(turn, speak, "utter_lost_offer_person")
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
