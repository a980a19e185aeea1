"""Passive replies: the XML that answers a push in its own HTTP response.

Rule (被动回复用户消息): ToUserName, FromUserName, CreateTime in seconds, MsgType, Content; a sealed reply is
Encrypt, MsgSignature, TimeStamp, Nonce. Anything malformed shows the customer 「该公众号暂时无法提供服务」.
"""

from datetime import datetime

from integrations.wechat.crypto import Cipher, EncodingKey
from integrations.wechat.pushes import Push
from integrations.wechat.signature import signature
from integrations.wechat.text import xml_safe


def text_reply(inbound: Push, content: str, now: datetime) -> bytes:
    """A text to the sender of `inbound`. Raises ValueError where nothing readable is left of it."""
    content = xml_safe(content).replace("\r\n", "\n").replace("\r", "\n").strip()
    if not content:
        raise ValueError("an empty reply is malformed: answer success instead")
    return _document(
        ToUserName=inbound.openid,
        FromUserName=inbound.account,
        CreateTime=int(now.timestamp()),
        MsgType="text",
        Content=content,
    )


def sealed_reply(
    xml: bytes, cipher: Cipher, key: EncodingKey, *, token: str, timestamp: int, nonce: str
) -> bytes:
    """A reply sealed with the key that opened its push. `timestamp`: seconds since 1970."""
    sealed = cipher.encrypt(xml, key)
    return _document(
        Encrypt=sealed,
        MsgSignature=signature(token, str(timestamp), nonce, sealed),
        TimeStamp=timestamp,
        Nonce=nonce,
    )


def _document(**fields: str | int) -> bytes:
    elements = "".join(f"<{tag}>{_value(value)}</{tag}>" for tag, value in fields.items())
    return f"<xml>{elements}</xml>".encode()


def _value(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    # The end mark of a section, split over two of them, reads as the text it is.
    return "<![CDATA[" + xml_safe(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"
