"""Keeps what customers write out of the bot's log.

Rasa logs message texts, entities, slots and events at DEBUG (``processor.message.parse`` and others)
and, when structlog was never configured, at every level. Personal data must not be logged
(JR/T 0171-2020, RULES.md), so these values are replaced whatever level the operator chooses.
"""

from __future__ import annotations

import logging
from typing import Any

import rasa.utils.log_utils
import structlog

PERSONAL_KEYS = frozenset({
    "text", "response_text", "user_text", "slot_values", "parse_data_text", "parse_data_entities",
    "prediction_events", "tracker_latest_message", "prefilled_slots", "message", "response",
    "slot_candidates", "rasa_event", "rasa_events", "tracker_states", "current_states", "old_states",
    "successes", "current_entity", "next_entity", "states", "entity", "token_text", "user_message",
    "json_message",
})  # fmt: skip
REMOVED = "[removed]"


def remove_personal_data(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace every value that may carry a customer's words (structlog processor)."""
    return {key: REMOVED if key in PERSONAL_KEYS else value for key, value in event.items()}


def install() -> None:
    """Put the processor first, and keep Rasa's plain loggers at INFO or above.

    Plain ``logging`` messages of Rasa at DEBUG contain slots and texts inside the message itself and
    cannot be filtered by key.
    """
    if not structlog.is_configured():
        rasa.utils.log_utils.configure_structlog(logging.INFO)
    processors = structlog.get_config()["processors"]
    if remove_personal_data not in processors:
        # In place: loggers that were already bound share this list.
        processors.insert(0, remove_personal_data)
    rasa_logger = logging.getLogger("rasa")
    if rasa_logger.getEffectiveLevel() < logging.INFO:
        rasa_logger.setLevel(logging.INFO)
