"""One subscription for all sockets of this process, and acknowledgements written in batches."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from integrations.crm.conversations.service import mark_shown
from integrations.crm.database import Database
from integrations.crm.events import Event
from integrations.crm.models import Conversation

log = structlog.get_logger()

ACK_SECONDS = 0.3
"""Acknowledgements of this long are written together."""
ACKS_AT_ONCE = 20
"""Conversations in one transaction of acknowledgements: it holds the only writer for milliseconds."""
_RETRY_SECONDS = 1.0


class Listener:
    """What a socket is told of its conversation; the socket then looks in the database."""

    def __init__(self, conversation: Conversation, visitor: str) -> None:
        self.conversation = conversation
        self.visitor = visitor
        self._kinds: set[str] = set()
        self._wake = asyncio.Event()

    def tell(self, kind: str) -> None:
        """Something of this kind happened; several of one kind become one."""
        self._kinds.add(kind)
        self._wake.set()

    async def next(self) -> set[str]:
        """Wait, and return every kind that happened meanwhile."""
        await self._wake.wait()
        self._wake.clear()
        kinds, self._kinds = self._kinds, set()
        return kinds


class Hub:
    """Brings events to the sockets of a conversation, and their acknowledgements to the database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._sockets: Counter[str] = Counter()
        self._acks: dict[int, tuple[Conversation, int]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._subscribed = asyncio.Event()
        self._acked = asyncio.Event()

    async def start(self) -> None:
        """Subscribe, once; harmless when it is done already."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._write_acks())]
        await self._subscribed.wait()

    async def stop(self) -> None:
        """End the subscription and write what was acknowledged."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._flush()

    def join(self, listener: Listener, limit: int) -> bool:
        """Add a socket; False where its visitor has `limit` already."""
        if self._sockets[listener.visitor] >= limit:
            return False
        self._sockets[listener.visitor] += 1
        self._listeners[listener.conversation.public_id].add(listener)
        return True

    def leave(self, listener: Listener) -> None:
        """Remove a socket that `join` added."""
        self._sockets[listener.visitor] -= 1
        if not self._sockets[listener.visitor]:
            del self._sockets[listener.visitor]
        others = self._listeners[listener.conversation.public_id]
        others.discard(listener)
        if not others:
            del self._listeners[listener.conversation.public_id]

    def acknowledge(self, conversation: Conversation, seq: int) -> None:
        """The customer's side has everything up to `seq`; written with the next batch."""
        _, known = self._acks.get(conversation.id, (conversation, 0))
        self._acks[conversation.id] = (conversation, max(known, seq))
        self._acked.set()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._database.events.subscribe() as events:
                    self._subscribed.set()
                    # Whatever happened while nobody listened is in the database.
                    self._tell_all("message", "holder")
                    while True:
                        self._dispatch(await events.get())
            except (RedisError, OSError):
                log.warning("web_chat.subscription_lost", exc_info=True)
                self._subscribed.set()
                await asyncio.sleep(_RETRY_SECONDS)

    def _dispatch(self, event: Event) -> None:
        for listener in self._listeners.get(event["conversation"], ()):
            listener.tell(event["kind"])

    def _tell_all(self, *kinds: str) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                for kind in kinds:
                    listener.tell(kind)

    async def _write_acks(self) -> None:
        while True:
            await self._acked.wait()
            await asyncio.sleep(ACK_SECONDS)
            self._acked.clear()
            await self._flush()

    async def _flush(self) -> None:
        while self._acks:
            batch = [self._acks.pop(key) for key in list(self._acks)[:ACKS_AT_ONCE]]
            try:
                await self._database.run(self._mark(batch))
            except SQLAlchemyError:
                # Not lost: a browser that comes back acknowledges by its `after`.
                log.warning("web_chat.acks_failed", conversations=len(batch), exc_info=True)

    def _mark(self, batch: Iterable[tuple[Conversation, int]]) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            for conversation, seq in batch:
                mark_shown(session, conversation, seq, self._clock())

        return work
