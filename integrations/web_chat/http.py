"""What every HTTP route of the web chat shares: refusals as JSON, bounded bodies, other origins."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import Message

from integrations.crm.conversations.errors import ConversationError
from integrations.crm.customers.errors import CustomerError
from integrations.web_chat.errors import ChatError, refusal
from integrations.web_chat.frames import MAX_FRAME, parse_json

# Tokens travel in a header, never in cookies, so any page of the bank may embed the chat.
CROSS_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
T = TypeVar("T")


class ChatRoute(APIRoute):
    """Answers refusals as `{"error", "message"}` and lets pages of other origins call."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response = await handler(request)
            except ChatError as error:
                response = JSONResponse(error.body(), error.status_code, error.headers)
            except (ConversationError, CustomerError) as error:
                refused = refusal(error)
                response = JSONResponse(refused.body(), refused.status_code)
            except (RequestValidationError, HTTPException):
                response = JSONResponse(ChatError("bad_request").body(), 422)
            except OperationalError:
                # The database is locked or away: the browser tries again with the same id.
                response = JSONResponse(ChatError("unavailable").body(), 503)
            response.headers.update(CROSS_ORIGIN)
            return response

        return handle


def bounded(request: Request, most: int, code: str, **data: Any) -> Request:
    """The same request, whose body raises ChatError(`code`) once it is over `most` bytes."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > most:
        raise ChatError(code, **data)
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > most:
            raise ChatError(code, **data)
        return message

    return Request(request.scope, receive)


async def json_body(request: Request, adapter: TypeAdapter[T]) -> T:
    """The request's JSON body. Raises ChatError 413 where it is over MAX_FRAME, 422 where malformed."""
    body = await bounded(request, MAX_FRAME, "body_too_big").body()
    try:
        return parse_json(body, adapter)
    except ValueError as error:
        raise ChatError("bad_request") from error


def bearer(request: Request) -> str:
    """The token of the Authorization header. Raises ChatError 401 where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ChatError("token_missing")
    return token.strip()
