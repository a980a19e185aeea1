"""A topic: what a customer can want, the level it needs, and one way to serve it from anywhere."""

from abc import ABC, abstractmethod
from typing import ClassVar

from actions.base import BankAction
from actions.turn import Speaker, Turn

_topics: dict[str, "Topic"] = {}


class Topic(BankAction, ABC):
    """The action `action_<intent>`, run by the rule of its intent or called within a form.

    `level` is what the customer needs (none, known, verified). Inside another topic's form a
    `digression` is answered in place, a `control` word (yes, no, skip, a bare value) belongs to the
    form, and any other topic leaves it.
    """

    intent: ClassVar[str]
    level: ClassVar[str] = "none"
    digression: ClassVar[bool] = False
    control: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Make the topic known under its intent."""
        if "intent" in cls.__dict__:
            _topics[cls.intent] = cls()

    def name(self) -> str:
        """The action's name."""
        return f"action_{self.intent}"

    def perform(self, turn: Turn, speak: Speaker) -> None:
        """Serve this topic for the message."""
        serve(self.intent, turn, speak)

    @abstractmethod
    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Answer; the level is already checked."""

    def needs_verification(self, turn: Turn, speak: Speaker) -> None:
        """Say why the customer is verified first."""
        speak.say("utter_verification_needed")


def topic(intent: str) -> Topic | None:
    """The topic of an intent, or None."""
    return _topics.get(intent)


def serve(intent: str, turn: Turn, speak: Speaker) -> None:
    """Answer a topic, or verify the customer first and remember what they wanted."""
    wanted = _topics[intent]
    turn.set("awaiting", None)
    if wanted.level != "none" or not (wanted.digression or wanted.control):
        # 「不对」 after a service is no longer about an article.
        turn.reset("last_question", "last_article", "shown_articles")
    if turn.has_level(wanted.level):
        wanted.answer(turn, speak)
        return
    wanted.needs_verification(turn, speak)
    turn.set("pending_service", intent)
    turn.set("pending_message", turn.remember())
    turn.follow_up("verification_form")


def start_form(turn: Turn, form: str) -> None:
    """Let a form take over; what has been said fills it."""
    turn.set("pending_message", turn.remember())
    turn.follow_up(form)


def expect(turn: Turn, intent: str, *, if_affirmed: str | None = None) -> None:
    """Outside forms: a bare value or a yes that comes next belongs to this topic."""
    turn.set("awaiting", {"intent": intent, "affirmed": if_affirmed or intent})
