"""Pushes as WeChat writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.wechat.errors import EnvelopeError
from integrations.wechat.inbound import read_push
from integrations.wechat.pushes import Inbound

OPENID = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
ACCOUNT = "gh_10f6c3c3ac5a"
SENT = 1409735668
WHOM = {"ToUserName": ACCOUNT, "FromUserName": OPENID, "CreateTime": str(SENT)}
TEXT = {**WHOM, "MsgType": "text", "Content": "查余额", "MsgId": "6054768590064713728"}
COMMON: dict[str, Any] = {
    "openid": OPENID,
    "account": ACCOUNT,
    "sent_at": datetime(2014, 9, 3, 9, 14, 28, tzinfo=UTC),
    "external_id": "6054768590064713728",
}


def xml(fields: dict[str, str]) -> bytes:
    """The fields as WeChat writes them."""
    return ("<xml>" + "".join(f"<{n}><![CDATA[{v}]]></{n}>" for n, v in fields.items()) + "</xml>").encode()


def message(kind: str, **fields: str) -> Inbound:
    """A message of this kind, read."""
    return read_push(xml({**WHOM, "MsgType": kind, "MsgId": "6054768590064713728", **fields}))


def event(name: str, **fields: str) -> Inbound:
    """An event of this name, read."""
    return read_push(xml({**WHOM, "MsgType": "event", "Event": name, **fields}))


def refused(body: bytes, code: str) -> None:
    """The body is refused, for this reason and with no word of it."""
    with pytest.raises(EnvelopeError) as caught:
        read_push(body)
    assert caught.value.code == code
    assert caught.value.args == (code,)
