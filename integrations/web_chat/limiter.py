"""How many messages one visitor may send: a moving window of a minute, per process or in Redis."""

import math
import time
from typing import Protocol

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from integrations.crm.settings import Settings
from integrations.web_chat.errors import ChatError

log = structlog.get_logger()


class Limiter(Protocol):
    """Counts what a visitor sends."""

    async def wait(self, visitor: str) -> int:
        """Count one message; 0 where it is allowed, else the seconds until the next one is."""


class WindowLimiter:
    """`per_minute` messages in any 60 seconds, counted for each visitor alone."""

    def __init__(self, per_minute: int, storage: Storage) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._window = MovingWindowRateLimiter(storage)

    async def wait(self, visitor: str) -> int:
        """Count one message. Without its storage the limiter lets everyone through."""
        try:
            if await self._window.hit(self._item, "chat", visitor):
                return 0
            stats = await self._window.get_window_stats(self._item, "chat", visitor)
        except StorageError:
            log.warning("limiter.storage_failed", exc_info=True)
            return 0
        return max(1, math.ceil(stats.reset_time - time.time()))


def make_limiter(settings: Settings) -> WindowLimiter:
    """The limiter for these settings: shared through Redis in a cluster, else in memory."""
    if settings.redis_url is None:
        return WindowLimiter(settings.messages_per_minute, MemoryStorage())
    storage = RedisStorage(
        f"async+{settings.redis_url}", wrap_exceptions=True, implementation="redispy", key_prefix="qiantai"
    )
    return WindowLimiter(settings.messages_per_minute, storage)


async def check_rate(limiter: Limiter, visitor: str) -> None:
    """Raises ChatError (429, Retry-After) where the visitor sends too fast."""
    seconds = await limiter.wait(visitor)
    if seconds:
        raise ChatError("too_fast", headers={"Retry-After": str(seconds)})
