"""One message of a customer as the bot understood it."""

from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker

ENQUIRY = "enquiry"
_ASK = "ask_"
"""The bot tells questions apart by subject (ask_deposit, ask_forex); here they are one topic."""


class BadTurn(Exception):
    """The tracker's message doesn't come from the app: no ids, or ids that contradict each other."""


@dataclass(frozen=True)
class Clause:
    """A part of the message that the bot understood on its own; `intent` is a topic, `end` exclusive."""

    text: str
    start: int
    end: int
    intent: str
    confidence: float

    @classmethod
    def read(cls, part: dict[str, Any]) -> "Clause":
        """What the bot's classifier puts on a message."""
        return cls(
            part["text"], part["start"], part["end"], topic_named(part["intent"]), float(part["confidence"])
        )


@dataclass(frozen=True)
class Incoming:
    """What the bot understood of the latest message.

    `clauses` are its parts where there are several, `restated` what a correction means instead and
    `denied` what it takes back, `ranking` the likeliest topics, `by_title` that an article was named,
    `by_name` that it says what a product's button says, `location` the place (latitude, longitude in
    degrees) that was sent along.
    """

    sender: str
    conversation_id: str
    message_id: str
    text: str
    intent: str
    confidence: float
    entities: list[dict[str, Any]]
    attachments: int
    clauses: tuple[Clause, ...] = ()
    restated: Clause | None = None
    denied: str | None = None
    ranking: tuple[tuple[str, float], ...] = ()
    by_title: bool = False
    by_name: bool = False
    location: tuple[float, float] | None = None

    @classmethod
    def from_tracker(cls, tracker: Tracker) -> "Incoming":
        """Read the latest message. Raises BadTurn where its metadata isn't that of the app."""
        message = tracker.latest_message or {}
        metadata = message.get("metadata") or {}
        conversation_id, message_id = metadata.get("conversation_id"), metadata.get("message_id")
        if not conversation_id or not message_id:
            raise BadTurn("the message has no conversation_id or message_id")
        # A sender is "<conversation>.<bot session>": the ids must name the same conversation.
        if tracker.sender_id.rpartition(".")[0] != conversation_id:
            raise BadTurn("sender and conversation_id contradict each other")
        intent, restated = message.get("intent") or {}, message.get("restated")
        return cls(
            sender=tracker.sender_id,
            conversation_id=conversation_id,
            message_id=str(message_id),
            text=message.get("text") or "",
            intent=topic_named(intent.get("name") or "nlu_fallback"),
            confidence=float(intent.get("confidence") or 0),
            entities=list(message.get("entities") or []),
            attachments=int(metadata.get("attachments") or 0),
            location=_place(metadata.get("location")),
            clauses=tuple(Clause.read(part) for part in message.get("clauses") or []),
            restated=Clause.read(restated) if restated else None,
            denied=restated.get("denied") if restated else None,
            ranking=tuple(
                (topic_named(one["name"]), float(one["confidence"]))
                for one in message.get("intent_ranking") or []
            ),
        )

    def naming_an_article(self) -> "Incoming":
        """Said by a button or word for word: the article is meant, whatever the words look like."""
        return replace(self, intent=ENQUIRY, confidence=1.0, clauses=(), restated=None, by_title=True)

    def about_product(self, intent: str) -> "Incoming":
        """Said by a product's button: its name makes it plain, whatever the classifier takes it for."""
        return replace(self, intent=intent, confidence=1.0, clauses=(), restated=None, by_name=True)


def _place(location: dict[str, float] | None) -> tuple[float, float] | None:
    return (float(location["lat"]), float(location["lon"])) if location else None


def topic_named(intent: str) -> str:
    """The topic of an intent of the bot."""
    return ENQUIRY if intent.startswith(_ASK) else intent
