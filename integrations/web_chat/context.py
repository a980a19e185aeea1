"""What the routes and sockets of one app work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from integrations.crm.conversations import repository as conversations
from integrations.crm.conversations import service
from integrations.crm.conversations.errors import ConversationNotFound
from integrations.crm.customers.directory import CustomerDirectory
from integrations.crm.database import Database
from integrations.crm.models import Conversation
from integrations.crm.settings import Settings
from integrations.web_chat.frames import MessageRequest
from integrations.web_chat.hub import Hub
from integrations.web_chat.limiter import Limiter
from integrations.web_chat.tokens import Holder, read_token
from integrations.web_chat.views import stored_id


@dataclass(frozen=True)
class Taken:
    """A message that is stored: its `seq`, whether it was there before, whether the bot will answer."""

    seq: int
    duplicate: bool


@dataclass(frozen=True)
class Chat:
    """Database, settings, clock, limiter, the process's hub, and where customers are looked up."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]
    limiter: Limiter
    hub: Hub
    directory: CustomerDirectory

    def holder(self, token: str) -> Holder:
        """Whom the token names. Raises ChatError 401."""
        return read_token(token, self.settings, self.clock())

    async def store(self, visitor: str, conversation: str, message: MessageRequest) -> Taken:
        """Store a customer's message in one transaction. Raises ConversationError."""

        def work(session: Session) -> Taken:
            receipt = service.receive(
                session,
                lock_own(session, conversation, visitor),
                external_id=stored_id(conversation, message.id),
                text=message.text,
                now=self.clock(),
                settings=self.settings,
            )
            return Taken(receipt.message.seq, receipt.duplicate)

        return await self.database.run(work)


def lock_own(session: Session, public_id: str, visitor: str) -> Conversation:
    """The visitor's own conversation, locked until the commit. Raises ConversationNotFound."""
    conversation = conversations.lock_conversation(session, public_id, external_user=visitor)
    if conversation.channel != service.WEB:
        raise ConversationNotFound
    return conversation
