"""The web chat's test server with an Official Account beside it, and the fake of WeChat that calls it."""

import io
import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.crm.conversations import repository
from integrations.crm.conversations.channel_accounts import account_row
from integrations.crm.conversations.ledger import Ledger, take_ledger
from integrations.crm.conversations.sending import Sending, sending_state
from integrations.crm.models import ChannelAccount, Conversation, Message, OutboxItem
from integrations.wechat.channel import OfficialAccountChannel
from integrations.wechat.settings import WeChatSettings
from tests.fakes.clock import RunningClock
from tests.fakes.running import Served
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_server import FakeWeChat
from tests.web_chat.server import ChatServer

TITLES = {"credit-annual-fee": "信用卡年费多少"}
_LINK = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=[^"&]*&msgmenuid=(\d+)">([^<]*)</a>')


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
class WeChatServer(ChatServer):
    """Both sides: `wechat` is the fake, with the clock that our side goes by too."""

    account: Account = field(default_factory=Account)
    options: dict[str, Any] = field(default_factory=dict)
    patience: float = 5.0

    def __post_init__(self) -> None:
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

    def close(self) -> None:
        super().close()
        self.api.close()

    def ledger(self) -> Ledger:
        return self.act(take_ledger)  # type: ignore[no-any-return]

    def conversation(self, openid: str = "o-1") -> str:
        """Public id of the customer's conversation."""

        def find(session: Session) -> str:
            found = repository.latest_of_visitor(session, "wechat", self.account.appid, openid)
            assert found is not None
            return found.public_id

        return self.act(find)  # type: ignore[no-any-return]

    def sending_state(self, openid: str = "o-1") -> Sending:
        """What the desk shows of the window."""
        public_id = self.conversation(openid)
        found = self.act(lambda s: sending_state(s, repository.get_conversation(s, public_id), self.clock()))
        assert found is not None
        return found  # type: ignore[no-any-return]

    def account_row(self) -> ChannelAccount:
        return self.act(lambda s: account_row(s, "wechat", self.account.appid))  # type: ignore[no-any-return]

    def api_sends(self) -> int:
        """Calls of custom/send."""
        return len(self.wechat.api.calls_to("/cgi-bin/message/custom/send"))

    def received(self) -> list[str]:
        """Texts of all customers' messages."""
        return self.act(  # type: ignore[no-any-return]
            lambda s: list(
                s.scalars(select(Message.text).where(Message.sender == "customer").order_by(Message.id))
            )
        )

    def statuses(self) -> list[str]:
        """Of every message to customers, in order."""
        return self.act(lambda s: list(s.scalars(select(OutboxItem.status).order_by(OutboxItem.id))))  # type: ignore[no-any-return]

    def conversations(self) -> int:
        return self.act(lambda s: s.scalar(select(func.count(Conversation.id))))  # type: ignore[no-any-return]


def eventually(true: Callable[[], Any], seconds: float = 10) -> Any:
    """What the callable returns once that is true; fails after a while."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value


def links(text: str) -> dict[str, str]:
    """Titles of the lines of a text that can be tapped, with their ids."""
    return {title: id_ for id_, title in _LINK.findall(text)}


def picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()
