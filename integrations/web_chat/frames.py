"""What a customer's browser may send: bodies of REST requests and frames of the WebSocket."""

import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from integrations.crm.conversations.redaction import readable

MAX_FRAME = 64 * 1024
"""Longest frame or JSON body, in bytes."""


def _readable(value: Any) -> Any:
    # Lone surrogates are legal in JSON and illegal in UTF-8: they go before anything else sees them.
    return readable(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_readable)]
MessageId = Annotated[str, BeforeValidator(_readable), Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ConversationId = Annotated[str, BeforeValidator(_readable), Field(pattern=r"^[0-9a-f]{32}$")]
Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class SessionRequest(_Strict):
    """Open or resume a session; without a token a new visitor is made."""

    bank_token: Text | None = Field(None, max_length=4096)
    token: Text | None = Field(None, max_length=4096)


class MessageRequest(_Strict):
    """One message; `id` is the sender's own: the same id is stored once."""

    id: MessageId
    text: Text


class Hello(_Strict):
    """First frame: who, which conversation, and the last `seq` that the browser already has."""

    type: Literal["hello"]
    token: Text = Field(max_length=4096)
    conversation: ConversationId
    after: Seq = 0


class MessageFrame(MessageRequest):
    """A message of the customer."""

    type: Literal["message"]


class Ack(_Strict):
    """Everything up to `seq` has reached the customer."""

    type: Literal["ack"]
    seq: Seq


class Ping(_Strict):
    """Keeps the line open; also asks whether anything was missed."""

    type: Literal["ping"]


Frame = Annotated[Hello | MessageFrame | Ack | Ping, Field(discriminator="type")]
FRAME: TypeAdapter[Hello | MessageFrame | Ack | Ping] = TypeAdapter(Frame)
T = TypeVar("T")


def parse_json(raw: str | bytes, adapter: TypeAdapter[T]) -> T:
    """The JSON text as a checked object. Raises ValueError for anything else."""
    try:
        return adapter.validate_python(json.loads(raw))
    except (ValidationError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError("not a valid frame") from error


def id_of(raw: str) -> str | None:
    """The message id of a frame that could not be taken, where it has a usable one."""
    try:
        value = json.loads(raw)
        return TypeAdapter(MessageId).validate_python(value.get("id"), strict=True)
    except (ValueError, AttributeError, RecursionError):
        return None
