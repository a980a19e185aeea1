"""Sends through custom/send of the Official Account."""

from typing import Any

from integrations.wechat.api import WeChatApi
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.context import CHANNEL
from integrations.wechat.outgoing import Outgoing
from integrations.wechat.rendering import CHOOSE
from integrations.wechat.text import split

_SEND = "/cgi-bin/message/custom/send"
_TYPING = "/cgi-bin/message/custom/typing"
_CAREFUL_LIMIT = 900
"""Bytes of a part where WeChat found a text too long that we did not."""


class OfficialAccount:
    """See `courier.Transport`."""

    channel = CHANNEL

    def __init__(self, api: WeChatApi, account: str) -> None:
        self._api = api
        self.account = account

    async def send(self, user: str, message: Outgoing) -> int:
        """A text, or a msgmenu where there is something to choose."""
        try:
            await self._api.call(_SEND, {"touser": user} | _content(message))
        except ApiError as error:
            if error.consequence != "long":
                raise
            return await self._send_in_parts(user, message.as_text().text)
        return 1

    async def _send_in_parts(self, user: str, text: str) -> int:
        sent = 0
        for part in split(text, _CAREFUL_LIMIT, most=len(text)):
            try:
                await self._api.call(_SEND, {"touser": user} | _content(Outgoing(part)))
            except (ApiError, Unreachable) as error:
                if not sent:
                    raise
                # Begun and not finished: it isn't begun again, the agent sees it.
                raise Unreachable("interrupted", arrived=None) from error
            sent += 1
        return sent

    async def typing(self, user: str) -> None:
        """「对方正在输入」 for 15 seconds, or until a message comes."""
        await self._api.call(_TYPING, {"touser": user, "command": "Typing"})


def _content(message: Outgoing) -> dict[str, Any]:
    if not message.choices:
        return {"msgtype": "text", "text": {"content": message.text}}
    items = [{"id": str(choice.id), "content": choice.title} for choice in message.choices]
    menu = {"head_content": message.text or CHOOSE, "list": items, "tail_content": ""}
    return {"msgtype": "msgmenu", "msgmenu": menu}
