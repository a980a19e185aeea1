"""Sends through kf/send_msg, each message under an id by which a repeat is recognised."""

import re
from collections.abc import Sequence
from typing import Any

import regex
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.crm.models import Conversation, OutboxItem
from integrations.wechat.api import WeChatApi
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.kf_context import CHANNEL, Kf
from integrations.wechat.kf_wording import ALSO, ANSWER
from integrations.wechat.outgoing import Outgoing, Progress
from integrations.wechat.rendering import CHOOSE, Choice
from integrations.wechat.text import split

_SEND = "/cgi-bin/kf/send_msg"
_STATE = "/cgi-bin/kf/service_state/get"
_CHANGE_STATE = "/cgi-bin/kf/service_state/trans"
_NEW, _ASSISTANT = 0, 1
_WRONG_PARAMETER = 40058
# Rule (发送消息, 菜单消息): 10 entries of 128 bytes each, 1024 bytes above and below them.
_MOST_ITEMS, _ITEM_BYTES, _TAIL_BYTES = 10, 128, 1000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MESSAGE_ID = re.compile(r"([0-9a-f]{8})-([0-9a-z]{1,10})-([0-9a-z]{1,7})-[0-9a-z]{1,2}-[0-9a-z]{1,2}")
_CHOICE_LINES = regex.compile(
    rf'{regex.escape(CHOOSE)}\n(?:<a href="weixin://bizmsgmenu[^"]*">[^<]*</a>(?:\n|$))+'
)
_LABEL = regex.compile(r">([^<]*)</a>")
_ELEMENT = regex.compile(r'<a\s+href="([^"<>]*)"[^<>]*>([^<>]*)</a>(\s?)')


class KfTransport:
    """See `courier.Transport`."""

    channel = CHANNEL

    def __init__(self, kf: Kf) -> None:
        self._kf = kf
        self.account = kf.account

    async def send(self, user: str, message: Outgoing) -> int:
        """A text, or a msgmenu where there is something to choose."""
        id_ = await self._kf.database.read(lambda session: _id_of(session, message.progress))
        body = {"touser": user, "open_kfid": self.account, "msgid": id_, **content_of(message)}
        try:
            await post_once(self._kf.api, _SEND, body)
        except ApiError as error:
            if error.consequence != "state" or not await self._became_ours(user):
                raise
            await post_once(self._kf.api, _SEND, body)
        return 1

    async def typing(self, user: str) -> None:
        """微信客服 shows no such thing."""

    async def _became_ours(self, user: str) -> bool:
        """Make a conversation that nobody has taken yet the assistant's; False where somebody has it."""
        whom = {"open_kfid": self.account, "external_userid": user}
        if (await self._kf.api.call(_STATE, whom)).get("service_state") != _NEW:
            return False
        await self._kf.api.call(_CHANGE_STATE, whom | {"service_state": _ASSISTANT})
        return True


async def post_once(api: WeChatApi, path: str, body: dict[str, Any]) -> None:
    """Send a message that has a `msgid`; once more where the answer got lost, since WeCom refuses a second.

    Raises ApiError and Unreachable.
    """
    try:
        await _post(api, path, body)
    except Unreachable as error:
        if error.arrived is not None:
            raise
        try:
            await _post(api, path, body)
        except ApiError as refusal:
            if refusal.consequence == "refused":
                # Maybe because the first one arrived.
                raise error from refusal
            raise


async def _post(api: WeChatApi, path: str, body: dict[str, Any]) -> None:
    try:
        await api.call(path, body)
    except ApiError as error:
        # Ours are well formed: all that can be wrong with one is that it was used before.
        if error.code != _WRONG_PARAMETER or "msgid" not in error.message:
            raise


def content_of(message: Outgoing) -> dict[str, Any]:
    """The message's part of a body. WeCom knows no elements inside a text: they become plain words."""
    text = _plain(message.text)
    if not message.choices:
        return {"msgtype": "text", "text": {"content": text}}
    shown, rest = message.choices[:_MOST_ITEMS], message.choices[_MOST_ITEMS:]
    menu = {"head_content": text or CHOOSE, "list": [_item(one) for one in shown]}
    if rest:
        menu["tail_content"] = split(ALSO.format(titles="、".join(c.title for c in rest)), _TAIL_BYTES, 1)[0]
    return {"msgtype": "msgmenu", "msgmenu": menu}


def message_id(conversation: str, progress: Sequence[Progress]) -> str:
    """At most 32 letters, digits and hyphens: the conversation, the outbox rows, how much of them has gone.

    The same try again has the same id; another database's rows have other conversations.
    """
    first, last = progress[0], progress[-1]
    numbers = (first.item_id, last.item_id - first.item_id, first.parts_sent, last.parts_sent)
    return "-".join((conversation[:8], *map(_base36, numbers)))


def read_message_id(id_: str) -> tuple[str, int, int] | None:
    """The conversation's beginning and the first and last outbox row; None for an id that is not ours."""
    found = _MESSAGE_ID.fullmatch(id_)
    if found is None:
        return None
    first = int(found[2], 36)
    return found[1], first, first + int(found[3], 36)


def _id_of(session: Session, progress: Sequence[Progress]) -> str:
    conversation = session.scalars(
        select(Conversation.public_id)
        .join(OutboxItem, OutboxItem.conversation_id == Conversation.id)
        .where(OutboxItem.id == progress[0].item_id)
    ).one()
    return message_id(conversation, progress)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


def _item(choice: Choice) -> dict[str, Any]:
    title = split(choice.title, _ITEM_BYTES, 1)[0]
    return {"type": "click", "click": {"id": str(choice.id), "content": title}}


def _plain(text: str) -> str:
    return _ELEMENT.sub(_words, _CHOICE_LINES.sub(_choices_to_say, text)).rstrip()


def _words(element: regex.Match[str]) -> str:
    address, label, space = element.groups()
    # WeChat makes a link of an address that ends with a space.
    return f"{label} {address}{space or ' '}" if address.startswith("http") else f"{label}{space}"


def _choices_to_say(found: regex.Match[str]) -> str:
    lines = "".join(f"· {label}\n" for label in _LABEL.findall(found[0]))
    return f"{ANSWER}\n{lines}"
