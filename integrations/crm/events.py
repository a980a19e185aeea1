"""What other parts of the app are told after a commit: a conversation changed.

An event is a small JSON object: `{"conversation": public_id, "kind": …}` with kind
`message` (something new to show), `turn` (a message waits for the bot), `holder` (someone
else answers now) or `typing`. Losing one is harmless: every reader looks in the database.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

Event = dict[str, Any]
_CHANNEL = "qiantai:events"


class EventBus(Protocol):
    """Tells every subscriber of every process about an event."""

    def publish(self, event: Event) -> None:
        """Send an event; callable from any thread."""

    def subscribe(self) -> Any:
        """Async context manager that yields an `asyncio.Queue` of events."""


class LocalEvents:
    """Events within one process."""

    def __init__(self) -> None:
        self._queues: dict[asyncio.Queue[Event], asyncio.AbstractEventLoop] = {}

    def publish(self, event: Event) -> None:
        """Put the event into every subscriber's queue, in that subscriber's loop."""
        for queue, loop in list(self._queues.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, event)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[Event]]:
        """Yield a queue that receives every event from now on."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._queues[queue] = asyncio.get_running_loop()
        try:
            yield queue
        finally:
            del self._queues[queue]


class RedisEvents:
    """Events between the processes of a cluster, through Redis publish/subscribe."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis = Redis.from_url(url)

    def publish(self, event: Event) -> None:
        """Send the event to all processes."""
        self._redis.publish(_CHANNEL, json.dumps(event))

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[Event]]:
        """Yield a queue that receives every event from now on."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        async with AsyncRedis.from_url(self._url) as redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(_CHANNEL)
            reader = asyncio.create_task(_forward(pubsub, queue))
            try:
                yield queue
            finally:
                reader.cancel()


async def _forward(pubsub: Any, queue: asyncio.Queue[Event]) -> None:
    async for item in pubsub.listen():
        if item["type"] == "message":
            queue.put_nowait(json.loads(item["data"]))


def make_bus(redis_url: str | None) -> EventBus:
    """The bus for these settings: Redis where an address is given, else in-process."""
    return RedisEvents(redis_url) if redis_url else LocalEvents()
