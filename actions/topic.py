"""A topic: what a customer can want, the level it needs, and one way to serve it from anywhere."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from actions.answers import asks
from actions.base import BankAction
from actions.incoming import ENQUIRY, Incoming
from actions.not_ours import say_not_ours
from actions.restating import corrected_service, readings, restates, service_in
from actions.service_titles import CONFIDENT, SERVICES, URGENT
from actions.turn import REQUESTED_SLOT, Speaker, Turn
from actions.wishes import candidates, wishes

_topics: dict[str, "Topic"] = {}
_IN_TROUBLE = (
    "complaint",
    "complaint_add",
    "complaint_progress",
    "complaint_withdraw",
    "fraud",
    "card_loss",
    "abuse",
)
"""Whoever comes with one of these is offered nothing unasked for the rest of the dialogue."""
_DOUBTFUL = 0.6  # below it an article that fits counts for more than a service


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

    def questions(self, incoming: Incoming, slots: dict[str, Any]) -> list[str]:
        """Outside forms also the questions among several wishes, and what a correction may mean."""
        asked = [clause.text for clause in candidates(incoming.clauses) if clause.intent == ENQUIRY]
        restated = readings(incoming, slots.get("last_question"))
        doubtful = [incoming.text] if _doubtful(incoming) else []
        return [*super().questions(incoming, slots), *asked, *restated, *doubtful]

    def perform(self, turn: Turn, speak: Speaker) -> None:
        """Serve what the message means: what it restates, all that it wants, or its topic."""
        said = turn.incoming.restated
        service = corrected_service(turn)
        if turn.incoming.by_name:
            serve(turn.intent, turn, speak)
        elif said is not None and (service or restates(turn)):
            turn.narrow(said)
            serve(service or service_in(said) or continued(turn) or "correction", turn, speak)
        elif wanted := wishes(turn):
            serve_all(wanted, turn, speak)
        else:
            serve(self.meant(turn), turn, speak)

    def meant(self, turn: Turn) -> str:
        """The topic that the message as a whole means; an article's title is a question in any case.

        So is a question that the classifier hardly takes for a service and that an article surely answers,
        or probably, where it is not even likely that the service is meant.
        """
        if turn.intent == ENQUIRY:
            return ENQUIRY
        if not _doubtful(turn.incoming) or turn.slot(REQUESTED_SLOT) is not None:
            return self.intent
        enough = ("answer",) if turn.confidence >= CONFIDENT else ("answer", "guess")
        return ENQUIRY if turn.look_up(turn.text).kind in enough else self.intent

    @abstractmethod
    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Answer; the level is already checked."""

    def needs_verification(self, turn: Turn, speak: Speaker) -> None:
        """Say why the customer is verified first."""
        speak.say("utter_verification_needed")


def _doubtful(incoming: Incoming) -> bool:
    """Whether a question was taken for a service without much confidence; what is urgent always is one."""
    service = incoming.intent in SERVICES and incoming.intent not in URGENT
    sure = CONFIDENT if incoming.intent == "complaint" else _DOUBTFUL
    return service and incoming.confidence < sure and asks(incoming.text)


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
        turn.reset("last_question", "last_article", "shown")
    if intent in SERVICES and intent != "human":
        turn.reset("failures")
    if intent in _IN_TROUBLE:
        turn.set("no_hints", True)
    brand = turn.services.search.brands.institution(turn.text) if wanted.ours_only else None
    if brand is not None:
        say_not_ours(speak, brand)
        return
    if turn.has_level(wanted.level):
        wanted.answer(turn, speak)
        return
    wanted.needs_verification(turn, speak)
    turn.set("pending_service", intent)
    turn.set("pending_message", turn.remember())
    turn.follow_up("verification_form")


def serve_all(wanted: list[dict[str, Any]], turn: Turn, speak: Speaker) -> None:
    """Serve the first wish of a message and the next one; a form comes in between, its end goes on."""
    first, *rest = wanted
    turn.set("also_wanted", rest or None)
    turn.several = bool(rest)
    turn.recall(first)
    serve(first["intent"], turn, speak)
    if first["intent"] in URGENT:
        offer_rest(turn, speak)
    else:
        serve_rest(turn, speak)


def serve_rest(turn: Turn, speak: Speaker) -> None:
    """Serve the next wish of the message where nothing else is going on; offer what is left."""
    rest = turn.slot("also_wanted")
    if rest and turn.next_action is None:
        turn.set("also_wanted", rest[1:] or None)
        turn.several = True
        turn.recall(rest[0])
        serve(rest[0]["intent"], turn, speak)
    offer_rest(turn, speak)


def offer_rest(turn: Turn, speak: Speaker) -> None:
    """Offer what else the message wanted, one button each."""
    rest = turn.slot("also_wanted")
    if rest and turn.next_action is None:
        turn.reset("also_wanted")
        speak.say("utter_also_wanted", buttons=[wish["button"] for wish in rest])


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


def ask_whether(turn: Turn, intent: str) -> None:
    """Outside forms: a yes or a no that comes next answers this topic's question."""
    turn.set("awaiting", {"yes": intent, "no": intent})


def offered(turn: Turn) -> str | None:
    """What a yes means now."""
    return (turn.slot("awaiting") or {}).get("yes")


def questioned(turn: Turn) -> str | None:
    """What a no means now."""
    return (turn.slot("awaiting") or {}).get("no")


def continued(turn: Turn) -> str | None:
    """The last topic, where the message holds a value for it."""
    last = topic((turn.slot("awaiting") or {}).get("value", ""))
    fits = last is not None and any(turn.entity(name) is not None for name in last.values)
    return last.intent if last is not None and fits else None


class Continued(Topic):
    """A topic whose words may hold a value for the last one (「不对，上个月的」, 「那锦江区呢」)."""

    def meant(self, turn: Turn) -> str:
        """The last topic again, with the new value."""
        return continued(turn) or super().meant(turn)
