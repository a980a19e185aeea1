"""One message of a customer as an action sees it, and the way to answer it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.context import Services
from actions.incoming import Clause, Incoming
from integrations.crm.conversations import repository, verification
from integrations.crm.models import Conversation, Customer, Message
from knowledge_base.decision import Answer

REQUESTED_SLOT = "requested_slot"
Buttons = list[dict[str, str]]
Card = dict[str, Any]


@dataclass
class Turn:
    """The message, the conversation (its row locked) and the dialogue's slots.

    Changes to slots and the next action are collected here and become events at the end.
    """

    services: Services
    session: Session
    conversation: Conversation
    now: datetime
    incoming: Incoming
    text: str
    intent: str
    confidence: float
    entities: list[dict[str, Any]]
    slots: dict[str, Any]
    answers: dict[str, Answer]
    asked: bool = False  # inside a form: the question has been put already
    goes_on: bool = False  # the topic now served was the last one too: what was said then still counts
    several: bool = False  # the message wants more than the topic now served
    changed: dict[str, Any] = field(default_factory=dict)
    next_action: str | None = None

    @classmethod
    def open(
        cls,
        services: Services,
        session: Session,
        incoming: Incoming,
        slots: dict[str, Any],
        answers: dict[str, Answer],
    ) -> "Turn":
        """Lock the conversation. Raises ConversationNotFound.

        `answers` is what the knowledge base has for texts of the message, looked up before the transaction.
        """
        return cls(
            services=services,
            session=session,
            conversation=repository.lock_conversation(session, incoming.conversation_id),
            now=services.clock(),
            incoming=incoming,
            text=incoming.text,
            intent=incoming.intent,
            confidence=incoming.confidence,
            entities=incoming.entities,
            slots=dict(slots),
            answers=answers,
        )

    @property
    def message_id(self) -> str:
        """The id of the message, which stays when an earlier one is recalled."""
        return self.incoming.message_id

    @property
    def attachments(self) -> int:
        """How many images came with the message."""
        return self.incoming.attachments

    @property
    def found(self) -> Answer | None:
        """What the knowledge base has for the text, where it has been asked."""
        return self.answers.get(self.text)

    def look_up(self, text: str) -> Answer:
        """What the knowledge base has for a text."""
        if text not in self.answers:
            self.answers[text] = self.services.search.ask(text)
        return self.answers[text]

    @property
    def customer(self) -> Customer | None:
        """The customer whom the channel or a verification named."""
        return self.conversation.customer

    @property
    def verified_customer(self) -> Customer:
        """The customer, verified in this conversation. Raises PermissionError otherwise."""
        if self.customer is None or not self.has_level("verified"):
            raise PermissionError("the customer is not verified")
        return self.customer

    def has_level(self, needed: str) -> bool:
        """Whether the conversation's level now is at least `needed` (none, known, verified)."""
        return verification.has_level(self.conversation, needed, self.now)

    def source_key(self, topic: str) -> str:
        """The key that makes a side effect of this message happen once, however often the turn runs."""
        return f"{self.conversation.public_id}:{self.message_id}:{topic}"

    def whole_text(self) -> str:
        """The message as it was stored: the bot reads at most 500 characters, in simplified Chinese."""
        if not self.message_id.isdigit():
            return self.text
        message = self.session.get(Message, int(self.message_id))
        mine = message is not None and message.conversation_id == self.conversation.id
        return message.text if message is not None and mine and message.text else self.text

    def entity(self, name: str) -> Any:
        """The first value found for an entity, or None."""
        return next((item["value"] for item in self.entities if item.get("entity") == name), None)

    def all_entities(self, name: str) -> list[Any]:
        """Every value found for an entity."""
        return [item["value"] for item in self.entities if item.get("entity") == name]

    def slot(self, name: str) -> Any:
        """A slot's value, changes of this turn included."""
        return self.slots.get(name)

    def set(self, name: str, value: Any) -> None:
        """Change a slot."""
        self.slots[name] = value
        self.changed[name] = value

    def reset(self, *names: str) -> None:
        """Empty slots: Rasa keeps old values, so a second complaint would submit the first one's."""
        for name in names:
            self.set(name, None)

    def request(self, question: str | None) -> None:
        """Inside a form: what is asked next; None ends the form."""
        self.set(REQUESTED_SLOT, question)

    def follow_up(self, action: str) -> None:
        """Run this action (usually a form) next."""
        self.next_action = action

    def remember(self) -> dict[str, Any]:
        """The message as it fits into a slot; `recall` brings it back."""
        return {
            "text": self.text,
            "intent": self.intent,
            "entities": self.entities,
            "message": self.message_id,
        }

    def recall(self, message: dict[str, Any]) -> None:
        """Go on as if the remembered message had just been said. Ids stay those of this turn."""
        self.text = message["text"]
        self.intent = message["intent"]
        self.entities = list(message["entities"])

    def narrow(self, part: Clause) -> None:
        """Go on as if nothing but this part of the message had been said."""
        self.entities = self.entities_in(part)
        self.text, self.intent, self.confidence = part.text, part.intent, part.confidence

    def entities_in(self, part: Clause) -> list[dict[str, Any]]:
        """The entities of a part of the message, their places counted from its beginning."""
        return [
            item | {"start": item["start"] - part.start, "end": item["end"] - part.start}
            for item in self.entities
            if part.start <= item["start"] and item["end"] <= part.end
        ]

    def events(self) -> list[EventType]:
        """The turn's outcome for Rasa."""
        events: list[EventType] = [SlotSet(name, value) for name, value in self.changed.items()]
        if self.next_action is not None:
            events.append(FollowupAction(self.next_action))
        return events


class Speaker:
    """Says things to the customer. The words are responses in domain.yml."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        self._dispatcher = dispatcher

    def say(
        self,
        response: str,
        *,
        buttons: Buttons | None = None,
        card: Card | None = None,
        article: dict[str, str] | None = None,
        **values: Any,
    ) -> None:
        """Say a response, its `{placeholders}` filled with `values`.

        `buttons` are added to the response's own; a button's payload is what the customer would say.
        """
        custom = {name: value for name, value in (("card", card), ("article", article)) if value}
        self._dispatcher.utter_message(
            response=response,
            buttons=buttons or [],
            json_message=custom or None,
            **{name: str(value) for name, value in values.items()},
        )


def button(title: str, payload: str | None = None) -> dict[str, str]:
    """A button that says `payload` (its title where not given)."""
    return {"title": title, "payload": payload or title}
