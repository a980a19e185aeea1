"""What can go wrong with a conversation. Codes are mapped to statuses and words at the edges."""

from typing import Any


class ConversationError(Exception):
    """Base of this room's errors; `code` is a stable machine word, `data` what the edge may show."""

    code = "conversation_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code)
        self.data = data


class ConversationNotFound(ConversationError):
    """No such conversation, or not one this person may see."""

    code = "conversation_not_found"


class AlreadyTaken(ConversationError):
    """Another agent holds it; `data["agent"]` is their display name."""

    code = "already_taken"


class NotHolding(ConversationError):
    """The agent does not hold this conversation."""

    code = "not_holding"


class CannotSend(ConversationError):
    """The messenger takes no message now; `data["reason"]` is window_closed or quota_spent."""

    code = "cannot_send"


class EmptyMessage(ConversationError):
    """Nothing readable is left of the text."""

    code = "empty_message"


class MessageTooLong(ConversationError):
    """The text is over `MAX_TEXT` characters; `data["limit"]` names the limit."""

    code = "message_too_long"
