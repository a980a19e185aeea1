"""评价"""

from actions.answers import is_no, is_skip
from actions.forms import Form
from actions.offer_hint import hint_at_matured_deposit
from actions.submit import Submit
from actions.topic import Topic, start_form
from actions.turn import Buttons, Speaker, Turn
from integrations.crm.conversations import feedback

LOW = 3
"""Up to this score the customer is asked what was wrong."""


class RateConversation(Topic):
    """我要评价"""

    intent = "rate_conversation"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Take the score that was said, or ask for it."""
        start_form(turn, RatingForm.form_name())


class RatingForm(Form):
    """A score from 1 to 5; after a low one, what was wrong."""

    intent = "rate_conversation"
    slots = ("rating_score", "rating_comment")
    free = ("comment",)
    refusable = ("score",)

    @classmethod
    def form_name(cls) -> str:
        """Named after what it makes."""
        return "rating_form"

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """A score in the message."""
        self._keep(turn)

    def next_question(self, turn: Turn) -> str | None:
        """The score; the comment only where the score is low."""
        score = turn.slot("rating_score")
        if score is None:
            return "score"
        return "comment" if score <= LOW and turn.slot("rating_comment") is None else None

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """All of them are fixed."""
        return []

    def understands(self, turn: Turn, question: str) -> bool:
        """A score answers."""
        return question == "score" and turn.entity("score") is not None

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """A score, or any words."""
        if question == "score":
            return self._keep(turn)
        passed = is_skip(turn) or is_no(turn)
        turn.set("rating_comment", "" if passed else turn.whole_text())
        return True

    def _keep(self, turn: Turn) -> bool:
        score = turn.entity("score")
        if score is None or not 1 <= int(score) <= 5:
            return False
        turn.set("rating_score", int(score))
        return True


class RatingSubmit(Submit):
    """Store the rating."""

    form = RatingForm

    def name(self) -> str:
        """Named after the form."""
        return "action_rating_submit"

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """One message stores one rating."""
        feedback.rate(
            turn.session,
            turn.conversation,
            score=turn.slot("rating_score"),
            comment=turn.slot("rating_comment") or None,
            source_key=turn.source_key("rating"),
            now=turn.now,
        )
        if turn.slot("rating_score") <= LOW:
            speak.say("utter_rating_low")
            return
        speak.say("utter_rating_thanks")
        hint_at_matured_deposit(turn, speak)
