"""Reads what customers wrote: when a callback says that there is something, at the start, and now and then.

One process reads an account at a time. That is a matter of manners only: a page is stored together with the
place after it, and only if nobody has stored it before.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from integrations.crm.conversations import channel_accounts as accounts
from integrations.wechat import kf_welcome, pictures
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.kf_api import read_page
from integrations.wechat.kf_context import Kf
from integrations.wechat.kf_intake import LEASE, Overtaken, cursor_of, store_page
from integrations.wechat.probe import advice

log = structlog.get_logger()

_RETRY_SECONDS = 0.5  # doubled with every failure
_LOOK_AGAIN = 0.2  # seconds
_TOKEN_LASTS = timedelta(minutes=9)  # WeCom: ten


class Puller:
    """Of one account. `wake` it, and `run` it until cancelled."""

    def __init__(self, kf: Kf) -> None:
        self._kf = kf
        self._called = asyncio.Event()
        self._token: tuple[str, datetime] | None = None

    def wake(self, token: str | None) -> None:
        """There is something to read; `token` is the callback's."""
        self._token = (token, self._kf.clock() + _TOKEN_LASTS) if token else self._token
        self._called.set()

    async def run(self) -> None:
        """Read until cancelled, whatever fails."""
        retry = _RETRY_SECONDS
        while True:
            self._called.clear()
            wait = self._kf.settings.poll_seconds
            try:
                await self.pull()
                retry = _RETRY_SECONDS
            except (ApiError, Unreachable, SQLAlchemyError, OSError) as error:
                log.warning("kf.pull_failed", account=self._kf.account, reason=_reason(error))
                await self._note(error)
                wait, retry = min(retry, wait), retry * 2
            with suppress(TimeoutError):
                await asyncio.wait_for(self._called.wait(), wait)

    async def pull(self) -> None:
        """Read all there is. Raises ApiError, Unreachable, SQLAlchemyError and OSError (disk full)."""
        database = self._kf.database
        while not await database.run(self._begin):
            await asyncio.sleep(_LOOK_AGAIN)
        try:
            while await self._page():
                continue
        finally:
            await database.run(self._end)

    async def _page(self) -> bool:
        """Take in one page; whether there may be more."""
        kf = self._kf
        since = await kf.database.read(partial(cursor_of, kf))
        page = await read_page(kf, since, self._callback_token())
        async with pictures.fetched(kf, page.items) as found:
            try:
                greetings = await kf.database.run(partial(store_page, kf, page, since, found))
            except Overtaken:
                return True
        await asyncio.gather(*(kf_welcome.deliver(kf, greeting) for greeting in greetings))
        return page.more and page.place != since

    def _callback_token(self) -> str | None:
        if self._token is None or self._token[1] < self._kf.clock():
            return None
        return self._token[0]

    def _begin(self, session: Session) -> bool:
        # The account's own row has no token to refresh: what it leases is the reading.
        now = self._kf.clock()
        return accounts.start_refresh(session, self._kf.channel, self._kf.account, now, now + LEASE)

    def _end(self, session: Session) -> None:
        accounts.account_row(session, self._kf.channel, self._kf.account).token_refresh_until = None

    async def _note(self, error: Exception) -> None:
        """Tell the operator what only they can put right."""
        if isinstance(error, ApiError) and error.consequence in ("setup", "tired", "forbidden"):
            problem = advice(error)
            account = (self._kf.channel, self._kf.account)
            with suppress(SQLAlchemyError):
                await self._kf.database.run(lambda s: accounts.note_problem(s, *account, problem))


def _reason(error: Exception) -> str:
    # An error of the database would carry what customers wrote.
    return str(error) if isinstance(error, ApiError | Unreachable) else type(error).__name__
