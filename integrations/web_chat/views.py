"""What the browser is shown of messages and conversations, as JSON objects."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from integrations.crm.conversations.repository import ahead_in_queue
from integrations.crm.models import Conversation
from integrations.web_chat import repository


def stored_id(conversation: str, message_id: str) -> str:
    """The id a customer's message is stored under.

    A browser chooses its ids freely, so they count within its own conversation only: nobody can
    take an id before another customer, or before a reply of the bot.
    """
    return f"web:{conversation}:{message_id}"


def show_message(conversation: str, row: Row[Any]) -> dict[str, Any]:
    """A message as frame (`type` message). `image` is a path that asks for the same token."""
    attachment = row.payload.get("attachment")
    return {
        "type": "message",
        "seq": row.seq,
        "id": row.external_id.removeprefix(stored_id(conversation, "")),
        "from": row.sender,
        "kind": row.kind,
        "text": row.text,
        "buttons": row.payload.get("buttons", []),
        "card": row.payload.get("card"),
        "article": row.payload.get("article"),
        "at": iso(row.created_at),
        "image": f"/chat/conversations/{conversation}/images/{attachment}" if attachment else None,
        "agent": row.agent,
        "reply_to": row.reply_to,
    }


def show_holder(session: Session, conversation: Conversation) -> dict[str, Any]:
    """Who answers now: holder, how many wait before the customer, the agent's display name."""
    queued = conversation.holder == "queued"
    return {
        "holder": conversation.holder,
        "ahead": ahead_in_queue(session, conversation) if queued else 0,
        "agent": repository.agent_name(session, conversation),
    }


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
