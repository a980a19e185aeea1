"""What kf/sync_msg gives: JSON in, the values of `pushes` out, nothing believed unread.

Rule (接收消息和事件): origin 3 is the customer, 4 an event, 5 somebody who answers in WeCom's own client.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.wechat import pushes
from integrations.wechat.text import xml_safe

KFID = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""An open_kfid."""
_ID = re.compile(r"[!-~]{1,100}")
_USER = re.compile(r"[!-~]{1,64}")
_CUSTOMER, _EVENT = 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered(pushes.Push):
    """The customer opened the chat. `code` answers it once, within 20 s; None where no welcome is due.

    `scene` is what the link or QR code says that led here.
    """

    code: str | None = field(repr=False)
    scene: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFailed(pushes.Push):
    """A message of ours (`msgid`) did not reach the customer after all; `reason` is WeCom's fail_type."""

    msgid: str
    reason: int


Item = pushes.Inbound | Entered | SendFailed
_Fields = Mapping[str, Any]


def read_item(item: object, account: str, now: datetime) -> Item | None:
    """One of the list; None for what is not the customer's, not this account's, or unreadable."""
    if not isinstance(item, dict) or item.get("open_kfid", account) != account:
        return None
    kind, origin = item.get("msgtype"), item.get("origin")
    inside = item.get(kind) if isinstance(kind, str) else None
    fields: _Fields = inside if isinstance(inside, dict) else {}
    user = item.get("external_userid") or fields.get("external_userid")
    if origin not in (_CUSTOMER, _EVENT) or not isinstance(user, str) or not _USER.fullmatch(user):
        return None
    common: pushes.Common = {
        "openid": user,
        "account": account,
        "sent_at": _time(item.get("send_time"), now),
        "external_id": _id(item),
    }
    if origin == _EVENT:
        return _event(fields, common)
    build = _MESSAGES.get(str(kind))
    known = build(fields, common) if build else None
    return known or pushes.Unknown(**common, kind=str(kind))


def _event(fields: _Fields, common: pushes.Common) -> Item | None:
    match fields.get("event_type"):
        case "enter_session":
            scene = _text(fields, "scene_param") or _text(fields, "scene")
            return Entered(**common, code=_text(fields, "welcome_code") or None, scene=scene or None)
        case "msg_send_fail":
            reason = fields.get("fail_type")
            return SendFailed(
                **common,
                msgid=_text(fields, "fail_msgid"),
                reason=reason if isinstance(reason, int) else 0,
            )
    return None


def _time(seconds: object, now: datetime) -> datetime:
    return (pushes.moment(seconds) if isinstance(seconds, int) else None) or now


def _id(item: _Fields) -> str:
    given = item.get("msgid")
    if isinstance(given, str) and _ID.fullmatch(given):
        return given
    # Nothing is lost for a strange id: the same item always gets the same one from us.
    return "item:" + hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()


def _text(fields: _Fields, name: str) -> str:
    value = fields.get(name)
    return xml_safe(value) if isinstance(value, str) else ""


def _location(fields: _Fields, common: pushes.Common) -> pushes.Location | None:
    latitude, longitude = fields.get("latitude"), fields.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # false for NaN too
        return None
    label = " ".join(part for part in (_text(fields, "address"), _text(fields, "name")) if part)
    return pushes.Location(**common, latitude=float(latitude), longitude=float(longitude), label=label)


def _link(fields: _Fields, common: pushes.Common) -> pushes.Link | None:
    title, description, url = (_text(fields, name) for name in ("title", "desc", "url"))
    return pushes.Link(**common, title=title, description=description, url=url) if url else None


_Build = Callable[[_Fields, pushes.Common], pushes.Message | None]
_MESSAGES: dict[str, _Build] = {
    "text": lambda f, c: pushes.Text(**c, content=_text(f, "content"), menu_item=_text(f, "menu_id") or None),
    "image": lambda f, c: pushes.Image(**c, pic_url="", media_id=_text(f, "media_id")),
    # WeCom recognises no speech.
    "voice": lambda f, c: pushes.Voice(**c, media_id=_text(f, "media_id")),
    "video": lambda f, c: pushes.Video(**c, media_id=_text(f, "media_id")),
    "location": _location,
    "link": _link,
}
