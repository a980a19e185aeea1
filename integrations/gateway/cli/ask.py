"""`qiantai ask`: what the running system says to each question, as a customer's first message."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session
from websockets.exceptions import WebSocketException

from integrations.crm.conversations.errors import ConversationError
from integrations.crm.conversations.repository import get_conversation
from integrations.crm.database import Database
from integrations.crm.models import Message
from integrations.crm.settings import Settings, get_settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.progress import bar
from integrations.gateway.cli.text_files import numbered_lines
from integrations.gateway.cli.web_customer import WebCustomer


def ask(file: Path, out: Path, parallel: int) -> None:
    """Write one JSON object a line, in the order of the questions. Raises CliError."""
    questions = read_questions(file)
    settings = get_settings()
    base = running_at(settings)
    database = Database(settings.database_url)
    try:
        with out.open("w", encoding="utf-8") as target:
            asyncio.run(_ask_all(questions, base, database, parallel, target))
    except OSError as error:
        raise CliError(f"Could not write {out}: {error.strerror}") from error


def running_at(settings: Settings, start: str = "qiantai run") -> str:
    """The address of the running system. Raises CliError, telling to ``start`` it, when nothing answers."""
    base = f"http://{settings.host}:{settings.port}"
    try:
        httpx.get(f"{base}/live", timeout=5, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise CliError(f"Nothing answers at {base}: start the system with `{start}`.") from error
    return base


def read_questions(file: Path) -> list[str]:
    """The lines that say something. Raises CliError."""
    return [line.strip() for _, line in numbered_lines(file)]


async def _ask_all(questions: list[str], base: str, database: Database, parallel: int, target: Any) -> None:
    slots = asyncio.Semaphore(parallel)

    async def one(question: str) -> dict[str, Any]:
        async with slots:
            answer = await _ask_one(question, base, database)
            progress.advance(progress.task_ids[0])
            return answer

    with bar("提问", len(questions)) as progress:
        tasks = [asyncio.create_task(one(question)) for question in questions]
        for task in tasks:
            # In order and at once: an interrupted run keeps what it has.
            target.write(json.dumps(await task, ensure_ascii=False) + "\n")
            target.flush()


async def _ask_one(question: str, base: str, database: Database) -> dict[str, Any]:
    try:
        return (await put(question, base, database)).row()
    except UnansweredError as error:
        empty = {"intent": None, "confidence": None, "action": None, "article": None, "ms": None}
        return {"question": question, "replies": []} | empty | {"error": str(error)}


class UnansweredError(Exception):
    """The system gave no answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, all replies to it as the customer gets them, what was understood, and milliseconds."""

    question: str
    replies: list[dict[str, Any]]
    understood: dict[str, Any]
    ms: float

    @property
    def article(self) -> str | None:
        """The id of the article that was shown."""
        return (self.understood.get("article") or {}).get("id")

    def row(self) -> dict[str, Any]:
        """The line that `qiantai ask` writes."""
        return {
            "question": self.question,
            "replies": [_as_text(reply) for reply in self.replies],
            "intent": self.understood.get("intent"),
            "confidence": self.understood.get("confidence"),
            "action": self.understood.get("action"),
            "article": self.article,
            "ms": round(self.ms, 1),
        }


async def put(question: str, base: str, database: Database) -> Asked:
    """Ask as a new customer. Raises UnansweredError."""
    try:
        async with WebCustomer(base) as customer:
            replies, elapsed = await customer.say(question)
            understood = await database.read(lambda session: _understood(session, customer.conversation))
    except (TimeoutError, RuntimeError, httpx.HTTPError, WebSocketException, ConversationError) as error:
        raise UnansweredError(str(error) or type(error).__name__) from error
    return Asked(question, replies, understood, elapsed)


def _understood(session: Session, public_id: str) -> dict[str, Any]:
    conversation = get_conversation(session, public_id)
    query = select(Message.understood).where(
        Message.conversation_id == conversation.id, Message.sender == "customer"
    )
    return session.scalar(query.order_by(Message.seq).limit(1)) or {}


def _as_text(reply: dict[str, Any]) -> str:
    """A reply as one text: a card's title and rows under the words, what can be tapped in the last line."""
    lines = [reply["text"]] if reply["text"] else []
    card = reply.get("card")
    if card:
        lines.append(card["title"])
        lines += [f"{label}：{value}" for label, value in card.get("rows") or []]
        lines += [card["note"]] if card.get("note") else []
    titles = [button["title"] for button in reply.get("buttons") or []]
    lines += ["".join(f"［{title}］" for title in titles)] if titles else []
    return "\n".join(lines)
