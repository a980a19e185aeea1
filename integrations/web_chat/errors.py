"""Refusals of the web chat: a stable code, an HTTP status, a sentence for the customer."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException

from integrations.crm.conversations.errors import ConversationError
from integrations.crm.customers.errors import CustomerError, DirectoryError
from integrations.web_chat.wording import REFUSALS

_STATUS = {
    "token_missing": 401,
    "token_invalid": 401,
    "token_expired": 401,
    "token_too_long": 401,
    "customer_not_found": 401,
    "conversation_not_found": 404,
    "image_not_found": 404,
    "body_too_big": 413,
    "image_too_big": 413,
    "image_type": 415,
    "too_fast": 429,
    "unavailable": 503,
}
_UNPROCESSABLE = 422


class ChatError(HTTPException):
    """A refusal with `code`, the customer's `message` and an HTTP status."""

    def __init__(self, code: str, *, headers: Mapping[str, str] | None = None, **data: Any) -> None:
        self.code = code
        self.message = REFUSALS[code].format(**data)
        super().__init__(_STATUS.get(code, _UNPROCESSABLE), self.message, dict(headers or {}))

    def body(self) -> dict[str, str]:
        """The JSON shape of REST errors."""
        return {"error": self.code, "message": self.message}

    def frame(self, message_id: str | None = None) -> dict[str, Any]:
        """The JSON shape of WebSocket errors; `id` names the refused message."""
        frame: dict[str, Any] = {"type": "error", "code": self.code, "message": self.message}
        if message_id is not None:
            frame["id"] = message_id
        if "Retry-After" in (self.headers or {}):
            frame["retry_after"] = int(self.headers["Retry-After"])  # type: ignore[index]
        return frame


def refusal(error: ConversationError | CustomerError) -> ChatError:
    """The domain's error as this edge tells it."""
    if isinstance(error, DirectoryError):
        return ChatError("unavailable")
    code = error.code if error.code in REFUSALS else "bad_request"
    return ChatError(code, **error.data)
