"""Runs one turn on Rasa's agent, all or nothing, and tells what it understood."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Sequence

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.failures import TurnAborted
from bot.channels.turn_request import TurnRequest

RANKING_LENGTH = 3
# Executed by Rasa around every turn; they never answer a customer.
_SILENT_ACTIONS = frozenset({
    "action_listen", "action_session_start", "action_extract_slots", "action_deactivate_loop",
    "action_restart",
})  # fmt: skip


class SilentChannel(OutputChannel):  # type: ignore[misc]  # Rasa ships no type information
    """Rasa insists on an output channel; replies are read from the tracker instead."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, also used to select channel-specific responses."""
        return "qiantai"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Do nothing: the turn's answer carries the reply."""


@dataclass(frozen=True)
class TurnResult:
    """What the bot answered and understood."""

    replies: list[dict[str, Any]]
    intent: dict[str, Any]
    ranking: list[dict[str, Any]]
    entities: list[dict[str, Any]]
    action: str | None
    article: dict[str, Any] | None
    ms: int

    def as_json(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return dict(self.__dict__)


async def run_turn(agent: Agent, request: TurnRequest) -> TurnResult:
    """Handle one message; nothing is saved unless every action worked and something was said.

    A message id that the tracker has just answered is answered again from the tracker, without a
    second run: the app may repeat a turn whose answer it never received.

    Raises:
        TurnAborted: an action failed, or no reply came out.
        TrackerStoreUnavailable: the history could not be read or written.
    """
    started = time.perf_counter()
    processor: MessageProcessor = agent.processor
    async with agent.lock_store.lock(request.sender):
        tracker = await processor.get_tracker(request.sender)
        if not _already_answered(tracker, request.message_id):
            await _new_turn(processor, request, tracker)
    return read_result(tracker, started)


async def _new_turn(processor: MessageProcessor, request: TurnRequest, tracker: DialogueStateTracker) -> None:
    """The steps of ``MessageProcessor.handle_message``, saving only after a look at the outcome.

    Its ``log_message`` would load the tracker, which costs as much as understanding, a second time.
    """
    message = UserMessage(
        text=request.text,
        output_channel=SilentChannel(),
        sender_id=request.sender,
        input_channel="qiantai",
        message_id=request.message_id,
        metadata=request.metadata,
    )
    processor.on_circuit_break = _abort_on_circuit_break
    await processor._update_tracker_session(tracker, message.output_channel, message.metadata)
    await processor._handle_message_with_tracker(message, tracker)
    await processor.run_action_extract_slots(message.output_channel, tracker)
    await processor._run_prediction_loop(message.output_channel, tracker)
    events = _events_of_last_turn(tracker)
    if not _replies(events):
        raise TurnAborted(answering_action(events) or "none", "no_reply")
    await processor.save_tracker(tracker)


def _abort_on_circuit_break(tracker: DialogueStateTracker, *_unused: Any) -> None:
    """Rasa stopped after too many actions in one turn: the answer is unfinished."""
    raise TurnAborted(tracker.latest_action_name or "none", "too_many_actions")


def _already_answered(tracker: DialogueStateTracker, message_id: str) -> bool:
    """Tell whether the tracker's last turn is this message, finished."""
    last = _last_message(tracker)
    if last is None or last.message_id != message_id:
        return False
    return bool(_replies(_events_of_last_turn(tracker)))


def read_result(tracker: DialogueStateTracker, started: float) -> TurnResult:
    """Collect the last turn's outcome; ``started`` is a ``perf_counter`` reading."""
    events = _events_of_last_turn(tracker)
    message = _last_message(tracker)
    parsed = message.parse_data if message is not None else {"intent": {}}
    return TurnResult(
        replies=_replies(events),
        intent=_name_and_confidence(parsed["intent"]),
        ranking=[_name_and_confidence(item) for item in parsed.get("intent_ranking", [])[:RANKING_LENGTH]],
        entities=[
            {key: item.get(key) for key in ("entity", "value", "start", "end")}
            for item in parsed.get("entities") or []
        ],
        action=answering_action(events),
        article=_article(events),
        ms=round((time.perf_counter() - started) * 1000),
    )


def _last_message(tracker: DialogueStateTracker) -> UserUttered | None:
    """Return the customer's last message, also when a fallback has since reverted it."""
    return next((event for event in reversed(tracker.events) if isinstance(event, UserUttered)), None)


def _events_of_last_turn(tracker: DialogueStateTracker) -> list[Event]:
    """Return the events after the customer's last message."""
    events = list(tracker.events)
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], UserUttered):
            return events[index + 1 :]
    return []


def answering_action(events: Sequence[Event]) -> str | None:
    """Return the last action that said something, else the last that ran, else None."""
    current: str | None = None
    answered: str | None = None
    for event in events:
        if isinstance(event, ActionExecuted) and event.action_name not in _SILENT_ACTIONS:
            current = event.action_name
        elif isinstance(event, BotUttered) and current is not None:
            answered = current
    return answered or current


def _replies(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return text, buttons, card and article of every utterance that shows something."""
    replies = []
    for event in events:
        if not isinstance(event, BotUttered):
            continue
        custom = event.data.get("custom") or {}
        buttons = [
            {"title": button["title"], "payload": button["payload"]}
            for button in event.data.get("buttons") or []
        ]
        reply = {"text": event.text or None, "buttons": buttons, "card": custom.get("card")}
        if any(reply.values()):
            replies.append(reply | {"article": custom.get("article")})
    return replies


def _article(events: Sequence[Event]) -> dict[str, Any] | None:
    """Return the knowledge article that the last utterance naming one was taken from."""
    article: dict[str, Any] | None = None
    for event in events:
        if isinstance(event, BotUttered):
            article = (event.data.get("custom") or {}).get("article") or article
    return article


def _name_and_confidence(item: dict[str, Any]) -> dict[str, Any]:
    """Keep the two fields of the contract."""
    return {"name": item.get("name"), "confidence": round(float(item.get("confidence") or 0.0), 4)}
