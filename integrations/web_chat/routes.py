"""The web chat's routes: sessions, messages, images, the WebSocket, and the pages."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response, WebSocket
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from integrations.crm.conversations.service import open_conversation
from integrations.crm.customers.directory import CustomerDirectory, SqlDirectory
from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.web_chat import images, pages, repository, socket
from integrations.web_chat.context import Chat
from integrations.web_chat.frames import MessageRequest, SessionRequest
from integrations.web_chat.http import ChatRoute, bearer, json_body
from integrations.web_chat.hub import Hub
from integrations.web_chat.limiter import Limiter, check_rate, make_limiter
from integrations.web_chat.tokens import Holder, issue_visitor_token, read_token, resolve_visitor
from integrations.web_chat.views import show_holder, show_message

_SESSION = TypeAdapter(SessionRequest)
_MESSAGE = TypeAdapter(MessageRequest)
_CROSS_ORIGIN_PATHS = (
    "/chat/sessions",
    "/chat/conversations/{conversation}/messages",
    "/chat/conversations/{conversation}/images",
    "/chat/conversations/{conversation}/images/{attachment}",
)


def make_router(
    database: Database,
    settings: Settings,
    clock: Callable[[], datetime],
    limiter: Limiter | None = None,
    directory: CustomerDirectory | None = None,
) -> APIRouter:
    """All routes of the web chat. The limiter defaults to the one the settings ask for.

    `directory` tells which customer a bank's token names (default: our own tables).
    """
    hub = Hub(database, clock)
    chat = Chat(
        database, settings, clock, limiter or make_limiter(settings), hub, directory or SqlDirectory()
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await chat.hub.stop()

    router = APIRouter(route_class=ChatRoute, lifespan=lifespan)
    _add_sessions(router, chat)
    _add_messages(router, chat)
    images.add_routes(router, chat)
    pages.add_routes(router)

    @router.websocket("/chat/ws")
    async def websocket(websocket: WebSocket) -> None:
        await socket.serve(websocket, chat)

    async def preflight() -> Response:
        return Response(status_code=204)

    for path in _CROSS_ORIGIN_PATHS:
        router.add_api_route(path, preflight, methods=["OPTIONS"], include_in_schema=False)
    return router


def _add_sessions(router: APIRouter, chat: Chat) -> None:
    @router.post("/chat/sessions")
    async def open_session(request: Request) -> dict[str, Any]:
        """Open or resume the visitor's conversation; the answer carries the token to use from now on."""
        wanted = await json_body(request, _SESSION)
        now = chat.clock()
        token, holder = _token_for(wanted, chat.settings, now)

        def work(session: Session) -> dict[str, Any]:
            conversation = open_conversation(session, resolve_visitor(session, holder, chat.directory), now)
            rows = repository.latest_messages(session, conversation.id)
            return {
                "token": token,
                "conversation": conversation.public_id,
                "messages": [show_message(conversation.public_id, row) for row in rows],
                **show_holder(session, conversation),
                "known": conversation.level != "none",
                "bank": {"name": chat.settings.bank_name, "hotline": chat.settings.hotline},
                "upload_limit": chat.settings.upload_limit_bytes,
            }

        return await chat.database.run(work)


def _token_for(wanted: SessionRequest, settings: Settings, now: datetime) -> tuple[str, Holder]:
    """The token to use and whom it names; an anonymous visitor's is renewed each time."""
    if wanted.bank_token:
        return wanted.bank_token, read_token(wanted.bank_token, settings, now)
    if wanted.token:
        holder = read_token(wanted.token, settings, now)
        if holder.customer_number is not None:
            return wanted.token, holder
        return issue_visitor_token(settings, now, holder.external_user), holder
    token = issue_visitor_token(settings, now)
    return token, read_token(token, settings, now)


def _add_messages(router: APIRouter, chat: Chat) -> None:
    @router.post("/chat/conversations/{conversation}/messages", status_code=202)
    async def send_message(conversation: str, request: Request) -> dict[str, Any]:
        """Store one message; the same id again answers the same `seq` with `duplicate` true."""
        visitor = chat.holder(bearer(request)).external_user
        await check_rate(chat.limiter, visitor)
        message = await json_body(request, _MESSAGE)
        taken = await chat.store(visitor, conversation, message)
        return {"seq": taken.seq, "duplicate": taken.duplicate}

    @router.get("/chat/conversations/{conversation}/messages")
    async def list_messages(conversation: str, request: Request, after: int = 0) -> dict[str, Any]:
        """Messages after a `seq`, oldest first; `more` tells that another page follows.

        Asking for what comes after a message confirms that everything up to it has arrived.
        """
        visitor = chat.holder(bearer(request)).external_user
        start = min(max(after, 0), 2**31 - 1)

        def work(session: Session) -> dict[str, Any]:
            found = repository.own_conversation(session, conversation, visitor)
            rows = repository.messages_to_show(session, found.id, start)
            answer = {
                "messages": [show_message(conversation, row) for row in rows],
                "more": len(rows) == repository.PAGE,
                **show_holder(session, found),
            }
            arrived = min(start, found.last_seq)
            unconfirmed = arrived > 0 and repository.has_unshown(session, found.id, arrived)
            session.expunge_all()
            confirmed.extend([found] if unconfirmed else [])
            return answer

        confirmed: list[Any] = []
        answer = await chat.database.read(work)
        if confirmed:
            await chat.hub.start()
            chat.hub.acknowledge(confirmed[0], start)
        return answer
