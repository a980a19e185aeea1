"""`qiantai ask`: what the running system says to each question, as a customer's first message."""

import asyncio
import json
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
from integrations.crm.settings import get_settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.progress import bar
from integrations.gateway.cli.web_customer import WebCustomer


def ask(file: Path, out: Path, parallel: int) -> None:
    """Write one JSON object a line, in the order of the questions. Raises CliError."""
    questions = _read_questions(file)
    settings = get_settings()
    base = f"http://{settings.host}:{settings.port}"
    try:
        httpx.get(f"{base}/live", timeout=5, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise CliError(f"Nothing answers at {base}: start the system with `qiantai run`.") from error
    database = Database(settings.database_url)
    try:
        with out.open("w", encoding="utf-8") as target:
            asyncio.run(_ask_all(questions, base, database, parallel, target))
    except OSError as error:
        raise CliError(f"Could not write {out}: {error.strerror}") from error


def _read_questions(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CliError(f"Could not read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CliError(f"{file} is not UTF-8 (byte {error.start}).") from error
    questions = [line.strip() for line in text.splitlines() if line.strip()]
    if not questions:
        raise CliError(f"{file} has no questions.")
    return questions


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
    row: dict[str, Any] = {"question": question, "replies": []}
    empty = {"intent": None, "confidence": None, "action": None, "article": None, "ms": None}
    try:
        async with WebCustomer(base) as customer:
            replies, elapsed = await customer.say(question)
            understood = await database.read(lambda session: _understood(session, customer.conversation))
    except (TimeoutError, RuntimeError, httpx.HTTPError, WebSocketException, ConversationError) as error:
        return row | empty | {"error": str(error) or type(error).__name__}
    article = understood.get("article") or {}
    return row | {
        "replies": [_as_text(reply) for reply in replies],
        "intent": understood.get("intent"),
        "confidence": understood.get("confidence"),
        "action": understood.get("action"),
        "article": article.get("id"),
        "ms": round(elapsed, 1),
    }


def _understood(session: Session, public_id: str) -> dict[str, Any]:
    conversation = get_conversation(session, public_id)
    query = select(Message.understood).where(
        Message.conversation_id == conversation.id, Message.sender == "customer"
    )
    return session.scalar(query.order_by(Message.seq).limit(1)) or {}


def _as_text(reply: dict[str, Any]) -> str:
    """A reply as one text: a card's title and rows under the words."""
    lines = [reply["text"]] if reply["text"] else []
    card = reply.get("card")
    if card:
        lines.append(card["title"])
        lines += [f"{label}：{value}" for label, value in card.get("rows") or []]
        lines += [card["note"]] if card.get("note") else []
    return "\n".join(lines)
