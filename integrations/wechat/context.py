"""What the parts of a channel work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from integrations.crm.conversations.send_window import Kind
from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.wechat.api import WeChatApi
from integrations.wechat.settings import WeChatSettings
from integrations.wechat.waiting import Waiting

CHANNEL = "wechat"


class Messenger(Protocol):
    """What taking messages in needs to know of an account."""

    @property
    def channel(self) -> str:
        """wechat or wecom."""

    @property
    def account(self) -> str:
        """The name under which its conversations are stored."""

    @property
    def app(self) -> Settings:
        """The app's settings."""

    @property
    def database(self) -> Database:
        """The CRM database."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Tells the time, aware."""

    @property
    def api(self) -> WeChatApi:
        """Its API."""

    @property
    def titles(self) -> Mapping[str, str]:
        """The knowledge base's articles by id, for QR codes that name one."""

    @property
    def tap_earns(self) -> Kind:
        """What tapping a choice of ours earns; see `send_window`."""

    @property
    def media_seconds(self) -> float:
        """How long a picture may take to come."""


@dataclass(frozen=True)
class WeChat:
    """One Official Account. `titles`: the knowledge base's articles by id, for QR codes that name one."""

    settings: WeChatSettings
    app: Settings
    database: Database
    clock: Callable[[], datetime]
    api: WeChatApi
    waiting: Waiting
    titles: Mapping[str, str]
    channel: str = CHANNEL
    tap_earns: Kind = "click"
    media_seconds: float = 3.0  # the request of a push is open meanwhile

    @property
    def account(self) -> str:
        """The name under which conversations of this account are stored."""
        return self.settings.appid
