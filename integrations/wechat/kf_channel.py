"""Puts 微信客服 together: routes, and what runs in the background for each customer service account."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx
import structlog
from fastapi import APIRouter

from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.wechat.api import WeChatApi
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.courier import Courier
from integrations.wechat.kf_api import KfToken, list_accounts
from integrations.wechat.kf_context import CHANNEL, Kf
from integrations.wechat.kf_puller import Puller
from integrations.wechat.kf_routes import make_router
from integrations.wechat.kf_sending import KfTransport
from integrations.wechat.kf_settings import KfSettings
from integrations.wechat.token import Tokens
from integrations.wechat.waiting import Waiting

log = structlog.get_logger()


class KfChannel:
    """One company. Include `router` in the app, and `run` beside it."""

    def __init__(
        self,
        company: KfSettings,
        app: Settings,
        database: Database,
        clock: Callable[[], datetime],
        titles: Mapping[str, str],
    ) -> None:
        self._company = company
        self._app = app
        self._database = database
        self._clock = clock
        self._titles = titles
        self._http = httpx.AsyncClient(base_url=company.api_url, timeout=company.api_seconds, trust_env=False)
        self._source = KfToken(company)
        # The token is the company's, and so is its row; each account has another for its cursor.
        self._api = WeChatApi(self._http, Tokens(database, clock, CHANNEL, company.corp_id, self._source))
        self._pullers: dict[str, Puller] = {}
        self._heard: asyncio.Queue[tuple[str | None, str | None]] = asyncio.Queue()
        self.router: APIRouter = make_router(company, self.hear)

    def hear(self, account: str | None, token: str | None) -> None:
        """WeCom says that there is something to read from an account, or (None) from any of them."""
        self._heard.put_nowait((account, token))

    async def run(self) -> None:
        """Read, listen and send for every account, until cancelled."""
        async with self._http, self._source.http, asyncio.TaskGroup() as group:
            if self._company.open_kfid:
                self._serve(group, self._company.open_kfid)
            else:
                group.create_task(self._look_for_accounts())
            while True:
                account, token = await self._heard.get()
                if account is not None:
                    self._serve(group, account)
                for name, puller in self._pullers.items():
                    if account in (None, name):
                        puller.wake(token)

    async def _look_for_accounts(self) -> None:
        """Ask once which accounts there are; those made later come with their first callback."""
        while True:
            try:
                found = await list_accounts(self._api)
            except (ApiError, Unreachable) as error:
                log.warning("kf.accounts_unknown", reason=str(error))
                await asyncio.sleep(self._company.poll_seconds)
                continue
            for account in found:
                self.hear(account, None)
            return

    def _serve(self, group: asyncio.TaskGroup, account: str) -> None:
        """Begin with an account, unless it is served already or another is the only one wanted."""
        if account in self._pullers or self._company.open_kfid not in (None, account):
            return
        kf = Kf(self._company, account, self._app, self._database, self._clock, self._api, self._titles)
        waiting = Waiting(self._database.events)
        courier = Courier(self._database, waiting, self._clock, KfTransport(kf))
        self._pullers[account] = Puller(kf)
        for job in (self._pullers[account].run(), waiting.run(), courier.run()):
            group.create_task(job)
