"""The API side: what api.weixin.qq.com answers to the account's server."""

import secrets
from typing import Any

from tests.fakes.api_server import Call, TokenApi
from tests.fakes.wechat_custom import OK, CustomMessages
from tests.fakes.wechat_errors import ApiError
from tests.fakes.wechat_menu import Menu
from tests.fakes.wechat_world import World

LONGEST_QRCODE = 2_592_000
"""Seconds a temporary QR code may last: 30 days."""
QRCODE_SCENES = {
    "QR_SCENE": "scene_id",
    "QR_LIMIT_SCENE": "scene_id",
    "QR_STR_SCENE": "scene_str",
    "QR_LIMIT_STR_SCENE": "scene_str",
}


class WeChatApi(TokenApi):
    """The endpoints; see `calls` and `inject`. `scenes` is the scene of each QR code by its ticket."""

    def __init__(self, world: World) -> None:
        super().__init__(world.clock)
        self.custom = CustomMessages(world)
        self.menu = Menu()
        self.scenes: dict[str, str] = {}
        self._world = world
        self.add("/cgi-bin/token", self._token, ("GET", "POST"))
        self.add("/cgi-bin/stable_token", self._stable_token)
        self._add_messages()
        self._add_account()

    def _add_messages(self) -> None:
        self.authorised("message/custom/send", self.custom.send)
        self.authorised("message/custom/typing", self.custom.typing)
        self.authorised("media/upload", self._world.media.upload)
        self.authorised("media/get", self._world.media.get, "GET")

    def _add_account(self) -> None:
        self.authorised("menu/create", self.menu.create)
        self.authorised("menu/get", self.menu.get, "GET")
        self.authorised("menu/delete", self.menu.delete, "GET")
        self.authorised("get_current_selfmenu_info", self.menu.describe, "GET")
        self.authorised("qrcode/create", self._qrcode)
        self.authorised("user/info", self._user, "GET")
        self.authorised("customservice/getkflist", self._staff, "GET")
        self.authorised("getcallbackip", self._callback_ips, "GET")
        self.authorised("clear_quota", self._clear_quota)

    async def _token(self, call: Call) -> dict[str, Any]:
        self._check_credentials(call, call.query)
        return _granted(self.tokens.classic())

    async def _stable_token(self, call: Call) -> dict[str, Any]:
        body = call.json()
        self._check_credentials(call, body)
        return _granted(self.tokens.stable(body.get("force_refresh") is True))

    def _check_credentials(self, call: Call, given: dict[str, Any]) -> None:
        account = self._world.account
        if given.get("grant_type") != "client_credential":
            raise ApiError(40002)
        for name, right, missing, wrong in (
            ("appid", account.appid, 41002, 40013),
            ("secret", account.secret, 41004, 40125),
        ):
            if not given.get(name):
                raise ApiError(missing)
            if given[name] != right:
                raise ApiError(wrong)
        if account.allowed_ips is not None and call.caller not in account.allowed_ips:
            raise ApiError(40164)

    async def _qrcode(self, call: Call) -> dict[str, Any]:
        self._world.need_permission()
        body = call.json()
        action = body.get("action_name")
        if action not in QRCODE_SCENES:
            raise ApiError(40053)
        try:
            scene = body["action_info"]["scene"][QRCODE_SCENES[action]]
        except (KeyError, TypeError) as error:
            raise ApiError(40053) from error
        ticket = "gQ" + secrets.token_urlsafe(60)
        self.scenes[ticket] = str(scene)
        answer: dict[str, Any] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket[:22]}"}
        if "LIMIT" not in action:
            answer["expire_seconds"] = min(int(body.get("expire_seconds", 60)), LONGEST_QRCODE)
        return answer

    async def _user(self, call: Call) -> dict[str, Any]:
        phone = self._world.phones.get(call.query.get("openid", ""))
        if phone is None:
            raise ApiError(40003)
        if not phone.following:
            return {"subscribe": 0, "openid": phone.openid}
        return {
            "subscribe": 1,
            "openid": phone.openid,
            "language": "zh_CN",
            "subscribe_time": int(self._world.clock.now().timestamp()),
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": "ADD_SCENE_QR_CODE",
            "qr_scene": 0,
            "qr_scene_str": "",
        }

    async def _staff(self, _call: Call) -> dict[str, Any]:
        self._world.need_permission()
        return {"kf_list": []}

    async def _callback_ips(self, _call: Call) -> dict[str, Any]:
        return {"ip_list": ["127.0.0.1"]}

    async def _clear_quota(self, call: Call) -> dict[str, Any]:
        if call.json().get("appid") != self._world.account.appid:
            raise ApiError(40013)
        return OK


def _granted(token: tuple[str, int]) -> dict[str, Any]:
    value, seconds = token
    return {"access_token": value, "expires_in": seconds}
