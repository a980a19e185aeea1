"""The same texts put to the bot process directly: what remains is what the app costs."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.crm.conversations.service import Visitor, open_conversation
from integrations.crm.database import Database
from integrations.crm.models import Customer
from integrations.crm.settings import Settings
from integrations.gateway.cli.load_customers import Person
from integrations.rasa_server.client import BotClient


@dataclass
class BareCustomer:
    """Speaks the bot's own contract; the actions still need a conversation in the CRM."""

    bot: BotClient
    conversation: str
    count: int = 0

    async def say(self, text: str) -> float:
        """Put one turn; returns its milliseconds."""
        self.count += 1
        metadata = {
            "conversation_id": self.conversation,
            "message_id": f"bare-{uuid.uuid4().hex}",
            "channel": "web",
            "customer_ref": None,
            "attachments": 0,
        }
        start = time.perf_counter()
        await self.bot.turn(sender=f"{self.conversation}.1", text=text, metadata=metadata, timeout=60)
        return (time.perf_counter() - start) * 1000


@asynccontextmanager
async def bare_customers(
    database: Database, settings: Settings, persons: list[Person]
) -> AsyncIterator[list[BareCustomer]]:
    """One verified conversation for each person, used by nobody but the bot."""
    bot = BotClient(settings.bot_address, settings.bot_secret.get_secret_value())
    names = await database.run(lambda session: [_open(session, person) for person in persons])
    try:
        yield [BareCustomer(bot, name) for name in names]
    finally:
        await bot.close()


def _open(session: Session, person: Person) -> str:
    now = datetime.now(UTC)
    customer_id = session.scalars(select(Customer.id).where(Customer.number == person.number)).one()
    visitor = Visitor("load", "default", uuid.uuid4().hex, customer_id)
    conversation = open_conversation(session, visitor, now)
    conversation.level = "verified"
    conversation.verified_until = now + timedelta(hours=2)
    return conversation.public_id
