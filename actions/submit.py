"""The end of a form: carried out, or left. Either way its slots are emptied."""

from abc import ABC, abstractmethod
from typing import ClassVar

from actions.base import BankAction
from actions.forms import CANCEL, EXPIRED, HUMAN, SWITCH, Form
from actions.service_titles import URGENT
from actions.topic import offer_rest, serve, serve_rest
from actions.turn import Speaker, Turn


class Submit(BankAction, ABC):
    """`action_<intent>_submit`: runs whenever the form ended, for whatever reason."""

    form: ClassVar[type[Form]]

    def name(self) -> str:
        """The action's name."""
        return f"action_{self.form.intent}_submit"

    @abstractmethod
    def submit(self, turn: Turn, speak: Speaker) -> None:
        """Carry out what the form collected, once for each `turn.source_key`."""

    def perform(self, turn: Turn, speak: Speaker) -> None:
        """Look why the form ended; carry it out only where nothing is missing."""
        left = turn.slot("form_exit")
        if left is not None:
            self.leave(turn, speak, left)
        elif self.form().next_question(turn) is not None:
            # A failing validation looks to Rasa like a finished form.
            speak.say("utter_form_incomplete")
        else:
            self.submit(turn, speak)
        turn.reset("form_exit", "form_misses", "form_turn", *self.form.slots)
        self._go_on(turn, speak, left)

    def leave(self, turn: Turn, speak: Speaker, how: str) -> None:
        """The customer left: say that nothing was done, then do what they want instead."""
        if how == CANCEL:
            self.cancelled(turn, speak)
        elif how == HUMAN:
            self.to_person(turn, speak)
        elif how == EXPIRED:
            self.release(turn)
            serve(self.form.intent, turn, speak)
        elif how.startswith(SWITCH):
            speak.say("utter_form_switched")
            self.release(turn)
            serve(how.removeprefix(SWITCH), turn, speak)

    def cancelled(self, turn: Turn, speak: Speaker) -> None:
        """The customer doesn't want it any more."""
        speak.say("utter_form_cancelled")

    def to_person(self, turn: Turn, speak: Speaker) -> None:
        """The customer wants a person in the middle of the form."""
        serve("human", turn, speak)

    def release(self, turn: Turn) -> None:
        """Empty the form's slots before another topic sets its own."""
        turn.reset(*self.form.slots)

    def _go_on(self, turn: Turn, speak: Speaker, left: str | None) -> None:
        """What else the message that began the form wanted: at once where it is still the same message."""
        rest = turn.slot("also_wanted")
        if rest and left is None and rest[0]["message"] == turn.message_id and self.form.intent not in URGENT:
            serve_rest(turn, speak)
        else:
            offer_rest(turn, speak)
