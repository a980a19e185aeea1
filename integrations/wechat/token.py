"""The access token: one refresher over all processes, renewed before it ends and when WeChat rejects it.

Rule (获取稳定版接口调用凭据): stable_token gives the same token until 5 minutes before its end; a forced
renewal is allowed 20 times a day and not within 30 seconds of the last.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from integrations.crm.conversations.channel_accounts import account_row, find_account, start_refresh
from integrations.crm.database import Database
from integrations.wechat.api_errors import ApiError, Unreachable

EARLY = timedelta(minutes=5)
"""A token is renewed so long before it ends."""
FORCED_APART = timedelta(seconds=30)
_REFRESH_LEASE = timedelta(seconds=15)
_LOOK_AGAIN = 0.2  # seconds
_PATIENCE = 60  # looks: longer than a refresh may take


class TokenSource(Protocol):
    """Asks the messenger for a token."""

    async def fetch(self, *, force: bool) -> dict[str, Any]:
        """`access_token` and `expires_in` (seconds). Raises ApiError and Unreachable."""


class Tokens:
    """Hands out the account's token."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        channel: str,
        account: str,
        source: TokenSource,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channel = channel
        self._account = account
        self._source = source
        self._lock = asyncio.Lock()

    async def get(self, rejected: str | None = None) -> str:
        """A token that holds; never the one that was `rejected`. Raises ApiError and Unreachable."""
        async with self._lock:
            for _ in range(_PATIENCE):
                token = await self._database.read(self._stored(rejected))
                if token is not None:
                    return token
                if await self._database.run(self._begin):
                    return await self._renew(rejected)
                await asyncio.sleep(_LOOK_AGAIN)
        raise Unreachable("token", arrived=False)

    def _stored(self, rejected: str | None) -> Callable[[Session], str | None]:
        def look(session: Session) -> str | None:
            row = find_account(session, self._channel, self._account)
            if row is None or row.token_expires_at is None or row.token == rejected:
                return None
            return row.token if row.token_expires_at - EARLY > self._clock() else None

        return look

    def _begin(self, session: Session) -> bool:
        now = self._clock()
        return start_refresh(session, self._channel, self._account, now, now + _REFRESH_LEASE)

    async def _renew(self, rejected: str | None) -> str:
        forced = False
        try:
            fetched = await self._source.fetch(force=False)
            if fetched["access_token"] == rejected:
                await self._database.read(self._check_forced)
                fetched, forced = await self._source.fetch(force=True), True
        except (ApiError, Unreachable):
            await self._database.run(lambda session: self._end(session))
            raise
        await self._database.run(lambda session: self._end(session, fetched, forced=forced))
        return str(fetched["access_token"])

    def _check_forced(self, session: Session) -> None:
        known = find_account(session, self._channel, self._account)
        last = known.token_forced_at if known else None
        if last is not None and self._clock() < last + FORCED_APART:
            raise Unreachable("token_forced_too_often", arrived=False)

    def _end(self, session: Session, fetched: dict[str, Any] | None = None, *, forced: bool = False) -> None:
        row = account_row(session, self._channel, self._account)
        row.token_refresh_until = None
        if fetched is not None:
            row.token = str(fetched["access_token"])
            row.token_expires_at = self._clock() + timedelta(seconds=int(fetched["expires_in"]))
        if forced:
            row.token_forced_at = self._clock()
