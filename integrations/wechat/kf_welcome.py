"""The welcome of a customer who opens the chat: kf/send_msg_on_event, which no quota counts.

Rule (发送欢迎语等事件响应消息): a code answers one event, within 20 s.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from integrations.crm.conversations import outbox, repository, service
from integrations.crm.conversations.service import Reply
from integrations.crm.models import Conversation, Message
from integrations.wechat import inbox, kf_wording
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.kf_context import Kf
from integrations.wechat.kf_messages import Entered
from integrations.wechat.kf_sending import content_of, message_id, post_once
from integrations.wechat.outgoing import Outgoing, pack

log = structlog.get_logger()

CODE_LASTS = timedelta(seconds=20)


@dataclass(frozen=True)
class Greeting:
    """A welcome that is stored and taken for sending."""

    conversation: str
    code: str
    message: Outgoing


def prepare(kf: Kf, session: Session, entered: Entered, now: datetime) -> Greeting | None:
    """Store the welcome; None where none is due, it was stored before, or its time is over."""
    if entered.code is None or now - entered.sent_at >= CODE_LASTS:
        return None
    conversation = inbox.conversation_of(kf, session, entered.openid, now)
    if outbox.is_known(session, kf.channel, kf.account, entered.external_id):
        return None
    outbox.note_interaction(session, conversation, entered.external_id, None, now)
    text = kf_wording.WELCOME.format(bank=kf.app.bank_name)
    notice = inbox.branch_notice(entered.scene)
    message = service.send(
        session,
        conversation,
        Reply(f"{notice}\n\n{text}" if notice else text, buttons=inbox.welcome_buttons()),
        sender="system",
        external_id=f"welcome:{entered.external_id}",
        now=now,
    )
    packed = _taken(session, conversation, message, now)
    return Greeting(conversation.public_id, entered.code, packed) if packed else None


def _taken(session: Session, conversation: Conversation, message: Message, now: datetime) -> Outgoing | None:
    """The message for us to send; None where a sender is at work, who will see to it."""
    session.flush()
    packed = None
    for parcel in outbox.take(session, conversation, now, due_only=False):
        if parcel.message_id == message.id:
            packed = pack([parcel])[-1]  # one code, one message: of a very long one the end with the choices
        else:
            outbox.settle(session, conversation, parcel.item_id, "pending", now)
    return packed


async def deliver(kf: Kf, greeting: Greeting) -> None:
    """Send the welcome and note what became of it."""
    progress = greeting.message.progress
    body = {
        "code": greeting.code,
        "msgid": message_id(greeting.conversation, progress),
        **content_of(greeting.message),
    }
    status, reason = "shown", None
    try:
        await post_once(kf.api, "/cgi-bin/kf/send_msg_on_event", body)
    except ApiError as error:
        status, reason = "failed", f"refused_{error.code}"
    except Unreachable as error:
        status, reason = "unknown" if error.arrived is None else "failed", str(error)
    if reason:
        log.warning("kf.welcome_lost", conversation=greeting.conversation, reason=reason)

    def settle(session: Session) -> None:
        conversation = repository.lock_conversation(session, greeting.conversation)
        for one in progress:
            outbox.settle(session, conversation, one.item_id, status, kf.clock(), error=reason)

    await kf.database.run(settle)
