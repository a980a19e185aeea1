"""Yes, no, never mind, skip, and bare values outside of a form."""

import re

from actions.handoff import leave, wants_to_leave
from actions.incoming import ENQUIRY
from actions.topic import Topic, continued, offered, questioned, serve
from actions.turn import Speaker, Turn

_TOPIC_OF_ENTITY = {
    "ticket_number": "complaint_progress",
    "term_months": "loan_calculator",
    "city": "branch",
    "district": "branch",
    "branch_kind": "branch",
    "score": "rate_conversation",
    "date_range": "transactions",
}
"""What a value is most likely about, where nobody asked for it."""

_SAYS_WRONG = re.compile(r"不对|不是|错|没答|没有我|都没有|一个都")


class Affirm(Topic):
    """好的"""

    intent = "affirm"
    control = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Said to nothing in particular."""
        speak.say("utter_affirm")

    def meant(self, turn: Turn) -> str:
        """A yes to what was just offered."""
        return offered(turn) or self.intent


class Deny(Topic):
    """不用"""

    intent = "deny"
    control = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Nothing is done."""
        speak.say("utter_deny")

    def meant(self, turn: Turn) -> str:
        """A no to what was just asked; 「不对」 of an answer; with a new value, the last service again."""
        asked = continued(turn) or questioned(turn)
        return asked or ("wrong_answer" if _SAYS_WRONG.search(turn.text) else self.intent)


class Cancel(Topic):
    """算了；不等了"""

    intent = "cancel"
    control = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """There is no form to leave: perhaps the queue."""
        if wants_to_leave(turn):
            leave(turn, speak)
        elif turn.conversation.holder == "queued":
            speak.say("utter_cancel_while_queued")
        else:
            speak.say("utter_cancel")


class Skip(Topic):
    """跳过"""

    intent = "skip"
    control = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """There is nothing to pass over."""
        speak.say("utter_skip")


class Inform(Topic):
    """A bare value: the answer to the last question, or a hint at what is wanted."""

    intent = "inform"
    control = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Nobody asked: half a question (「年费」), or nothing that fits."""
        if not turn.entities and turn.look_up(turn.text).kind != "unsure":
            serve(ENQUIRY, turn, speak)
        else:
            speak.say("utter_inform")

    def meant(self, turn: Turn) -> str:
        """The topic that waits for the value."""
        if turn.attachments:
            return "nlu_fallback"
        guessed = next(
            (wanted for name, wanted in _TOPIC_OF_ENTITY.items() if turn.entity(name) is not None), None
        )
        return continued(turn) or guessed or self.intent
