"""WeCom's 微信客服 as its owner set it up, and its conversations."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.messenger import MessengerWorld
from tests.fakes.postman import Answer
from tests.fakes.wechat_errors import ApiError
from tests.fakes.wechat_phone import Phone

NEW, BOT, WAITING, HUMAN, ENDED = range(5)
"""States of a conversation."""
TOKEN_LASTS = timedelta(minutes=10)
CODE_LASTS = timedelta(seconds=20)
KEPT = timedelta(days=3)
"""How long sync_msg has a message."""


@dataclass
class KfAccount:
    """`open_kfid` is the one customer service account of the company `corpid`."""

    corpid: str = "ww12345678910abcde"
    secret: str = "kf-0123456789abcdef0123456789abcdef"
    token: str = "kfToken3QDG6eK"
    encoding_aes_key: str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    open_kfid: str = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
    name: str = "云川银行"


@dataclass
class Conversation:
    """`servicer` is who serves it in state HUMAN; `last_message` is the customer's."""

    state: int = NEW
    servicer: str = ""
    last_message: datetime | None = None


@dataclass
class KfDelivery:
    """A callback with the answer to each attempt; `message` is what sync_msg then has."""

    message: Mapping[str, Any]
    answers: list[Answer] = field(default_factory=list)
    accepted: bool = False


@dataclass(kw_only=True)
class KfWorld(MessengerWorld[KfDelivery]):
    """`max_page` is how many messages WeCom gives at once, whatever is asked."""

    account: KfAccount
    conversations: dict[str, Conversation] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    callback_tokens: dict[str, datetime] = field(default_factory=dict)
    codes: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    max_page: int = 1000

    def customer(self, userid: object) -> Phone[KfDelivery]:
        """The phone of a customer. Raises ApiError 40096."""
        phone = self.phones.get(userid) if isinstance(userid, str) else None
        if phone is None:
            raise ApiError(40096)
        return phone

    def check_kfid(self, open_kfid: object) -> None:
        """Raises ApiError 95000 for another account than ours."""
        if open_kfid != self.account.open_kfid:
            raise ApiError(95000)

    def append(self, origin: int, kind: str, **fields: Any) -> dict[str, Any]:
        """Add a message for sync_msg; `origin` is 3 for the customer's, 4 for the system's."""
        message = {
            "msgid": secrets.token_urlsafe(32),
            "open_kfid": self.account.open_kfid,
            "send_time": int(self.clock.now().timestamp()),
            "origin": origin,
            "msgtype": kind,
            **fields,
        }
        self.log.append(message)
        return message

    def new_code(self, userid: str) -> str:
        """A code that answers one event to this customer within 20 s."""
        code = secrets.token_urlsafe(32)
        self.codes[code] = (userid, self.clock.now() + CODE_LASTS)
        return code

    def use_code(self, code: object) -> Phone[KfDelivery]:
        """Whom a code answers. Raises ApiError 40058 where it is unknown, used or too old."""
        userid, until = self.codes.pop(str(code), ("", self.clock.now()))
        if self.clock.now() >= until:
            raise ApiError(40058, "invalid code")
        return self.phones[userid]
