"""A browser's side of the chat, as far as a test needs it."""

import json
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.web_chat.server import ChatServer


class Socket:
    """One WebSocket after its hello."""

    def __init__(
        self, server: ChatServer, session: dict[str, Any], after: int = 0, hello: bool = True
    ) -> None:
        self.server = server
        self.line: ClientConnection = connect(
            server.base.replace("http", "ws") + "/chat/ws", proxy=None, max_size=None
        )
        if hello:
            self.send(type="hello", token=session["token"], conversation=session["conversation"], after=after)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.close()

    def send(self, **frame: Any) -> None:
        self.line.send(json.dumps(frame))

    def say(self, message_id: str, text: str) -> dict[str, Any]:
        self.send(type="message", id=message_id, text=text)
        return self.until("accepted")

    def next(self, timeout: float = 5) -> dict[str, Any]:
        return dict(json.loads(self.line.recv(timeout)))

    def until(self, kind: str, *, sender: str | None = None, **fields: Any) -> dict[str, Any]:
        """The next frame of this type with these fields."""
        if sender is not None:
            fields["from"] = sender
        while True:
            frame = self.next()
            if frame["type"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                return frame

    def messages(self, count: int) -> list[dict[str, Any]]:
        return [self.until("message") for _ in range(count)]


class Rest:
    """The REST side of one session."""

    def __init__(self, server: ChatServer, session: dict[str, Any]) -> None:
        self.conversation = session["conversation"]
        self.path = f"/chat/conversations/{self.conversation}"
        self.http = httpx.Client(
            base_url=server.base,
            headers={"Authorization": f"Bearer {session['token']}"},
            trust_env=False,
            timeout=20,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def say(self, message_id: str, text: str) -> httpx.Response:
        return self.http.post(f"{self.path}/messages", content=json.dumps({"id": message_id, "text": text}))

    def after(self, seq: int = 0) -> list[dict[str, Any]]:
        found = self.http.get(f"{self.path}/messages", params={"after": seq}).raise_for_status().json()
        return list(found["messages"])

    def upload(self, data: bytes, name: str = "a.png", message_id: str = "picture-1") -> httpx.Response:
        return self.http.post(f"{self.path}/images", data={"id": message_id}, files={"file": (name, data)})
