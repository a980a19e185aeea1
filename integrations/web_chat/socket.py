"""One WebSocket: a reader that takes frames, a writer that brings what is new in the database."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import structlog
from fastapi import WebSocket, WebSocketDisconnect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.websockets import WebSocketState

from integrations.crm.conversations.errors import ConversationError
from integrations.crm.models import Conversation
from integrations.web_chat import repository
from integrations.web_chat.context import Chat
from integrations.web_chat.errors import ChatError, refusal
from integrations.web_chat.frames import FRAME, MAX_FRAME, Ack, Hello, MessageFrame, Ping, id_of, parse_json
from integrations.web_chat.hub import Listener
from integrations.web_chat.limiter import check_rate
from integrations.web_chat.views import show_holder, show_message

log = structlog.get_logger()

HELLO_SECONDS = 10.0
SOCKETS_PER_VISITOR = 5
LOOK_AGAIN_SECONDS = 10.0
"""A ping makes the writer look in the database, at most this often."""
_CLOSE = {
    "hello_expected": 4400,
    "bad_frame": 4400,
    "hello_timeout": 4408,
    "conversation_not_found": 4404,
    "frame_too_big": 1009,
    "too_many_sockets": 4429,
    "unavailable": 1013,
}
_UNAUTHORISED = 4401


async def serve(websocket: WebSocket, chat: Chat) -> None:
    """Run a socket from its first frame to its end."""
    await websocket.accept()
    connection = Connection(websocket, chat)
    try:
        await connection.run()
    except ChatError as error:
        await connection.refuse(error)
    except SQLAlchemyError:
        log.warning("web_chat.database_failed", exc_info=True)
        await connection.refuse(ChatError("unavailable"))
    except WebSocketDisconnect:
        pass
    except RuntimeError:
        # Starlette's answer to a frame that is sent after the other side has gone.
        if websocket.client_state is WebSocketState.CONNECTED is websocket.application_state:
            raise


class Connection:
    """The state of one socket: who it is, which conversation, and the last `seq` sent."""

    def __init__(self, websocket: WebSocket, chat: Chat) -> None:
        self._websocket = websocket
        self._chat = chat
        self._sending = asyncio.Lock()
        self._sent = 0
        self._to_confirm = 0  # last seq sent that has an outbox row
        self._confirmed = 0
        self._looked = 0.0
        self._holder: dict[str, Any] = {}

    async def run(self) -> None:
        """Say hello, then read and write until the socket closes."""
        hello = await self._hello()
        visitor = self._chat.holder(hello.token).external_user
        await self._chat.hub.start()
        try:
            conversation, unconfirmed = await self._chat.database.read(
                lambda session: self._greet(session, hello, visitor)
            )
        except ConversationError as error:
            raise refusal(error) from error
        if unconfirmed:
            # It has them on the screen; the acknowledgement was lost with the last connection.
            self._chat.hub.acknowledge(conversation, self._sent)
        listener = Listener(conversation, visitor)
        if not self._chat.hub.join(listener, SOCKETS_PER_VISITOR):
            raise ChatError("too_many_sockets")
        try:
            await self._converse(listener)
        finally:
            self._chat.hub.leave(listener)

    async def refuse(self, error: ChatError) -> None:
        """Tell why, then close."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._send(error.frame())
            await self._websocket.close(_CLOSE.get(error.code, _UNAUTHORISED))

    async def _hello(self) -> Hello:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                raw = await self._receive()
        except TimeoutError as error:
            raise ChatError("hello_timeout") from error
        try:
            frame = parse_json(raw, FRAME)
        except ValueError as error:
            raise ChatError("bad_frame") from error
        if not isinstance(frame, Hello):
            raise ChatError("hello_expected")
        return frame

    def _greet(self, session: Session, hello: Hello, visitor: str) -> tuple[Conversation, bool]:
        # On a worker thread: the hub belongs to the event loop and is told there.
        conversation = repository.own_conversation(session, hello.conversation, visitor)
        self._sent = self._confirmed = min(hello.after, conversation.last_seq)
        unconfirmed = bool(self._sent) and repository.has_unshown(session, conversation.id, self._sent)
        session.expunge_all()
        return conversation, unconfirmed

    async def _converse(self, listener: Listener) -> None:
        for kind in ("holder", "message", "resumed"):
            listener.tell(kind)
        tasks = (
            asyncio.create_task(self._write(listener)),
            asyncio.create_task(self._read(listener)),
        )
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    # reading

    async def _read(self, listener: Listener) -> None:
        while True:
            raw = await self._receive()
            try:
                await self._take(raw, listener)
            except ConversationError as error:
                await self._send(refusal(error).frame(id_of(raw)))
            except ChatError as error:
                await self._send(error.frame(id_of(raw)))
            except SQLAlchemyError:
                log.warning("web_chat.message_failed", exc_info=True)
                await self._send(ChatError("unavailable").frame(id_of(raw)))

    async def _take(self, raw: str, listener: Listener) -> None:
        try:
            frame = parse_json(raw, FRAME)
        except ValueError as error:
            await check_rate(self._chat.limiter, listener.visitor)
            raise ChatError("bad_frame") from error
        match frame:
            case MessageFrame():
                await self._take_message(frame, listener)
            case Ack():
                self._take_ack(frame, listener)
            case Ping():
                await self._take_ping(listener)
            case Hello():
                raise ChatError("bad_frame")

    async def _take_message(self, frame: MessageFrame, listener: Listener) -> None:
        await check_rate(self._chat.limiter, listener.visitor)
        taken = await self._chat.store(listener.visitor, listener.conversation.public_id, frame)
        await self._send({"type": "accepted", "id": frame.id, "seq": taken.seq, "duplicate": taken.duplicate})

    def _take_ack(self, frame: Ack, listener: Listener) -> None:
        # Nobody can confirm what was not sent, and the customer's own messages need no confirmation.
        seq = min(frame.seq, self._to_confirm)
        if seq > self._confirmed:
            self._confirmed = seq
            self._chat.hub.acknowledge(listener.conversation, seq)

    async def _take_ping(self, listener: Listener) -> None:
        await self._send({"type": "pong"})
        now = asyncio.get_running_loop().time()
        if now - self._looked >= LOOK_AGAIN_SECONDS:
            self._looked = now
            listener.tell("message")
            if self._holder.get("holder") == "queued":
                listener.tell("holder")

    async def _receive(self) -> str:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        raw = message.get("text")
        if raw is None:
            raise ChatError("bad_frame")
        if len(raw) > MAX_FRAME or len(raw.encode("utf-8", "surrogatepass")) > MAX_FRAME:
            raise ChatError("frame_too_big")
        return str(raw)

    # writing

    async def _write(self, listener: Listener) -> None:
        while True:
            kinds = await listener.next()
            if "holder" in kinds:
                await self._send_holder(listener.conversation)
            if "turn" in kinds:
                # Before the messages: one of them may be the answer, which ends the waiting.
                await self._send_typing("bot")
            if "message" in kinds:
                await self._send_messages(listener.conversation)
            if "resumed" in kinds and await self._waits(listener.conversation):
                await self._send_typing("bot")
            if "typing" in kinds:
                await self._send_typing("agent")

    async def _send_messages(self, conversation: Conversation) -> None:
        while True:
            rows = await self._chat.database.read(
                lambda session: repository.messages_to_show(session, conversation.id, self._sent)
            )
            for row in rows:
                await self._send(show_message(conversation.public_id, row))
                self._sent = row.seq
                if row.sender != "customer":
                    self._to_confirm = row.seq
            if len(rows) < repository.PAGE:
                return

    async def _send_holder(self, conversation: Conversation) -> None:
        def read(session: Session) -> dict[str, Any]:
            return show_holder(session, session.get_one(Conversation, conversation.id))

        holder = await self._chat.database.read(read)
        if holder != self._holder:
            self._holder = holder
            await self._send({"type": "holder", **holder})

    async def _waits(self, conversation: Conversation) -> bool:
        return await self._chat.database.read(
            lambda session: repository.waits_for_bot(session, conversation.id)
        )

    async def _send_typing(self, who: str) -> None:
        await self._send({"type": "typing", "from": who, "on": True})

    async def _send(self, frame: dict[str, Any]) -> None:
        text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
        async with self._sending:
            await self._websocket.send_text(text)
