"""What the parts of the channel work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.wechat.api import WeChatApi
from integrations.wechat.settings import WeChatSettings
from integrations.wechat.waiting import Waiting

CHANNEL = "wechat"


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

    @property
    def account(self) -> str:
        """The name under which conversations of this account are stored."""
        return self.settings.appid
