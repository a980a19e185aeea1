"""A topic: what a customer can want, the level it needs, and one way to serve it from anywhere."""

import re
from abc import ABC, abstractmethod
from typing import ClassVar

from actions.base import BankAction
from actions.turn import Speaker, Turn, button

_JOINED = re.compile(r"还有|顺便|另外|以及|再查|再看|一起|[和跟、]")
_ACCOUNT = {
    "balance": ("余额", "查询余额"),
    "transactions": ("明细", "查询交易明细"),
    "credit_card_bill": ("信用卡账单", "查询信用卡账单"),
    "transfer_status": ("到账", "查询转账进度"),
}
"""Services that are often asked for together: the word that shows it, and what its button says."""
_topics: dict[str, "Topic"] = {}


class Topic(BankAction, ABC):
    """The action `action_<intent>`, run by the rule of its intent or called within a form.

    `level` is what the customer needs (none, known, verified); `values` are the entities that alone say
    enough once the topic was the last one (「不对，上个月的」); an `ours_only` topic isn't served for another
    bank's card or rates. Inside another topic's form a
    `digression` is answered in place, a `control` word (yes, no, skip, a bare value) belongs to the
    form, and any other topic leaves it.
    """

    intent: ClassVar[str]
    level: ClassVar[str] = "none"
    values: ClassVar[tuple[str, ...]] = ()
    ours_only: ClassVar[bool] = False
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
        """Serve this topic for the message, unless the message is an article's title."""
        serve("enquiry" if turn.intent == "enquiry" else self.intent, turn, speak)

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
    turn.goes_on = (turn.slot("awaiting") or {}).get("value") == intent
    turn.set("awaiting", None)
    if wanted.level != "none" or not (wanted.digression or wanted.control):
        # 「不对」 after a service is no longer about an article.
        turn.reset("last_question", "last_article", "shown_articles", "lost_count")
    brand = turn.services.search.brands.find(turn.text) if wanted.ours_only else None
    if brand is not None:
        speak.say("utter_other_brand", brand=brand, bank=turn.services.settings.bank_name)
        return
    if turn.has_level(wanted.level):
        wanted.answer(turn, speak)
        _offer_the_other(turn, speak, intent)
        return
    wanted.needs_verification(turn, speak)
    turn.set("pending_service", intent)
    turn.set("pending_message", turn.remember())
    turn.follow_up("verification_form")


def _offer_the_other(turn: Turn, speak: Speaker, served: str) -> None:
    """Two wishes in one message: the second is one button away."""
    if served not in _ACCOUNT or turn.next_action is not None or not _JOINED.search(turn.text):
        return
    others = [title for intent, (words, title) in _ACCOUNT.items() if intent != served and words in turn.text]
    if others:
        speak.say("utter_also_wanted", buttons=[button(title) for title in others])


def start_form(turn: Turn, form: str) -> None:
    """Let a form take over; what has been said fills it."""
    turn.set("pending_message", turn.remember())
    turn.follow_up(form)


def expect(turn: Turn, intent: str) -> None:
    """Outside forms: a value that comes next belongs to this topic."""
    turn.set("awaiting", {"value": intent})


def offer(turn: Turn, intent: str) -> None:
    """Outside forms: a yes that comes next means this topic."""
    turn.set("awaiting", {"yes": intent})


def offered(turn: Turn) -> str | None:
    """What a yes means now."""
    return (turn.slot("awaiting") or {}).get("yes")


def continued(turn: Turn) -> str | None:
    """The last topic, where the message holds a value for it."""
    last = topic((turn.slot("awaiting") or {}).get("value", ""))
    fits = last is not None and any(turn.entity(name) is not None for name in last.values)
    return last.intent if last is not None and fits else None


class Continued(Topic):
    """A topic whose words may hold a value for the last one (「不对，上个月的」, 「那锦江区呢」)."""

    def perform(self, turn: Turn, speak: Speaker) -> None:
        """Serve the last topic again, with the new value."""
        last = continued(turn)
        if last is not None:
            serve(last, turn, speak)
        else:
            super().perform(turn, speak)
