"""What other parts of the app are told after a commit: a conversation changed.

An event is a small JSON object: `{"conversation": public_id, "kind": …}` with kind
`message` (something new to show), `turn` (a message waits for the bot), `holder` (someone
else answers now) or `typing`. Losing one is harmless: every reader looks in the database.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import structlog
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError

Event = dict[str, Any]
_CHANNEL = "qiantai:events"
_PUBLISH_SECONDS = 2.0
log = structlog.get_logger()


class Subscription:
    """What one subscriber receives from now on."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[Event | Exception] = asyncio.Queue()

    def put(self, item: Event | Exception) -> None:
        """Hand over an event, or the failure that ended the subscription."""
        self._items.put_nowait(item)

    async def get(self) -> Event:
        """The next event. Raises what ended the subscription (`redis.RedisError`): subscribe again."""
        item = await self._items.get()
        if isinstance(item, Exception):
            raise item
        return item

    def waiting(self) -> list[Event]:
        """The events that have come already, without waiting for more."""
        events = []
        while not self._items.empty():
            item = self._items.get_nowait()
            if isinstance(item, Exception):
                raise item
            events.append(item)
        return events


class EventBus(Protocol):
    """Tells every subscriber of every process about an event."""

    def publish(self, event: Event) -> None:
        """Send an event; callable from any thread."""

    def subscribe(self) -> AbstractAsyncContextManager[Subscription]:
        """Receive every event from now on."""


class LocalEvents:
    """Events within one process."""

    def __init__(self) -> None:
        self._subscriptions: dict[Subscription, asyncio.AbstractEventLoop] = {}

    def publish(self, event: Event) -> None:
        """Hand the event to every subscriber, in that subscriber's loop."""
        for subscription, loop in list(self._subscriptions.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(subscription.put, event)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscription]:
        """Receive every event from now on."""
        subscription = Subscription()
        self._subscriptions[subscription] = asyncio.get_running_loop()
        try:
            yield subscription
        finally:
            del self._subscriptions[subscription]


class RedisEvents:
    """Events between the processes of a cluster, through Redis publish/subscribe."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis = Redis.from_url(
            url, socket_timeout=_PUBLISH_SECONDS, socket_connect_timeout=_PUBLISH_SECONDS
        )

    def publish(self, event: Event) -> None:
        """Send the event to all processes. A lost one is only logged: what it tells is committed already,
        and an error here would make a stored message look refused."""
        try:
            self._redis.publish(_CHANNEL, json.dumps(event))
        except (RedisError, OSError):
            log.warning("events.publish_failed", kind=event.get("kind"), exc_info=True)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscription]:
        """Receive every event from now on. Raises redis.RedisError where Redis is away."""
        subscription = Subscription()
        async with AsyncRedis.from_url(self._url) as redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(_CHANNEL)
            reader = asyncio.create_task(_forward(pubsub, subscription))
            try:
                yield subscription
            finally:
                reader.cancel()


async def _forward(pubsub: Any, subscription: Subscription) -> None:
    try:
        async for item in pubsub.listen():
            if item["type"] == "message":
                subscription.put(json.loads(item["data"]))
    except (RedisError, OSError) as error:
        subscription.put(error)


def make_bus(redis_url: str | None) -> EventBus:
    """The bus for these settings: Redis where an address is given, else in-process."""
    return RedisEvents(redis_url) if redis_url else LocalEvents()
