"""The base of every form: what is asked next, and how a customer gets out of the middle of it.

Rasa calls `validate_<form>` when the form starts and for every message while it is active
(rasa/core/actions/forms.py). The slot `requested_slot` is None at the start, and setting it to None ends
the form; without any other slot set Rasa would reject the message, hence `form_turn`. The form's
submit action (a rule) runs next and looks at `form_exit`: a form that ended is not a form that is complete.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from actions.answers import (
    is_correction,
    is_no_thanks,
    is_question,
    refuses_person,
    wants_person,
    wants_to_cancel,
)
from actions.base import BankAction
from actions.products import NOT_INTERESTED
from actions.topic import Topic, continued, serve, topic
from actions.turn import REQUESTED_SLOT, Buttons, Speaker, Turn

CANCEL, HUMAN, SWITCH, STUCK, EXPIRED = "cancel", "human", "switch:", "stuck", "expired"
_URGENT = ("card_loss", "fraud")
_UNSURE = ("nlu_fallback", "out_of_scope")
_SURE = 0.8
_SHORT = 15  # characters: a longer answer to a free question is a story, not a command


class Form(BankAction, ABC):
    """Asks a topic's questions one by one.

    `intent` is the topic; `slots` are the form's own, emptied at its start and after its end;
    `free` names the questions that are answered in the customer's own words, `refusable` those to which
    「不用了」 is no answer but the wish to stop.
    """

    intent: ClassVar[str]
    slots: ClassVar[tuple[str, ...]]
    free: ClassVar[tuple[str, ...]] = ()
    refusable: ClassVar[tuple[str, ...]] = ()

    def name(self) -> str:
        """The name by which Rasa calls it."""
        return f"validate_{self.form_name()}"

    @classmethod
    def form_name(cls) -> str:
        """The Rasa form this belongs to."""
        return f"{cls.intent}_form"

    @abstractmethod
    def fill(self, turn: Turn, speak: Speaker) -> None:
        """At the start: take whatever the message already tells."""

    @abstractmethod
    def next_question(self, turn: Turn) -> str | None:
        """The question to ask now, or None where nothing is missing."""

    @abstractmethod
    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """Take the message as the answer to `question`; False where it isn't one."""

    def correct(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """Take the message as a change of something answered before; False where it isn't one."""
        return False

    def take_image(self, turn: Turn, speak: Speaker) -> None:
        """An image instead of an answer: kept with the conversation, the question stays."""
        speak.say("utter_image_kept")

    def ask(self, turn: Turn, speak: Speaker, question: str) -> None:
        """Put the question."""
        speak.say(f"utter_question_{self.form_name()}_{question}", buttons=self.buttons(turn, question))

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """Buttons that depend on the customer; fixed ones are in domain.yml."""
        return []

    def perform(self, turn: Turn, speak: Speaker) -> None:
        """One message: leave, or take it, then ask what is missing."""
        question = turn.slot(REQUESTED_SLOT)
        turn.set("form_turn", (turn.slot("form_turn") or 0) + 1)
        if question is None:
            self._start(turn, speak)
        elif turn.conversation.holder == "queued" and refuses_person(turn):
            serve("queue_position", turn, speak)
        else:
            left = self.leaving(turn, question) or self.expired(turn)
            if left is not None:
                turn.set("form_exit", left)
                turn.request(None)
                return
            self._hear(turn, speak, question)
        if turn.slot("form_exit") is not None:
            turn.request(None)
            return
        following = self.next_question(turn)
        turn.request(following)
        if following is not None and not turn.asked:
            self.ask(turn, speak, following)

    def expired(self, turn: Turn) -> str | None:
        """EXPIRED where the verification that the topic needs has ended in the middle of the form."""
        own = topic(self.intent)
        return EXPIRED if own is not None and not turn.has_level(own.level) else None

    def leaving(self, turn: Turn, question: str) -> str | None:
        """How the customer leaves the form with this message, or None."""
        story = question in self.free and len(turn.text) > _SHORT
        if wants_person(turn) and not story:
            return HUMAN
        if self.gives_up(turn, question) and not story:
            return CANCEL
        other = topic(turn.intent)
        if other is None or other.digression or other.control or other.intent in (self.intent, "human"):
            return None
        if turn.incoming.by_name:
            # The button of a product's card is no answer; turning the product down is done in passing.
            return None if other.intent == NOT_INTERESTED else SWITCH + other.intent
        if question in self.free and (story or other.intent not in _URGENT or turn.confidence < _SURE):
            return None
        if self.understands(turn, question) or not self.switches(turn, other):
            return None
        return SWITCH + other.intent

    def gives_up(self, turn: Turn, question: str) -> bool:
        """Whether the customer no longer wants what the form is for."""
        return wants_to_cancel(turn) or (question in self.refusable and is_no_thanks(turn.text))

    def understands(self, turn: Turn, question: str) -> bool:
        """Whether the message is an answer to `question`, whatever its intent looks like."""
        return False

    def switches(self, turn: Turn, other: Topic) -> bool:
        """Whether this form is left for another topic."""
        return turn.confidence >= 0.5

    def digresses(self, turn: Turn) -> bool:
        """Whether the message is about something that is answered without leaving the form."""
        other = topic(turn.intent)
        if turn.intent in _UNSURE:
            return turn.found is not None and turn.found.kind == "answer"
        return other is not None and other.digression

    def digress(self, turn: Turn, speak: Speaker) -> None:
        """Answer it; the question is put again afterwards."""
        other = topic(turn.intent)
        if other is not None and turn.has_level(other.level):
            serve(other.intent, turn, speak)
        else:
            speak.say("utter_digression_needs_verification")

    def _start(self, turn: Turn, speak: Speaker) -> None:
        message = turn.slot("pending_message")
        if message:
            turn.recall(message)
        turn.reset("form_exit", "form_misses", "pending_message", "awaiting", *self.slots)
        self.fill(turn, speak)

    def _hear(self, turn: Turn, speak: Speaker, question: str) -> None:
        if turn.attachments:
            self.take_image(turn, speak)
            return
        if is_correction(turn) and self.correct(turn, speak, question):
            return
        if self._asks_something_else(turn, question):
            self.digress(turn, speak)
        elif self.take(turn, speak, question) or self.correct(turn, speak, question):
            turn.set("form_misses", None)
        elif self.digresses(turn):
            self.digress(turn, speak)
        elif last := continued(turn):
            serve(last, turn, speak)
        else:
            self._missed(turn, speak, question)

    def _asks_something_else(self, turn: Turn, question: str) -> bool:
        if turn.incoming.by_name and turn.intent == NOT_INTERESTED:
            return True
        # An answer in one's own words may look like any intent: only a short question counts as one.
        if question not in self.free:
            return False
        return self.digresses(turn) and (
            turn.intent in ("greet", "thank", "bot_identity")
            or (is_question(turn.text) and len(turn.text) <= _SHORT * 2)
        )

    def _missed(self, turn: Turn, speak: Speaker, question: str) -> None:
        # Counted per question: first "please again", then an example, then a person.
        misses = dict(turn.slot("form_misses") or {})
        misses[question] = misses.get(question, 0) + 1
        turn.set("form_misses", misses)
        if misses[question] == 1:
            speak.say("utter_form_not_understood")
        elif misses[question] == 2:
            speak.say(f"utter_example_{self.form_name()}_{question}")
        else:
            speak.say("utter_form_offer_person")
