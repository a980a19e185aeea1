"""The menu at the bottom of the chat."""

from typing import Any

from tests.fakes.api_server import Call
from tests.fakes.wechat_custom import OK
from tests.fakes.wechat_errors import ApiError

CLICKABLE = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
OTHER = {"miniprogram", "media_id", "view_limited", "article_id", "article_view_limited"}
NAME_BYTES = (16, 60)
"""Of a button in the bar, of one in a sub-menu."""


class Menu:
    """What menu/create published; `buttons` is None without a menu."""

    def __init__(self) -> None:
        self.buttons: list[dict[str, Any]] | None = None

    async def create(self, call: Call) -> dict[str, Any]:
        """Publish. Here escapes are not shown but refused."""
        if call.has_escapes():
            raise ApiError(40033)
        self.buttons = _checked(call.json().get("button"), most=3, depth=0)
        return OK

    async def get(self, _call: Call) -> dict[str, Any]:
        """As it was published."""
        if self.buttons is None:
            raise ApiError(46003)
        return {"menu": {"button": self.buttons}}

    async def delete(self, _call: Call) -> dict[str, Any]:
        """Take it away."""
        self.buttons = None
        return OK

    async def describe(self, _call: Call) -> dict[str, Any]:
        """get_current_selfmenu_info: the same with another form of sub-menus."""
        buttons = [_described(button) for button in self.buttons or []]
        return {"is_menu_open": int(self.buttons is not None), "selfmenu_info": {"button": buttons}}


def _described(button: dict[str, Any]) -> dict[str, Any]:
    inner = button.get("sub_button")
    return {**button, "sub_button": {"list": inner}} if inner else button


def _checked(buttons: Any, most: int, depth: int) -> list[dict[str, Any]]:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= most:
        raise ApiError(40016)
    for button in buttons:
        if not isinstance(button, dict):
            raise ApiError(47001)
        if not 0 < len(str(button.get("name", "")).encode()) <= NAME_BYTES[depth]:
            raise ApiError(40018)
        if button.get("sub_button") and depth == 0:
            _checked(button["sub_button"], most=5, depth=1)
        else:
            _check_action(button)
    return buttons


def _check_action(button: dict[str, Any]) -> None:
    kind = button.get("type")
    if kind in CLICKABLE:
        if not 0 < len(str(button.get("key", "")).encode()) <= 128:
            raise ApiError(40019)
    elif kind == "view":
        if not 0 < len(str(button.get("url", "")).encode()) <= 1024:
            raise ApiError(40020)
    elif kind not in OTHER:
        raise ApiError(40017)
