"""The customer service messages: message/custom/send and message/custom/typing."""

from datetime import datetime, timedelta
from typing import Any

from tests.fakes.api_server import Call, text_of
from tests.fakes.wechat_errors import ApiError
from tests.fakes.wechat_phone import Kind
from tests.fakes.wechat_quota import QuotaUsedUp, WindowClosed
from tests.fakes.wechat_world import World

TEXT_BYTES = 2048
TYPING_AFTER = timedelta(seconds=30)
TYPING_LASTS = timedelta(seconds=15)
OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}


class CustomMessages:
    """Sends outside of a passive reply."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._typing_until: dict[str, datetime] = {}

    async def send(self, call: Call) -> dict[str, Any]:
        """One message, on the customer's quota; a message that is refused costs nothing."""
        self._world.need_permission()
        body = call.json()
        phone = self._world.follower(body.get("touser"))
        kind, content = self._content(body)
        try:
            self._world.quota.spend(phone.openid, self._world.clock.now())
        except WindowClosed as error:
            raise ApiError(45015) from error
        except QuotaUsedUp as error:
            raise ApiError(45047) from error
        self._typing_until.pop(phone.openid, None)
        phone.show(kind, content, "custom")
        return OK

    async def typing(self, call: Call) -> dict[str, Any]:
        """Show or hide that somebody types: 15 s, and only after an interaction of the last 30 s."""
        self._world.need_permission()
        body = call.json()
        phone = self._world.follower(body.get("touser"))
        command, now = body.get("command"), self._world.clock.now()
        if command not in ("Typing", "CancelTyping"):
            raise ApiError(45072)
        seen = self._world.last_seen.get(phone.openid)
        if seen is None or now - seen > TYPING_AFTER:
            raise ApiError(45080)
        if command == "CancelTyping":
            self._typing_until.pop(phone.openid, None)
        elif self.is_typing(phone.openid):
            raise ApiError(45081)
        else:
            self._typing_until[phone.openid] = now + TYPING_LASTS
        phone.show("typing", command, "custom")
        return OK

    def is_typing(self, openid: str) -> bool:
        """Whether this customer sees that somebody types."""
        until = self._typing_until.get(openid)
        return until is not None and self._world.clock.now() < until

    def _content(self, body: dict[str, Any]) -> tuple[Kind, Any]:
        kind = body.get("msgtype")
        part = body.get(kind) if isinstance(kind, str) else None
        match kind:
            case "text":
                return kind, check_text(_object(part).get("content"))
            case "msgmenu":
                return kind, check_menu(_object(part))
            case "image" | "voice":
                return kind, self._media(_object(part))
            case "news":
                return kind, _articles(_object(part))
        raise ApiError(40008)

    def _media(self, part: dict[str, Any]) -> str:
        media_id = text_of(part.get("media_id"), 40007)
        if not self._world.media.known(media_id):
            raise ApiError(40007)
        return media_id


def check_text(content: Any) -> str:
    """Words of a message. Raises ApiError 44004 for none, 45002 for more than 2048 bytes of UTF-8."""
    words = text_of(content, 44004)
    if len(words.encode()) > TEXT_BYTES:
        raise ApiError(45002)
    return words


def check_menu(part: dict[str, Any]) -> dict[str, Any]:
    """A msgmenu of tappable items with numeric ids. Raises ApiError 47001, 45002."""
    items = part.get("list")
    if not isinstance(items, list) or not items:
        raise ApiError(47001, "list")
    words = [part.get("head_content") or "", part.get("tail_content") or ""]
    for item in items:
        found = _object(item)
        # The tap comes back in bizmsgmenuid, which is a number.
        if not str(found.get("id", "")).isdecimal():
            raise ApiError(47001, "list.id")
        words.append(text_of(found.get("content"), 47001))
    check_text("".join(words))
    return part


def _articles(part: dict[str, Any]) -> list[dict[str, Any]]:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles:
        raise ApiError(47001, "articles")
    if len(articles) > 1:
        raise ApiError(45008)
    text_of(_object(articles[0]).get("title"), 47001)
    return articles


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ApiError(47001)
    return value
