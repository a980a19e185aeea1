"""Puts the Official Account together: routes, and what runs in the background."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx
from fastapi import APIRouter

from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.wechat import probe
from integrations.wechat.api import StableToken, WeChatApi
from integrations.wechat.context import CHANNEL, WeChat
from integrations.wechat.courier import Courier
from integrations.wechat.official import OfficialAccount
from integrations.wechat.routes import make_router
from integrations.wechat.settings import WeChatSettings
from integrations.wechat.token import Tokens
from integrations.wechat.waiting import Waiting


class OfficialAccountChannel:
    """One account. Include `router` in the app, and `run` beside it."""

    def __init__(
        self,
        account: WeChatSettings,
        app: Settings,
        database: Database,
        clock: Callable[[], datetime],
        titles: Mapping[str, str],
    ) -> None:
        self._http = httpx.AsyncClient(base_url=account.api_url, timeout=account.api_seconds, trust_env=False)
        tokens = Tokens(database, clock, CHANNEL, account.appid, StableToken(account, self._http))
        api = WeChatApi(self._http, tokens)
        self.wechat = WeChat(account, app, database, clock, api, Waiting(database.events), titles)
        self._courier = Courier(database, self.wechat.waiting, clock, OfficialAccount(api, account.appid))
        self.router: APIRouter = make_router(self.wechat, self._courier)

    async def run(self) -> None:
        """Find out what the account may do, listen and send, until cancelled."""
        async with self._http, asyncio.TaskGroup() as group:
            for job in (self.wechat.waiting.run(), self._courier.run(), probe.look(self.wechat)):
                group.create_task(job)

    async def close(self) -> None:
        """Give back the connections of one that did not `run`."""
        await self._http.aclose()
