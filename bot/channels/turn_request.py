"""Reads and checks the body of a turn request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.nlu.normalizer import normalize

_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
MESSAGE_ID_LIMIT = 128
# What the bot reads when nothing readable is left: it does not understand it and says so.
EMPTY_TEXT = "…"


class BadRequest(ValueError):
    """The request does not follow the contract; the message names the field."""


@dataclass(frozen=True)
class TurnRequest:
    """One customer message as the bot is to read it."""

    sender: str
    message_id: str
    text: str
    metadata: dict[str, Any]


def parse_turn_request(body: object) -> TurnRequest:
    """Return the checked request with its text made safe for Rasa; raise ``BadRequest``."""
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    sender = body.get("sender")
    if not isinstance(sender, str) or not _SENDER.fullmatch(sender):
        raise BadRequest("sender is missing or malformed")
    message_id = body.get("message_id")
    if not isinstance(message_id, str) or not 0 < len(message_id) <= MESSAGE_ID_LIMIT:
        raise BadRequest("message_id is missing or too long")
    text = body.get("text")
    if not isinstance(text, str):
        raise BadRequest("text is missing")
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        raise BadRequest("metadata must be an object")
    return TurnRequest(sender, message_id, text_for_rasa(text), metadata)


def text_for_rasa(text: str) -> str:
    """Normalise, and take away leading slashes.

    Rasa reads ``/intent{"entity": 1}`` and ``/restart`` as commands: nobody outside may give them.
    """
    return normalize(normalize(text).lstrip("/ ")) or EMPTY_TEXT
