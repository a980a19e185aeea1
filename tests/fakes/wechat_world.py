"""What the sides of the fake share: the account, its customers, what they may be sent."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes.messenger import MessengerWorld
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_errors import ApiError
from tests.fakes.wechat_phone import Phone
from tests.fakes.wechat_push import Delivery
from tests.fakes.wechat_quota import earned
from tests.fakes.wechat_xml import Message


@dataclass(kw_only=True)
class World(MessengerWorld[Delivery]):
    """`last_seen` is each customer's last interaction."""

    account: Account
    last_seen: dict[str, datetime] = field(default_factory=dict)

    def follower(self, openid: object) -> Phone[Delivery]:
        """The phone of a customer who follows. Raises ApiError 40003 unknown, 43004 not following."""
        phone = self.phones.get(openid) if isinstance(openid, str) else None
        if phone is None:
            raise ApiError(40003)
        if not phone.following:
            raise ApiError(43004)
        return phone

    def need_permission(self) -> None:
        """Raises ApiError 48001 where the account is not verified."""
        if not self.account.may_custom_send:
            raise ApiError(48001)

    def interact(self, message: Message) -> None:
        """What a customer's act changes, whether its push is delivered or not."""
        openid, now = str(message["FromUserName"]), self.clock.now()
        phone = self.phones[openid]
        event = message.get("Event")
        if event == "unsubscribe":
            phone.following = False
            self.quota.close(openid)
        if event == "subscribe":
            phone.following = True
        size = earned(message)
        if size is not None:
            self.last_seen[openid] = now
            self.quota.open(openid, now, size, self.account.allowances_add_up)
        phone.record_own(str(event or message["MsgType"]), _own(message))


def _own(message: Message) -> dict[str, object]:
    hidden = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgID", "Event"}
    return {name: value for name, value in message.items() if name not in hidden}
