"""A web customer as the widget is one: a session, a WebSocket, messages in, messages out."""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect


@dataclass
class WebCustomer:
    """Sends one message at a time and keeps every frame that came, for the ledger."""

    base: str
    bank_token: str | None = None
    conversation: str = ""
    start: int = 0  # seq of the last message before this visit
    sent: dict[str, float] = field(default_factory=dict)  # client id → when it was sent
    accepted: dict[str, int] = field(default_factory=dict)  # client id → seq
    shown: list[dict[str, Any]] = field(default_factory=list)  # message frames to the customer, as they came
    refused: list[dict[str, Any]] = field(default_factory=list)
    _socket: ClientConnection | None = field(default=None, repr=False)
    _reader: "asyncio.Task[None] | None" = field(default=None, repr=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def __aenter__(self) -> Self:
        body = {"bank_token": self.bank_token} if self.bank_token else {}
        async with httpx.AsyncClient(base_url=self.base, trust_env=False, timeout=30) as http:
            session = (await http.post("/chat/sessions", json=body)).raise_for_status().json()
        self.conversation = session["conversation"]
        address = self.base.replace("http", "ws", 1) + "/chat/ws"
        self._socket = await connect(address, proxy=None, open_timeout=30)
        self.start = max((message["seq"] for message in session["messages"]), default=0)
        hello = {"type": "hello", "token": session["token"], "conversation": self.conversation}
        hello["after"] = self.start
        await self._socket.send(json.dumps(hello))
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._reader:
            self._reader.cancel()
        if self._socket:
            await self._socket.close()

    async def say(self, text: str, timeout: float = 60) -> tuple[list[dict[str, Any]], float]:
        """Send a text and wait for its reply: the message frames and the milliseconds to the first of them.

        Raises TimeoutError.
        """
        assert self._socket is not None, "enter the context first"
        client_id = uuid.uuid4().hex
        start = time.perf_counter()
        self.sent[client_id] = start
        await self._socket.send(json.dumps({"type": "message", "id": client_id, "text": text}))
        async with asyncio.timeout(timeout):
            while not self._replies(client_id):
                if self.refused:
                    raise RuntimeError(f"the message was refused: {self.refused[-1]}")
                self._changed.clear()
                await self._changed.wait()
        elapsed = (time.perf_counter() - start) * 1000
        # The replies of a turn are stored in one transaction and arrive together.
        await asyncio.sleep(0.02)
        return self._replies(client_id), elapsed

    def _replies(self, client_id: str) -> list[dict[str, Any]]:
        seq = self.accepted.get(client_id)
        return [] if seq is None else [message for message in self.shown if message["reply_to"] == seq]

    async def _read(self) -> None:
        assert self._socket is not None
        async for raw in self._socket:
            frame = json.loads(raw)
            if frame["type"] == "accepted":
                self.accepted[frame["id"]] = frame["seq"]
            elif frame["type"] == "message" and frame["from"] != "customer":
                self.shown.append(frame)
                await self._socket.send(json.dumps({"type": "ack", "seq": frame["seq"]}))
            elif frame["type"] == "error":
                self.refused.append(frame)
            self._changed.set()
