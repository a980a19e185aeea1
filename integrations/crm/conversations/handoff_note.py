"""What an agent reads about a conversation in which the bot was no help."""

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.crm.conversations.redaction import readable

_LONGEST = 60  # characters of a question
_OUTCOMES = {
    "not_understood": "助手没有找到答案",
    "wrong": "客户表示不对",
    "none_fits": "客户表示都不是",
}


@dataclass(frozen=True)
class Attempt:
    """A question, the titles shown for it, and the outcome: not_understood, wrong or none_fits.

    The question has to come from a stored message: there secrets are already removed.
    """

    asked: str
    shown: tuple[str, ...]
    outcome: str


def handoff_note(attempts: Sequence[Attempt]) -> str:
    """One line for each attempt, oldest first."""
    return "\n".join(_line(one) for one in attempts)


def _line(attempt: Attempt) -> str:
    asked = readable(attempt.asked)
    short = asked if len(asked) <= _LONGEST else f"{asked[:_LONGEST]}…"
    shown = f"已给出{'、'.join(f'《{title}》' for title in attempt.shown)}，" if attempt.shown else ""
    return f"问「{short}」：{shown}{_OUTCOMES[attempt.outcome]}"
