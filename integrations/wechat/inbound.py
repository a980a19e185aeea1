"""What WeChat pushes: XML in, one frozen value out, nothing believed unread.

Rules: 接收普通消息 and 接收事件推送. Pushes are UTF-8; JSON pushes are not for accounts that use XML.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from integrations.wechat.errors import EnvelopeError
from integrations.wechat.pushes import (
    Clicked,
    Common,
    Image,
    Inbound,
    Link,
    Location,
    Reported,
    Scanned,
    Subscribed,
    Text,
    Unknown,
    Unsubscribed,
    Video,
    Viewed,
    Voice,
    moment,
)
from integrations.wechat.text import xml_safe

MAX_PUSH = 64 * 1024
"""Longest push, in bytes; a text of the customer has 2 KiB at most."""
_MAX_DEPTH = 8
_MAX_ELEMENTS = 256
_NAME = re.compile(r"[!-~]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,10}")
_DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?")
_SCENE = "qrscene_"


Fields = Mapping[str, str]


def read_push(body: bytes) -> Inbound:
    """The push in a plain body or opened envelope. Raises EnvelopeError for whatever is not a whole push."""
    fields = read_fields(body)
    kind = _matching(fields, "MsgType", _NAME).lower()
    event = _matching(fields, "Event", _NAME) if kind == "event" else None
    common = _common(fields, event)
    if event is None:
        build = _MESSAGES.get(kind)
        return Unknown(**common, kind=kind) if build is None else build(fields, common)
    build = _EVENTS.get(event.lower())
    return Unknown(**common, kind=f"event:{event.lower()}") if build is None else build(fields, common)


def read_sealed(body: bytes) -> str:
    """The ciphertext of a sealed body. Raises EnvelopeError (`not_sealed` where there is none)."""
    sealed = read_fields(body).get("Encrypt")
    if not sealed:
        raise EnvelopeError("not_sealed")
    return sealed


def read_fields(body: bytes) -> Fields:
    """The children of <xml> with their texts. Raises EnvelopeError."""
    if len(body) > MAX_PUSH:
        raise EnvelopeError("too_big")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EnvelopeError("encoding") from None
    top = _TopLevel()
    parser = XMLParser(target=top, forbid_dtd=True)
    try:
        # A customer's stray control character must not cost the message; text, unlike bytes, can't claim
        # another encoding.
        parser.feed(xml_safe(text))
        parser.close()
    except (ParseError, DefusedXmlException):
        raise EnvelopeError("xml") from None
    return top.fields


class _TopLevel:
    """Collects the children of <xml> as they are parsed. No tree is built: nesting costs nothing."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._depth = 0
        self._elements = 0
        self._pieces: list[str] = []

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            raise EnvelopeError("shape")
        if (self._depth == 1 and tag != "xml") or (self._depth == 2 and tag in self.fields):
            raise EnvelopeError("shape")
        self._pieces.clear()

    def data(self, data: str, /) -> None:
        self._pieces.append(data)

    def end(self, tag: str, /) -> None:
        if self._depth == 2:
            self.fields[tag] = "".join(self._pieces).strip()
        self._depth -= 1


def _common(fields: Fields, event: str | None) -> Common:
    openid = _matching(fields, "FromUserName", _NAME)
    seconds = _matching(fields, "CreateTime", _SECONDS)
    sent_at = moment(int(seconds))
    if sent_at is None:
        raise EnvelopeError("field")
    if event is None:
        external_id = _matching(fields, "MsgId" if "MsgId" in fields else "MsgID", _NAME)
    else:
        same = "\n".join((openid, seconds, event, fields.get("EventKey", "")))
        external_id = "event:" + hashlib.sha256(same.encode()).hexdigest()
    return {
        "openid": openid,
        "account": _matching(fields, "ToUserName", _NAME),
        "sent_at": sent_at,
        "external_id": external_id,
    }


def _matching(fields: Fields, name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name, "")
    if not pattern.fullmatch(value):
        raise EnvelopeError("field")
    return value


def _present(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not value:
        raise EnvelopeError("field")
    return value


def _text(fields: Fields, common: Common) -> Text:
    if "Content" not in fields:
        raise EnvelopeError("field")
    return Text(**common, content=fields["Content"], menu_item=fields.get("bizmsgmenuid") or None)


def _location(fields: Fields, common: Common) -> Location:
    latitude, longitude = (float(_matching(fields, name, _DEGREES)) for name in ("Location_X", "Location_Y"))
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise EnvelopeError("field")
    return Location(**common, latitude=latitude, longitude=longitude, label=fields.get("Label", ""))


def _link(fields: Fields, common: Common) -> Link:
    title, description = fields.get("Title", ""), fields.get("Description", "")
    return Link(**common, title=title, description=description, url=_present(fields, "Url"))


def _subscribed(fields: Fields, common: Common) -> Subscribed:
    key = fields.get("EventKey", "")
    return Subscribed(**common, scene=key.removeprefix(_SCENE) or None if key.startswith(_SCENE) else None)


_Build = Callable[[Fields, Common], Inbound]
_MESSAGES: dict[str, _Build] = {
    "text": _text,
    "image": lambda f, c: Image(**c, pic_url=_present(f, "PicUrl"), media_id=_present(f, "MediaId")),
    "voice": lambda f, c: Voice(
        **c, media_id=_present(f, "MediaId"), recognition=f.get("Recognition") or None
    ),
    "video": lambda f, c: Video(**c, media_id=_present(f, "MediaId")),
    "shortvideo": lambda f, c: Video(**c, media_id=_present(f, "MediaId")),
    "location": _location,
    "link": _link,
}
_EVENTS: dict[str, _Build] = {
    "subscribe": _subscribed,
    "unsubscribe": lambda _, c: Unsubscribed(**c),
    "scan": lambda f, c: Scanned(**c, key=_present(f, "EventKey")),
    "click": lambda f, c: Clicked(**c, key=_present(f, "EventKey")),
    "view": lambda f, c: Viewed(**c, url=_present(f, "EventKey")),
    "location": lambda _, c: Reported(**c),
}
