"""解除绑定"""

from actions.topic import Topic
from actions.turn import Speaker, Turn
from integrations.crm.conversations import binding

_RESPONSES: dict[binding.Outcome, str] = {
    "unbound": "utter_unbound",
    "not_bound": "utter_not_bound",
    "bank_site": "utter_unbind_on_bank_site",
}


class Unbind(Topic):
    """The user of a channel is a stranger again, until the next verification."""

    intent = "unbind"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Unbind at once: nothing is lost, and somebody else may hold the phone."""
        outcome = binding.unbind(turn.session, turn.conversation, turn.now)
        speak.say(_RESPONSES[outcome], bank=turn.services.settings.bank_name)
