"""Wakes the requests and senders of this process when something happened in a conversation."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis.exceptions import RedisError

from integrations.crm.events import Event, EventBus

log = structlog.get_logger()
_RETRY_SECONDS = 1.0


class Waiting:
    """One subscription for all who wait."""

    def __init__(self, events: EventBus) -> None:
        self._events = events
        self._watched: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.news: asyncio.Queue[Event] = asyncio.Queue()

    @contextmanager
    def watch(self, conversation: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happens in the conversation."""
        changed = asyncio.Event()
        self._watched[conversation].add(changed)
        try:
            yield changed
        finally:
            self._watched[conversation].discard(changed)
            if not self._watched[conversation]:
                del self._watched[conversation]

    async def run(self) -> None:
        """Listen until cancelled; a lost subscription is made anew."""
        while True:
            try:
                async with self._events.subscribe() as events:
                    self._wake_all()
                    while True:
                        self._dispatch(await events.get())
            except (RedisError, OSError):
                log.warning("wechat.subscription_lost", exc_info=True)
                await asyncio.sleep(_RETRY_SECONDS)

    def _dispatch(self, event: Event) -> None:
        for changed in self._watched.get(event["conversation"], ()):
            changed.set()
        self.news.put_nowait(event)

    def _wake_all(self) -> None:
        for watched in self._watched.values():
            for changed in watched:
                changed.set()
