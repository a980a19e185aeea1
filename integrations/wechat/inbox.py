"""Takes a push in: once, in one transaction, as a message for whoever answers the conversation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import anyio.to_thread
import structlog
from sqlalchemy.orm import Session

from integrations.crm.bank.service import branch_by_id
from integrations.crm.conversations import attachments, binding, outbox, repository, service
from integrations.crm.conversations import wording as crm_wording
from integrations.crm.conversations.attachments import CleanImage
from integrations.crm.conversations.errors import ConversationError, EmptyMessage, MessageTooLong
from integrations.crm.conversations.send_window import Kind
from integrations.crm.conversations.service import Reply, Visitor
from integrations.crm.customers.identity import bound_customer_id
from integrations.crm.models import Conversation, Message
from integrations.wechat import inbound, wording
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.context import CHANNEL, WeChat
from integrations.wechat.rendering import message_of

log = structlog.get_logger()
_MEDIA_SECONDS = 3.0
_EARNS_MESSAGES = (
    inbound.Image,
    inbound.Voice,
    inbound.Video,
    inbound.Location,
    inbound.Link,
    inbound.Unknown,
)
_BRANCH, _ARTICLE = "branch-", "article-"
"""How the key of a QR code begins: a branch's id or an article's follows."""


@dataclass(frozen=True)
class Taken:
    """A push that is stored now. `until`: how long its request waits for the reply; None: not at all."""

    conversation: str
    message_id: int | None
    until: datetime | None


async def take(wechat: WeChat, push: inbound.Inbound) -> Taken:
    """Store the push with what it asks for; a second try of the same changes nothing."""
    image = await _fetch_image(wechat, push) if isinstance(push, inbound.Image) else None
    if image is None:
        return await wechat.database.run(partial(_take, wechat, push, image=None, file=None))
    folder = wechat.app.upload_folder
    file = await anyio.to_thread.run_sync(attachments.write_image, folder, image)
    stored = False
    try:
        taken = await wechat.database.run(partial(_take, wechat, push, image=image, file=file))
        stored = await wechat.database.read(partial(_holds_attachment, taken, file))
        return taken
    finally:
        if not stored:
            attachments.discard_image(folder, file, image)


def _take(
    wechat: WeChat, push: inbound.Inbound, session: Session, *, image: CleanImage | None, file: str | None
) -> Taken:
    now = wechat.clock()
    conversation = _conversation(wechat, session, push, now)
    known = outbox.is_known(session, CHANNEL, wechat.account, push.external_id)
    if not known:
        outbox.note_interaction(session, conversation, push.external_id, _earned(push), now)
        _Entry(wechat, session, conversation, push, now).store(image, file)
    message = repository.find_message(session, CHANNEL, wechat.account, push.external_id)
    awaited = conversation.reply_awaited_until
    if known and awaited is not None and awaited > now:
        return Taken(conversation.public_id, None, None)  # an earlier try of this push is still open
    if not outbox.has_pending(session, conversation) and not (message and message.turn == "pending"):
        return Taken(conversation.public_id, None, None)
    until = now + timedelta(seconds=wechat.settings.passive_seconds)
    conversation.reply_awaited_until = until
    return Taken(conversation.public_id, message.id if message else None, until)


def _conversation(wechat: WeChat, session: Session, push: inbound.Push, now: datetime) -> Conversation:
    customer = bound_customer_id(session, CHANNEL, wechat.account, push.openid)
    visitor = Visitor(CHANNEL, wechat.account, push.openid, customer)
    opened = service.open_conversation(session, visitor, now)
    return repository.lock_conversation(session, opened.public_id)


def _earned(push: inbound.Inbound) -> Kind | None:
    match push:
        case inbound.Text(menu_item=None):
            return "message"
        case inbound.Text() | inbound.Subscribed() | inbound.Scanned() | inbound.Clicked():
            return "click"
        case inbound.Unknown(kind=kind) if kind.startswith("event:"):
            return None
        case _:
            return "message" if isinstance(push, _EARNS_MESSAGES) else None


@dataclass(frozen=True)
class _Entry:
    """One push on its way into its conversation."""

    wechat: WeChat
    session: Session
    conversation: Conversation
    push: inbound.Inbound
    now: datetime

    def store(self, image: CleanImage | None, file: str | None) -> None:
        """Put it where it belongs."""
        if isinstance(self.push, inbound.Image):
            self._picture(image, file)
        elif not self._arrival():
            self._message()

    def _arrival(self) -> bool:
        """Somebody comes or goes."""
        match self.push:
            case inbound.Subscribed(scene=scene):
                self._welcome()
                self._arrive_from(scene)
            case inbound.Scanned(key=key):
                self._arrive_from(key)
            case inbound.Unsubscribed():
                binding.unbind(self.session, self.conversation, self.now)
            case _:
                return False
        return True

    def _message(self) -> None:
        match self.push:
            case inbound.Text(content=content, menu_item=item):
                self._say(self._chosen(item) or content)
            case inbound.Clicked(key=key):
                self._say(key)
            case inbound.Voice(recognition=str(heard)):
                self._say(heard)
            case inbound.Location(latitude=lat, longitude=lon, label=label):
                text = wording.LOCATION.format(label=label) if label else wording.LOCATION_UNNAMED
                self._say(text, payload={"location": {"lat": lat, "lon": lon}})
            case _:
                self._unread()

    def _unread(self) -> None:
        """What the bot can't read is kept and owned up to."""
        match self.push:
            case inbound.Voice():
                self._say(wording.VOICE, answer=wording.VOICE_UNREAD)
            case inbound.Video():
                self._say(wording.VIDEO, answer=wording.VIDEO_UNREAD)
            case inbound.Link(title=title, url=url):
                self._say(wording.LINK.format(title=title, url=url), answer=wording.LINK_UNREAD)
            case inbound.Unknown(kind=kind) if not kind.startswith("event:"):
                self._say(wording.UNKNOWN, answer=wording.UNKNOWN_UNREAD)

    def _say(self, text: str, *, answer: str | None = None, payload: dict[str, Any] | None = None) -> None:
        """A customer's message; with `answer` the channel answers it itself."""
        try:
            receipt = service.receive(
                self.session,
                self.conversation,
                external_id=self.push.external_id,
                text=text,
                now=self.now,
                settings=self.wechat.app,
                payload=payload,
                for_bot=answer is None,
            )
        except EmptyMessage:
            self._tell(wording.EMPTY)
        except MessageTooLong:
            self._tell(wording.TOO_LONG)
        else:
            if answer is not None:
                self._tell(answer, reply_to=receipt.message.id)

    def _picture(self, image: CleanImage | None, file: str | None) -> None:
        if image is None or file is None:
            self._say(crm_wording.IMAGE, answer=wording.IMAGE_LOST)
            return
        service.receive(
            self.session,
            self.conversation,
            external_id=self.push.external_id,
            text=crm_wording.IMAGE,
            now=self.now,
            settings=self.wechat.app,
            attachment=attachments.add_attachment(self.session, self.conversation, file, image, self.now),
        )

    def _chosen(self, item: str | None) -> str | None:
        """What the tapped choice of a message of ours says."""
        place = message_of(item) if item else None
        message = self.session.get(Message, place[0]) if place else None
        if place is None or message is None or message.conversation_id != self.conversation.id:
            return None
        buttons = (message.payload or {}).get("buttons") or []
        return str(buttons[place[1]]["payload"]) if place[1] < len(buttons) else None

    def _welcome(self) -> None:
        buttons = [{"title": title, "payload": said} for title, said in wording.WELCOME_CHOICES]
        self._tell(wording.WELCOME.format(bank=self.wechat.app.bank_name), buttons=buttons)

    def _arrive_from(self, key: str | None) -> None:
        """The customer scanned the QR code of a branch or of a product."""
        if key is None:
            return
        branch = branch_by_id(key.removeprefix(_BRANCH)) if key.startswith(_BRANCH) else None
        if branch is not None:
            text = wording.BRANCH.format(name=branch.name, address=branch.address, hours=branch.hours)
            self._tell(text + (wording.BRANCH_PHONE.format(phone=branch.phone) if branch.phone else ""))
        elif (
            title := self.wechat.titles.get(key.removeprefix(_ARTICLE)) if key.startswith(_ARTICLE) else None
        ):
            self._say(title)

    def _tell(
        self, text: str, *, reply_to: int | None = None, buttons: list[dict[str, str]] | None = None
    ) -> None:
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


async def _fetch_image(wechat: WeChat, push: inbound.Image) -> CleanImage | None:
    """The picture, re-encoded; None where WeChat doesn't give it in time or it is none."""
    known = partial(_is_known, wechat, push.external_id)
    if await wechat.database.read(known):
        return None
    try:
        with anyio.fail_after(_MEDIA_SECONDS):
            data = await wechat.api.media(push.media_id)
        return await anyio.to_thread.run_sync(attachments.clean_image, data)
    except (ApiError, Unreachable, ConversationError, TimeoutError) as error:
        log.warning("wechat.image_lost", reason=type(error).__name__)
        return None


def _is_known(wechat: WeChat, external_id: str, session: Session) -> bool:
    return outbox.is_known(session, CHANNEL, wechat.account, external_id)


def _holds_attachment(taken: Taken, file: str, session: Session) -> bool:
    conversation = repository.get_conversation(session, taken.conversation)
    return attachments.exists(session, conversation, file)
