"""The web chat's test server with an Official Account beside it, and the fake of WeChat that calls it."""

import io
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from PIL import Image

from integrations.wechat.channel import OfficialAccountChannel
from integrations.wechat.settings import WeChatSettings
from tests.fakes.clock import RunningClock
from tests.fakes.customers import Follower
from tests.fakes.running import Served
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_server import FakeWeChat
from tests.wechat.messenger_server import MessengerServer

TITLES = {"credit-annual-fee": "信用卡年费多少"}


def account_settings(account: Account, api_url: str, **changes: Any) -> WeChatSettings:
    """Settings that connect to the fake."""
    values: dict[str, Any] = {
        "appid": account.appid,
        "secret": account.secret,
        "token": account.token,
        "mode": account.mode,
        "aes_key": account.encoding_aes_key,
        "api_url": api_url,
        "api_seconds": 1.0,
        "passive_seconds": 2.0,
    }
    return WeChatSettings(_env_file=None, **(values | changes))  # type: ignore[call-arg]


@dataclass
class WeChatServer(MessengerServer):
    """Both sides: `wechat` is the fake, with the clock that our side goes by too."""

    account: Account = field(default_factory=Account)
    patience: float = 5.0

    def __post_init__(self) -> None:
        self.messenger, self.account_name, self.customer = "wechat", self.account.appid, "o-1"
        running = RunningClock()
        self.clock = running.now
        self.advance = running.advance
        self.wechat = FakeWeChat(self.account, "", running, patience=self.patience)
        self.api = Served(self.wechat.app)
        self.wechat.base_url = self.api.base
        super().__post_init__()
        self.wechat.postman.url = f"{self.base}/wechat"

    def routers(self) -> list[APIRouter]:
        settings = account_settings(self.account, self.api.base, **self.options)
        self.channel = OfficialAccountChannel(settings, self.settings, self.database, self.clock, TITLES)
        return [*super().routers(), self.channel.router]

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        return [*super().jobs(), self.channel.run()]

    def person(self, user: str | None = None) -> Follower:
        return Follower(self.wechat, user or self.customer)

    def api_sends(self) -> int:
        """Calls of custom/send."""
        return len(self.wechat.api.calls_to("/cgi-bin/message/custom/send"))


def picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()
