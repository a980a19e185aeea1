"""What the parts of 微信客服 work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from integrations.crm.conversations.send_window import Kind
from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.wechat.api import WeChatApi
from integrations.wechat.kf_settings import KfSettings

CHANNEL = "wecom"


@dataclass(frozen=True)
class Kf:
    """One customer service account; `account` is its open_kfid. See `context.Messenger`.

    Tapping a choice counts as a message: 微信客服 knows no other quota (发送消息).
    """

    settings: KfSettings
    account: str
    app: Settings
    database: Database
    clock: Callable[[], datetime]
    api: WeChatApi
    titles: Mapping[str, str]
    channel: str = CHANNEL
    tap_earns: Kind = "message"
    media_seconds: float = 10.0
