"""Greeting, thanks, goodbye, what the bot is and can do, abuse."""

from actions.topic import Topic
from actions.turn import Speaker, Turn


def _say(response: str, turn: Turn, speak: Speaker) -> None:
    settings = turn.services.settings
    speak.say(response, bank=settings.bank_name, hotline=settings.hotline)


class Greet(Topic):
    """你好"""

    intent = "greet"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Say at once that this is a bot, and how to reach a person (RULES.md, The bot says what it is)."""
        _say("utter_greet", turn, speak)


class Thank(Topic):
    """谢谢"""

    intent = "thank"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """You're welcome."""
        _say("utter_thank", turn, speak)


class Goodbye(Topic):
    """再见"""

    intent = "goodbye"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Goodbye, and ask for a rating."""
        _say("utter_goodbye", turn, speak)


class BotIdentity(Topic):
    """你是机器人吗"""

    intent = "bot_identity"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Yes, a bot."""
        _say("utter_bot_identity", turn, speak)


class Capabilities(Topic):
    """你能做什么"""

    intent = "capabilities"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """What can be done here."""
        _say("utter_capabilities", turn, speak)


class Abuse(Topic):
    """Insults are answered calmly, with a person offered."""

    intent = "abuse"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """No lecture."""
        _say("utter_abuse", turn, speak)
