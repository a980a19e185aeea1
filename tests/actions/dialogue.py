"""A dialogue without the bot process: messages go through the CRM and the real actions.

It does what Rasa does with these rules (data/rules): one action for each intent, forms that are validated
at their start and with every message, the submit action at their end. Intents and entities are given by
the test; understanding them is tested in tests/bot.
"""

import asyncio
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.executor import ActionExecutor

from actions.context import Services, configure
from integrations.crm.conversations import repository, service
from integrations.crm.conversations.service import Visitor
from integrations.crm.customers.directory import CustomerDirectory, SqlDirectory
from integrations.crm.database import Database
from integrations.crm.models import Attachment
from integrations.crm.settings import Settings
from tests.actions.fakes import Codes, Knowledge

PROJECT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
_PLACEHOLDER = re.compile(r"{([^\n{}]+?)}")


@lru_cache
def domain() -> dict[str, Any]:
    """domain.yml."""
    return yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@lru_cache
def executor() -> ActionExecutor:
    """All actions, registered as the gateway does it."""
    made = ActionExecutor()
    made.register_package("actions")
    return made


@dataclass
class Said:
    """What the bot said to one message."""

    texts: list[str]
    responses: list[str]
    cards: list[dict[str, Any]]
    buttons: list[dict[str, str]]
    events: list[dict[str, Any]]

    @property
    def text(self) -> str:
        rows = [f"{label} {value}" for card in self.cards for label, value in card["rows"]]
        return "\n".join([*self.texts, *rows, *(str(card.get("title")) for card in self.cards)])


@dataclass
class Dialogue:
    """One customer's dialogue; `now` is the clock."""

    database: Database
    settings: Settings
    customer_id: int | None = None
    user: str = "visitor"
    channel: str = "web"
    now: datetime = NOON
    codes: Codes = field(default_factory=Codes)
    knowledge: Knowledge = field(default_factory=Knowledge)
    directory: CustomerDirectory = field(default_factory=SqlDirectory)
    slots: dict[str, Any] = field(default_factory=dict)
    form: str | None = None

    def __post_init__(self) -> None:
        with self.database.transaction() as session:
            visitor = Visitor(self.channel, "default", self.user, self.customer_id)
            self.public_id = service.open_conversation(session, visitor, self.now).public_id
        self.count = 0

    def later(self, **span: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**span)

    def say(
        self,
        text: str,
        intent: str,
        *,
        image: bool = False,
        sure: float = 0.95,
        clauses: dict[str, str] | None = None,
        restated: tuple[str, str] | None = None,
        denied: str | None = None,
        ranking: dict[str, float] | None = None,
        **entities: Any,
    ) -> Said:
        """One message and all that follows from it.

        `clauses` are parts of the text with their intents, `restated` is such a part, `ranking` intents
        with confidences.
        """
        tracker = self.message(text, intent, image=image, sure=sure, **entities)
        message = tracker["latest_message"]
        if clauses:
            message["clauses"] = [_part(message["text"], *clause) for clause in clauses.items()]
        if restated:
            message["restated"] = {**_part(message["text"], *restated), "denied": denied}
        if ranking:
            message["intent_ranking"] = [
                {"name": name, "confidence": confidence} for name, confidence in ranking.items()
            ]
        return self.turn(tracker)

    def message(
        self, text: str, intent: str, *, image: bool = False, sure: float = 0.95, **entities: Any
    ) -> dict[str, Any]:
        """Store a message as the channel does and give the tracker the bot would have."""
        self.count += 1
        self.later(seconds=5)
        with self.database.transaction() as session:
            conversation = repository.lock_conversation(session, self.public_id)
            attachment = None
            if image:
                attachment = Attachment(
                    public_id=f"{self.user}{self.count}",
                    conversation_id=conversation.id,
                    media_type="image/png",
                    size=1,
                    sha256="0",
                    created_at=self.now,
                )
                session.add(attachment)
                session.flush()
            stored = service.receive(
                session,
                conversation,
                external_id=f"{self.public_id}:{self.count}",
                text=text,
                now=self.now,
                settings=self.settings,
                attachment=attachment,
            ).message
            message_id, kept = str(stored.id), stored.text
        values = [
            _entity(kept, name, value)
            for name, found in entities.items()
            for value in (found if isinstance(found, list) else [found])
        ]
        return self.tracker(
            kept.translate(str.maketrans("［］，", "[],")), intent, message_id, values, image, sure
        )

    def tracker(
        self,
        text: str,
        intent: str,
        message_id: str,
        entities: list[dict[str, Any]],
        image: bool,
        sure: float,
    ) -> dict[str, Any]:
        """The JSON that Rasa sends to an action."""
        metadata = {
            "conversation_id": self.public_id,
            "message_id": message_id,
            "channel": "web",
            "customer_ref": None,
            "attachments": int(image),
        }
        return {
            "sender_id": f"{self.public_id}.1",
            "slots": {**dict.fromkeys(domain()["slots"]), "requested_slot": None, **self.slots},
            "latest_message": {
                "text": text,
                "intent": {"name": intent, "confidence": sure},
                "entities": entities,
                "metadata": metadata,
            },
            "events": [],
            "paused": False,
            "active_loop": {"name": self.form} if self.form else {},
            "latest_action_name": "action_listen",
        }

    def turn(self, tracker: dict[str, Any]) -> Said:
        """Everything Rasa would run until it listens again."""
        said = Said([], [], [], [], [])
        action = self.form or action_of(tracker["latest_message"]["intent"]["name"])
        for _ in range(10):
            following = self._run_form(action, tracker, said) if action in domain()["forms"] else None
            following = following or (
                self._run(action, tracker, said) if action not in domain()["forms"] else None
            )
            if following is None:
                return said
            action = following
        raise AssertionError("Rasa stops after ten actions")

    def run(self, name: str, tracker: dict[str, Any]) -> dict[str, Any]:
        """One call of the action endpoint."""
        outside = (self.knowledge, self.codes, lambda: self.now, self.directory)
        configure(Services(self.database, self.settings, *outside))
        call = {
            "next_action": name,
            "sender_id": tracker["sender_id"],
            "tracker": tracker,
            "domain": domain(),
        }
        result = asyncio.run(executor().run(call))
        assert result is not None
        return json.loads(json.dumps(result.model_dump()))  # type: ignore[no-any-return]

    def _run_form(self, form: str, tracker: dict[str, Any], said: Said) -> str | None:
        self.form = form
        self._run(f"validate_{form}", tracker, said)
        changed = [event["name"] for event in said.events if event["event"] == "slot"]
        assert "form_turn" in changed, "Rasa would reject the form"
        if self.slots["requested_slot"] is not None:
            return None
        self.form = None
        return f"action_{form.removesuffix('_form')}_submit"

    def _run(self, name: str, tracker: dict[str, Any], said: Said) -> str | None:
        assert name in domain()["actions"], name
        tracker["slots"].update(self.slots)
        tracker["active_loop"] = {"name": self.form} if self.form else {}
        result = self.run(name, tracker)
        following = None
        for event in result["events"]:
            said.events.append(event)
            if event["event"] == "slot":
                assert event["name"] in domain()["slots"] or event["name"] == "requested_slot", event["name"]
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "followup":
                following = event["name"]
        for response in result["responses"]:
            _render(response, said)
        return following


def action_of(intent: str) -> str:
    """The action of an intent's rule."""
    return "action_enquiry" if intent.startswith("ask_") else f"action_{intent}"


def _part(text: str, part: str, intent: str) -> dict[str, Any]:
    start = text.index(part)
    return {"text": part, "start": start, "end": start + len(part), "intent": intent, "confidence": 0.9}


def _entity(text: str, name: str, value: Any) -> dict[str, Any]:
    """An entity where its words stand in the text; at its beginning where they stand nowhere."""
    words = str(value.get("text") if isinstance(value, dict) else value)
    start = text.find(words)
    place = (start, start + len(words)) if start >= 0 else (0, min(len(text), 1))
    return {"entity": name, "value": value, "start": place[0], "end": place[1]}


def _render(response: dict[str, Any], said: Said) -> None:
    """Fill the words of domain.yml as Rasa's generator does; every placeholder must have a value."""
    name = response["response"]
    template = domain()["responses"][name][0]
    missing = set(_PLACEHOLDER.findall(template["text"])) - response.keys()
    assert not missing, f"{name} lacks {missing}"
    said.texts.append(_PLACEHOLDER.sub(lambda found: str(response[found[1]]), template["text"]))
    said.responses.append(name)
    said.buttons += [*template.get("buttons", []), *response["buttons"]]
    if card := (response["custom"] or {}).get("card"):
        said.cards.append(card)
