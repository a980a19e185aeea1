"""How often someone may try to sign in: checking a password is deliberately expensive."""

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from integrations.crm.settings import Settings

log = structlog.get_logger()
PER_ADDRESS = 60
"""Attempts a minute from one address; a whole branch may share it at the start of a shift."""
PER_USERNAME = 10
"""Attempts a minute for one username."""


class SignInLimit:
    """A moving window of a minute for each address and each username."""

    def __init__(self, storage: Storage) -> None:
        self._window = MovingWindowRateLimiter(storage)

    async def allows(self, address: str, username: str) -> bool:
        """Count one attempt. Without its storage the limit lets everyone try: the lock still counts."""
        try:
            return await self._window.hit(
                RateLimitItemPerMinute(PER_ADDRESS), "address", address
            ) and await self._window.hit(RateLimitItemPerMinute(PER_USERNAME), "username", username.lower())
        except StorageError:
            log.warning("sign_in_limit.storage_failed", exc_info=True)
            return True


def make_sign_in_limit(settings: Settings) -> SignInLimit:
    """Shared through Redis in a cluster, else in memory."""
    if settings.redis_url is None:
        return SignInLimit(MemoryStorage())
    storage = RedisStorage(
        f"async+{settings.redis_url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="qiantai-staff",
    )
    return SignInLimit(storage)
