"""The API side: what qyapi.weixin.qq.com answers for 微信客服."""

import re
import secrets
from typing import Any

from tests.fakes.api_server import Call, TokenApi, text_of
from tests.fakes.wechat_custom import OK, check_text
from tests.fakes.wechat_errors import ApiError
from tests.fakes.wechat_phone import Kind
from tests.fakes.wechat_quota import QuotaUsedUp, WindowClosed
from tests.fakes.wecom_world import (
    BOT,
    ENDED,
    HUMAN,
    KEPT,
    NEW,
    TOKEN_LASTS,
    WAITING,
    KfWorld,
)

MOST = 1000
"""Messages one sync_msg may ask for."""
NEXT_STATES = {
    NEW: {BOT, WAITING, HUMAN, ENDED},
    BOT: {WAITING, HUMAN, ENDED},
    WAITING: {HUMAN, ENDED},
    HUMAN: {HUMAN, ENDED},
    ENDED: set[int](),
}


class KfApi(TokenApi):
    """The endpoints; see `calls` and `inject`."""

    def __init__(self, world: KfWorld) -> None:
        super().__init__(world.clock)
        self._world = world
        self._cursors: dict[str, int] = {}
        self._sent: set[str] = set()
        self.add("/cgi-bin/gettoken", self._token, ("GET",))
        self.authorised("kf/sync_msg", self._sync)
        self.authorised("kf/send_msg", self._send)
        self.authorised("kf/send_msg_on_event", self._send_on_event)
        self.authorised("kf/service_state/get", self._state)
        self.authorised("kf/service_state/trans", self._change_state)
        self.authorised("kf/customer/batchget", self._customers)
        self.authorised("media/upload", world.media.upload)
        self.authorised("media/get", world.media.get, "GET")

    async def _token(self, call: Call) -> dict[str, Any]:
        if call.query.get("corpid") != self._world.account.corpid:
            raise ApiError(40013)
        if call.query.get("corpsecret") != self._world.account.secret:
            raise ApiError(40001)
        value, seconds = self.tokens.stable()
        return {**OK, "access_token": value, "expires_in": seconds}

    async def _sync(self, call: Call) -> dict[str, Any]:
        body = call.json()
        self._world.check_kfid(body.get("open_kfid"))
        limit = body.get("limit", MOST)
        if not isinstance(limit, int) or not 0 < limit <= MOST:
            raise ApiError(40058, "limit")
        self._check_callback_token(body.get("token"))
        start, log = self._start(body.get("cursor")), self._world.log
        end = min(len(log), start + min(limit, self._world.max_page))
        cursor = secrets.token_urlsafe(15)
        self._cursors[cursor] = end
        more = int(end < len(log))
        return {**OK, "next_cursor": cursor, "has_more": more, "msg_list": log[start:end]}

    def _check_callback_token(self, token: Any) -> None:
        if not token:
            return
        issued = self._world.callback_tokens.get(str(token))
        if issued is None or self._world.clock.now() - issued > TOKEN_LASTS:
            raise ApiError(95007)

    def _start(self, cursor: Any) -> int:
        if cursor and cursor not in self._cursors:
            raise ApiError(40058, "cursor")
        oldest = (self._world.clock.now() - KEPT).timestamp()
        kept = next(
            (place for place, one in enumerate(self._world.log) if one["send_time"] >= oldest),
            len(self._world.log),
        )
        return max(kept, self._cursors.get(str(cursor), 0))

    async def _send(self, call: Call) -> dict[str, Any]:
        body = call.json()
        self._world.check_kfid(body.get("open_kfid"))
        phone = self._world.customer(body.get("touser"))
        msgid = self._msgid(body)
        kind, content = self._content(body)
        state = self._world.conversations[phone.openid].state
        if state == ENDED:
            raise ApiError(95013)
        if state not in (NEW, BOT):
            raise ApiError(95018)
        try:
            self._world.quota.spend(phone.openid, self._world.clock.now())
        except WindowClosed as error:
            raise ApiError(95002) from error
        except QuotaUsedUp as error:
            raise ApiError(95001) from error
        self._sent.add(msgid)
        phone.show(kind, content, "custom")
        return {**OK, "msgid": msgid}

    async def _send_on_event(self, call: Call) -> dict[str, Any]:
        body = call.json()
        msgid = self._msgid(body)
        if body.get("msgtype") not in ("text", "msgmenu"):
            raise ApiError(40008)
        kind, content = self._content(body)
        phone = self._world.use_code(body.get("code"))
        self._sent.add(msgid)
        phone.show(kind, content, "custom")
        return {**OK, "msgid": msgid}

    def _msgid(self, body: dict[str, Any]) -> str:
        msgid = body.get("msgid") or secrets.token_urlsafe(20)
        if not re.fullmatch(r"[0-9a-zA-Z_-]{1,32}", str(msgid)):
            raise ApiError(40058, "msgid exceed max length or has other characters")
        if msgid in self._sent:
            raise ApiError(40058, "msgid repeated")
        return str(msgid)

    def _content(self, body: dict[str, Any]) -> tuple[Kind, Any]:
        kind = body.get("msgtype")
        part = body.get(kind) if isinstance(kind, str) else None
        if not isinstance(part, dict):
            raise ApiError(40008)
        match kind:
            case "text":
                return kind, check_text(part.get("content"))
            case "msgmenu":
                return kind, _menu(part)
            case "link":
                text_of(part.get("title"), 40058)
                text_of(part.get("url"), 40058)
                return kind, part
            case "image" | "voice" | "video":
                media_id = text_of(part.get("media_id"), 40007)
                if not self._world.media.known(media_id):
                    raise ApiError(40007)
                return kind, media_id
        raise ApiError(40008)

    async def _state(self, call: Call) -> dict[str, Any]:
        body = call.json()
        self._world.check_kfid(body.get("open_kfid"))
        phone = self._world.customer(body.get("external_userid"))
        found = self._world.conversations[phone.openid]
        return {**OK, "service_state": found.state, "servicer_userid": found.servicer}

    async def _change_state(self, call: Call) -> dict[str, Any]:
        body = call.json()
        self._world.check_kfid(body.get("open_kfid"))
        phone = self._world.customer(body.get("external_userid"))
        found, wanted = self._world.conversations[phone.openid], body.get("service_state")
        if wanted not in NEXT_STATES[found.state]:
            raise ApiError(95016)
        servicer = text_of(body.get("servicer_userid"), 40058) if wanted == HUMAN else ""
        found.state, found.servicer = int(wanted), servicer
        return OK if wanted == BOT else {**OK, "msg_code": self._world.new_code(phone.openid)}

    async def _customers(self, call: Call) -> dict[str, Any]:
        asked = call.json().get("external_userid_list")
        if not isinstance(asked, list) or not 0 < len(asked) <= 100:
            raise ApiError(40058, "external_userid_list")
        known = [userid for userid in asked if userid in self._world.phones]
        customers = [
            {"external_userid": userid, "nickname": f"微信用户{userid[-4:]}", "avatar": "", "gender": 0}
            for userid in known
        ]
        unknown = [userid for userid in asked if userid not in known]
        return {**OK, "customer_list": customers, "invalid_external_userid": unknown}


def _menu(part: dict[str, Any]) -> dict[str, Any]:
    items = part.get("list")
    if not isinstance(items, list) or not items:
        raise ApiError(40058, "list")
    shown = [_item(item) for item in items]
    return {**part, "list": shown}


def _item(item: Any) -> dict[str, Any]:
    kind = item.get("type") if isinstance(item, dict) else None
    inside = item.get(kind) if kind in ("click", "view", "text") else None
    if not isinstance(inside, dict):
        raise ApiError(40058, "list.type")
    text_of(inside.get("content"), 40058)
    if kind == "view":
        text_of(inside.get("url"), 40058)
    return {"id": inside.get("id", ""), **inside} if kind == "click" else inside
