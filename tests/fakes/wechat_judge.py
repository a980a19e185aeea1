"""Decides as WeChat does what a webhook's answer to a push is worth."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from tests.fakes.wechat_account import Account
from tests.fakes.wechat_crypto import Envelope
from tests.fakes.wechat_phone import Kind
from tests.fakes.wechat_xml import Message, read_xml

TEXT_BYTES = 2048
ENVELOPE = {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
ARTICLES = {"event": 8}
"""Articles a reply may have by what is replied to; one where it is not named."""


@dataclass(frozen=True)
class Reply:
    """A passive reply as the phone shows it."""

    kind: Kind
    content: Any


class Judge:
    """`known_media` tells whether a media_id exists."""

    def __init__(self, account: Account, envelope: Envelope, known_media: Callable[[str], bool]) -> None:
        self._account = account
        self._envelope = envelope
        self._known_media = known_media

    def judge(self, message: Message, status: int, body: bytes) -> Reply | None:
        """The reply to show, None where there is nothing to show. Raises ValueError with what is wrong."""
        if status != 200:
            raise ValueError(f"HTTP {status}")
        if body in (b"", b"success"):
            return None
        root = self._opened(body.decode())
        _check_addresses(root, message)
        return self._reply(root, message)

    def _opened(self, text: str) -> Element:
        root = read_xml(text)
        if not self._account.encrypted:
            return root
        if root.find("Encrypt") is None:
            if self._account.mode == "safe":
                raise ValueError("a plain reply in safe mode")
            return root
        names = {child.tag for child in root}
        if names != ENVELOPE:
            raise ValueError(f"the envelope's tags are {', '.join(sorted(names))}")
        timestamp, nonce, encrypt = (_text(root, name) for name in ("TimeStamp", "Nonce", "Encrypt"))
        _check_time(timestamp, "TimeStamp")
        if self._envelope.signature(timestamp, nonce, encrypt) != _text(root, "MsgSignature"):
            raise ValueError("MsgSignature is wrong")
        return read_xml(self._envelope.open(encrypt))

    def _reply(self, root: Element, message: Message) -> Reply | None:
        kind = _text(root, "MsgType")
        match kind:
            case "text":
                return Reply(kind, _content(root))
            case "image" | "voice" | "video":
                return Reply(kind, self._media(root, f"{kind.capitalize()}/MediaId"))
            case "music":
                return Reply(kind, self._media(root, "Music/ThumbMediaId"))
            case "news":
                return Reply(kind, _articles(root)[: ARTICLES.get(str(message["MsgType"]), 1)])
            case "transfer_customer_service":
                return None
        raise ValueError(f"MsgType is {kind!r}")

    def _media(self, root: Element, path: str) -> str:
        found = _text(root, path)
        if not self._known_media(found):
            raise ValueError(f"{path} {found!r} is unknown")
        return found


def _check_addresses(root: Element, message: Message) -> None:
    for name, other in (("ToUserName", "FromUserName"), ("FromUserName", "ToUserName")):
        if _text(root, name) != message[other]:
            raise ValueError(f"{name} is not the push's {other}")
    _check_time(_text(root, "CreateTime"), "CreateTime")


def _check_time(value: str, name: str) -> None:
    if not re.fullmatch(r"\d{1,10}", value, re.ASCII):
        raise ValueError(f"{name} {value!r} is not whole seconds")


def _content(root: Element) -> str:
    content = _text(root, "Content")
    if len(content.encode()) > TEXT_BYTES:
        raise ValueError(f"Content has more than {TEXT_BYTES} bytes")
    return content


def _articles(root: Element) -> list[dict[str, str]]:
    items = root.findall("Articles/item")
    if not items or _text(root, "ArticleCount") != str(len(items)):
        raise ValueError("ArticleCount is not the number of items in Articles")
    fields = ("Title", "Description", "PicUrl", "Url")
    articles = [{name: item.findtext(name) or "" for name in fields} for item in items]
    if any(not one["Title"] for one in articles):
        raise ValueError("an article without Title")
    return articles


def _text(root: Element, path: str) -> str:
    found = root.findtext(path)
    if not found:
        raise ValueError(f"{path} is missing or empty")
    return found
