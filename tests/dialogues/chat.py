"""A customer for dialogue tests: says something, gets what the front desk answers."""

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from tests.system import System

_ANSWER_SECONDS = 45


@dataclass
class Said:
    """All replies to one message."""

    messages: list[dict[str, Any]]

    @property
    def text(self) -> str:
        """Texts, card titles, rows and notes as one string."""
        parts: list[str] = []
        for message in self.messages:
            card = message.get("card") or {}
            parts += [
                message["text"],
                card.get("title", ""),
                card.get("subtitle") or "",
                card.get("note") or "",
            ]
            parts += [f"{label} {value}" for label, value in card.get("rows") or []]
        return "\n".join(part for part in parts if part)

    @property
    def buttons(self) -> list[str]:
        """Titles of the quick replies and of cards' buttons."""
        found: list[str] = []
        for message in self.messages:
            found += [b["title"] for b in message.get("buttons") or []]
            found += [b["title"] for b in (message.get("card") or {}).get("buttons") or []]
        return found

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards, in order."""
        return [message["card"] for message in self.messages if message.get("card")]

    def __contains__(self, words: str) -> bool:
        return words in self.text


@dataclass
class Chat:
    """One web customer over REST; `bank_customer` is a customer number the bank's token names."""

    system: System
    bank_customer: str | None = None
    token: str = ""
    conversation: str = ""
    seq: int = 0

    def __post_init__(self) -> None:
        body: dict[str, str] = {}
        if self.bank_customer:
            claims = {
                "sub": self.bank_customer,
                "aud": "qiantai",
                "exp": datetime.now(UTC) + timedelta(hours=1),
            }
            secret = self.system.settings.customer_token_secret.get_secret_value()
            body["bank_token"] = jwt.encode(claims, secret, algorithm="HS256")
        session = self.system.http.post("/chat/sessions", json=body).raise_for_status().json()
        self.token, self.conversation = session["token"], session["conversation"]

    def say(self, text: str) -> Said:
        """Send a text and wait for the answer to it."""
        seq = self.send(text)
        return self.wait_reply(seq)

    def send(self, text: str, message_id: str | None = None) -> int:
        """Send without waiting; returns the message's seq."""
        body = {"id": message_id or uuid.uuid4().hex, "text": text}
        response = self.system.http.post(
            f"/chat/conversations/{self.conversation}/messages", json=body, headers=self.auth
        )
        response.raise_for_status()
        return int(response.json()["seq"])

    def wait_reply(self, seq: int) -> Said:
        """All replies to the message with this seq."""
        deadline = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < deadline:
            replies = [m for m in self.messages(after=seq) if m.get("reply_to") == seq]
            if replies:
                return Said(replies)
            time.sleep(0.03)
        raise AssertionError(f"no answer to message {seq} in {_ANSWER_SECONDS} s")

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """The conversation's messages with a larger seq."""
        path = f"/chat/conversations/{self.conversation}/messages"
        response = self.system.http.get(path, params={"after": after}, headers=self.auth)
        body = response.raise_for_status().json()
        return list(body["messages"] if isinstance(body, dict) else body)

    def verify(self, phone: str, tail: str) -> Said:
        """Go through verification after a service has asked for it; returns what follows the right code."""
        self.say(phone)
        self.say(tail)
        return self.say(self.system.last_code(phone))

    @property
    def auth(self) -> dict[str, str]:
        """The header that says who the customer is."""
        return {"Authorization": f"Bearer {self.token}"}
