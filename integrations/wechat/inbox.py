"""Takes a push in: once, in one transaction, as a message for whoever answers the conversation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session

from integrations.crm.bank.service import branch_by_id
from integrations.crm.conversations import attachments, binding, outbox, repository, service
from integrations.crm.conversations import wording as crm_wording
from integrations.crm.conversations.errors import EmptyMessage, MessageTooLong
from integrations.crm.conversations.redaction import readable
from integrations.crm.conversations.send_window import Kind
from integrations.crm.conversations.service import Reply, Visitor
from integrations.crm.customers.identity import bound_customer_id
from integrations.crm.models import Attachment, Conversation, Message
from integrations.wechat import pushes, wording
from integrations.wechat.context import Messenger, WeChat
from integrations.wechat.pictures import Picture, Pictures, fetched
from integrations.wechat.rendering import message_of

log = structlog.get_logger()
_BRANCH, _ARTICLE = "branch-", "article-"
"""How the key of a QR code begins: a branch's id or an article's follows."""


@dataclass(frozen=True)
class Taken:
    """A push that is stored now. `until`: how long its request waits for the reply; None: not at all."""

    conversation: str
    message_id: int | None
    until: datetime | None


async def take(wechat: WeChat, push: pushes.Inbound) -> Taken:
    """Store the push with what it asks for; a second try of the same changes nothing."""
    arrived = wechat.clock()
    async with fetched(wechat, [push]) as found:
        return await wechat.database.run(partial(_take, wechat, push, found, arrived))


def _take(
    wechat: WeChat, push: pushes.Inbound, found: Pictures, arrived: datetime, session: Session
) -> Taken:
    now = wechat.clock()
    conversation = conversation_of(wechat, session, push.openid, now)
    store(wechat, session, conversation, push, found, now)
    message = repository.find_message(session, wechat.channel, wechat.account, push.external_id)
    if not outbox.has_news(session, conversation) and not (message and message.turn == "pending"):
        return Taken(conversation.public_id, None, None)
    # WeChat's patience began when the push came, before its picture was fetched.
    until = arrived + timedelta(seconds=wechat.settings.passive_seconds)
    conversation.reply_awaited_until = until
    return Taken(conversation.public_id, message.id if message else None, until)


def conversation_of(messenger: Messenger, session: Session, user: str, now: datetime) -> Conversation:
    """The user's conversation, locked; made at the first sight of them."""
    customer = bound_customer_id(session, messenger.channel, messenger.account, user)
    visitor = Visitor(messenger.channel, messenger.account, user, customer)
    opened = service.open_conversation(session, visitor, now)
    return repository.lock_conversation(session, opened.public_id)


def store(
    messenger: Messenger,
    session: Session,
    conversation: Conversation,
    push: pushes.Inbound,
    found: Pictures,
    now: datetime,
    *,
    acted_at: datetime | None = None,
    history: bool = False,
) -> None:
    """Put the push into its locked conversation, once. `acted_at`: when it came, where that is not now.

    `history`: it is for the staff to read, nobody answers it.
    """
    if not outbox.is_known(session, messenger.channel, messenger.account, push.external_id):
        earned = _earned(messenger, push)
        outbox.note_interaction(session, conversation, push.external_id, earned, acted_at or now)
        _Entry(messenger, session, conversation, push, now, history).store(found.get(push.external_id))


def branch_notice(key: str | None) -> str | None:
    """What a customer reads who comes through the QR code of a branch; None for any other key."""
    branch = branch_by_id(key.removeprefix(_BRANCH)) if key and key.startswith(_BRANCH) else None
    if branch is None:
        return None
    text = wording.BRANCH.format(name=branch.name, address=branch.address, hours=branch.hours)
    return text + (wording.BRANCH_PHONE.format(phone=branch.phone) if branch.phone else "")


def welcome_buttons() -> list[dict[str, str]]:
    """The choices below a welcome."""
    return [{"title": title, "payload": said} for title, said in wording.WELCOME_CHOICES]


def _earned(messenger: Messenger, push: pushes.Inbound) -> Kind | None:
    if isinstance(push, pushes.Text) and push.menu_item is not None:
        return messenger.tap_earns
    if isinstance(push, pushes.Subscribed | pushes.Scanned | pushes.Clicked):
        return "click"
    if isinstance(push, pushes.Unsubscribed):
        return "left"
    if isinstance(push, pushes.Unknown):
        return None if push.kind.startswith("event:") else "message"
    return "message" if isinstance(push, pushes.Message) else None


@dataclass(frozen=True)
class _Entry:
    """One push on its way into its conversation."""

    messenger: Messenger
    session: Session
    conversation: Conversation
    push: pushes.Inbound
    now: datetime
    history: bool

    def store(self, picture: Picture | None) -> None:
        """Put it where it belongs."""
        if isinstance(self.push, pushes.Image):
            self._picture(picture)
        elif not self._arrival():
            self._message()

    def _arrival(self) -> bool:
        """Somebody comes or goes."""
        match self.push:
            case pushes.Subscribed(scene=scene):
                self._welcome()
                self._arrive_from(scene)
            case pushes.Scanned(key=key):
                self._arrive_from(key)
            case pushes.Unsubscribed():
                binding.unbind(self.session, self.conversation, self.now)
            case _:
                return False
        return True

    def _message(self) -> None:
        match self.push:
            case pushes.Text(content=content, menu_item=item):
                self._say(self._chosen(item) or content)
            case pushes.Clicked(key=key):
                self._say(key)
            case pushes.Voice(recognition=str(heard)):
                self._say(heard)
            case pushes.Location(latitude=lat, longitude=lon, label=label):
                text = wording.LOCATION.format(label=label) if label else wording.LOCATION_UNNAMED
                self._say(text, payload={"location": {"lat": lat, "lon": lon}})
            case _:
                self._unread()

    def _unread(self) -> None:
        """What the bot can't read is kept and owned up to."""
        match self.push:
            case pushes.Voice():
                self._say(wording.VOICE, answer=wording.VOICE_UNREAD)
            case pushes.Video():
                self._say(wording.VIDEO, answer=wording.VIDEO_UNREAD)
            case pushes.Link(title=title, url=url):
                self._say(wording.LINK.format(title=title, url=url), answer=wording.LINK_UNREAD)
            case pushes.Unknown(kind=kind) if not kind.startswith("event:"):
                self._say(wording.UNKNOWN, answer=wording.UNKNOWN_UNREAD)

    def _say(
        self,
        text: str,
        *,
        answer: str | None = None,
        payload: dict[str, Any] | None = None,
        attachment: Attachment | None = None,
    ) -> None:
        """A customer's message; with `answer` the channel answers it itself."""
        try:
            receipt = service.receive(
                self.session,
                self.conversation,
                external_id=self.push.external_id,
                text=wording.HISTORY + text if self.history and readable(text) else text,
                now=self.now,
                settings=self.messenger.app,
                payload=payload,
                for_bot=answer is None,
                attachment=attachment,
            )
        except EmptyMessage:
            self._tell(wording.EMPTY)
        except MessageTooLong:
            self._tell(wording.TOO_LONG)
        else:
            if self.history:
                receipt.message.turn = "human"
            elif answer is not None:
                self._tell(answer, reply_to=receipt.message.id)

    def _picture(self, picture: Picture | None) -> None:
        if picture is None:
            self._say(crm_wording.IMAGE, answer=wording.IMAGE_LOST)
            return
        stored = attachments.add_attachment(
            self.session, self.conversation, picture.file, picture.image, self.now
        )
        self._say(crm_wording.IMAGE, attachment=stored)

    def _chosen(self, item: str | None) -> str | None:
        """What the tapped choice of a message of ours says."""
        place = message_of(item) if item else None
        message = self.session.get(Message, place[0]) if place else None
        if place is None or message is None or message.conversation_id != self.conversation.id:
            return None
        buttons = (message.payload or {}).get("buttons") or []
        return str(buttons[place[1]]["payload"]) if place[1] < len(buttons) else None

    def _welcome(self) -> None:
        # What was answered after they had left waits for nobody.
        outbox.give_up(self.session, self.conversation, "not_following", self.now)
        self._tell(wording.WELCOME.format(bank=self.messenger.app.bank_name), buttons=welcome_buttons())

    def _arrive_from(self, key: str | None) -> None:
        """The customer scanned the QR code of a branch or of a product."""
        if key is None:
            return
        notice = branch_notice(key)
        title = self.messenger.titles.get(key.removeprefix(_ARTICLE)) if key.startswith(_ARTICLE) else None
        if notice:
            self._tell(notice)
        elif title:
            self._say(title)

    def _tell(
        self, text: str, *, reply_to: int | None = None, buttons: list[dict[str, str]] | None = None
    ) -> None:
        if self.history:
            return
        place = self.conversation.last_seq
        service.send(
            self.session,
            self.conversation,
            Reply(text, buttons=buttons or []),
            sender="system",
            external_id=f"notice:{self.push.external_id}:{place}",
            reply_to=reply_to,
            now=self.now,
        )
