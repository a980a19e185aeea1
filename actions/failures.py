"""How often in a row the customer wasn't helped, with what, and what an agent should know of it.

The slot `failures` holds it: a count, the last attempts, whether an answer came since (`answered`: the
customer's next question shows that it was right) and whether a person was offered.
"""

from collections.abc import Sequence
from typing import Any

from actions.service_titles import SERVICES
from actions.turn import Turn
from integrations.crm.conversations.handoff_note import Attempt, handoff_note

LIMIT = 2
"""From so many failures in a row on, a person is offered."""
_KEPT = 5  # attempts
NOT_UNDERSTOOD, WRONG, NONE_FITS = "not_understood", "wrong", "none_fits"


def failed(turn: Turn, asked: str | None, outcome: str) -> int:
    """One more failure, with everything that was shown for the question; how many it is now."""
    state = _state(turn)
    attempts = [one for one in state["attempts"] if one["asked"] != asked]
    if asked:
        attempts.append({"asked": asked, "shown": list(turn.slot("shown") or []), "outcome": outcome})
    count = int(state["count"]) + 1
    turn.set("failures", state | {"count": count, "answered": False, "attempts": attempts[-_KEPT:]})
    return count


def answered(turn: Turn) -> None:
    """An answer was given; whether it's right, the next message tells."""
    if turn.slot("failures"):
        turn.set("failures", _state(turn) | {"answered": True})


def settle(turn: Turn) -> None:
    """A new question after an answer: that one was right."""
    if _state(turn)["answered"]:
        turn.reset("failures")


def person_offered(turn: Turn) -> None:
    """Who asks for a person from now on does so because of the failures."""
    turn.set("failures", _state(turn) | {"offered": True})


def was_person_offered(turn: Turn) -> bool:
    """Whether the bot has owned up to being no help."""
    return bool(_state(turn)["offered"])


def rejected(turn: Turn) -> set[str]:
    """Articles and services that were no help; they aren't shown again."""
    return {shown for attempt in _state(turn)["attempts"] for shown in attempt["shown"]}


def note(turn: Turn) -> str | None:
    """What an agent should know: what was asked, what was tried, how it went."""
    attempts = [
        Attempt(one["asked"], tuple(_titles(turn, one["shown"])), one["outcome"])
        for one in _state(turn)["attempts"]
    ]
    return handoff_note(attempts) if attempts else None


def _state(turn: Turn) -> dict[str, Any]:
    empty: dict[str, Any] = {"count": 0, "answered": False, "offered": False, "attempts": []}
    return empty | (turn.slot("failures") or {})


def _titles(turn: Turn, shown: Sequence[str]) -> list[str]:
    articles = turn.services.search.articles
    titles = (articles[one].title if one in articles else SERVICES.get(one) for one in shown)
    return [title for title in titles if title]
