"""The web chat's test server with 微信客服 beside it, and the fake of WeCom that calls it."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from integrations.wechat.kf_channel import KfChannel
from integrations.wechat.kf_settings import KfSettings
from tests.fakes.api_server import Call
from tests.fakes.clock import RunningClock
from tests.fakes.customers import KfCustomer
from tests.fakes.running import Served
from tests.fakes.wechat_custom import OK
from tests.fakes.wecom_kf import FakeKf
from tests.fakes.wecom_world import KfAccount, KfDelivery
from tests.wechat.messenger_server import MessengerServer

CUSTOMER = "wmCustomer-0001"


def kf_settings_for(account: KfAccount, api_url: str, **changes: Any) -> KfSettings:
    """Settings that connect to the fake."""
    values: dict[str, Any] = {
        "corp_id": account.corpid,
        "secret": account.secret,
        "token": account.token,
        "aes_key": account.encoding_aes_key,
        "open_kfid": account.open_kfid,
        "api_url": api_url,
        "api_seconds": 1.0,
    }
    return KfSettings(_env_file=None, **(values | changes))  # type: ignore[call-arg]


@dataclass
class KfServer(MessengerServer):
    """Both sides: `wecom` is the fake, with the clock that our side goes by too."""

    account: KfAccount = field(default_factory=KfAccount)
    before: tuple[str, ...] = ()
    """What the customer had written before we started…"""
    ago: float = 0
    """…so many seconds."""
    listed: bool = True
    """Whether WeCom tells which accounts there are."""

    def __post_init__(self) -> None:
        self.messenger, self.account_name = "wecom", self.account.open_kfid
        self.customer = CUSTOMER
        running = RunningClock()
        self.clock = running.now
        self.advance = running.advance
        self.wecom = FakeKf(self.account, "", running)
        if self.listed:
            self.wecom.api.add("/cgi-bin/kf/account/list", self._accounts)
        self.api = Served(self.wecom.app)
        self.wecom.postman.url = "http://127.0.0.1:9/wecom"
        for text in self.before:
            self.say(text)
        self.advance(self.ago)
        super().__post_init__()
        self.wecom.postman.url = f"{self.base}/wecom"

    async def _accounts(self, _call: Call) -> dict[str, Any]:
        listed = [{"open_kfid": self.account.open_kfid, "name": self.account.name, "avatar": ""}]
        return {**OK, "account_list": listed}

    def routers(self) -> list[APIRouter]:
        settings = kf_settings_for(self.account, self.api.base, **self.options)
        self.channel = KfChannel(settings, self.settings, self.database, self.clock, {})
        return [*super().routers(), self.channel.router]

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        return [*super().jobs(), self.channel.run()]

    def person(self, user: str | None = None) -> KfCustomer:
        return KfCustomer(self.wecom, user or self.customer)

    def say(self, text: str, user: str = CUSTOMER) -> KfDelivery:
        """The customer writes."""
        return asyncio.run(self.wecom.say(user, text))

    def texts(self, user: str = CUSTOMER) -> list[str]:
        """What came from us, in order; of a menu the words above it."""
        return self.person(user).texts()
