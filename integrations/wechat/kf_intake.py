"""Takes in a page of kf/sync_msg: its messages, its events and the place after it in one transaction."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from integrations.crm.conversations import channel_accounts as accounts
from integrations.crm.conversations import outbox
from integrations.wechat import inbox, kf_welcome, pushes
from integrations.wechat.kf_api import Page
from integrations.wechat.kf_context import Kf
from integrations.wechat.kf_messages import Entered, SendFailed
from integrations.wechat.kf_sending import read_message_id
from integrations.wechat.kf_welcome import Greeting
from integrations.wechat.pictures import Pictures

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
"""How long the process that reads answers for it, from each page on."""
_RECENT = timedelta(minutes=1)
ANSWERED = timedelta(minutes=10)
"""Of what was written before we began to read an account, so much is answered; the rest is history."""


class Overtaken(Exception):
    """Another process has taken this page in."""


def cursor_of(kf: Kf, session: Session) -> str | None:
    """How far the account has been read."""
    row = accounts.find_account(session, kf.channel, kf.account)
    return row.cursor if row else None


def store_page(kf: Kf, page: Page, since: str | None, pictures: Pictures, session: Session) -> list[Greeting]:
    """Store the page that was read from the place `since`; returns the welcomes to be sent now.

    Raises Overtaken.
    """
    now = kf.clock()
    greetings = []
    for item in page.items:
        match item:
            case Entered():
                greeting = kf_welcome.prepare(kf, session, item, now)
                greetings += [greeting] if greeting else []
            case SendFailed():
                _note_failure(kf, session, item, now)
            case _:
                _store(kf, session, item, pictures, now, past=page.past)
    # Last, so that no conversation is waited for while the account's row is locked.
    whose, until = (kf.channel, kf.account), now + LEASE
    if not accounts.move_cursor(session, *whose, since=since, to=page.place, busy_until=until):
        raise Overtaken
    return greetings


def _store(
    kf: Kf, session: Session, item: pushes.Inbound, found: Pictures, now: datetime, *, past: bool
) -> None:
    age = now - item.sent_at
    if past and age > ANSWERED:
        # As of when it was written; a conversation that has gone on since stays where it is.
        conversation = inbox.conversation_of(kf, session, item.openid, item.sent_at)
        newest = conversation.last_message_at
        inbox.store(kf, session, conversation, item, found, item.sent_at, history=True)
        conversation.last_message_at = max(newest, conversation.last_message_at)
        return
    conversation = inbox.conversation_of(kf, session, item.openid, now)
    # WeCom counts the 48 hours from when the customer wrote, in whole seconds.
    acted_at = item.sent_at if age > _RECENT else now
    inbox.store(kf, session, conversation, item, found, now, acted_at=acted_at)


def _note_failure(kf: Kf, session: Session, failed: SendFailed, now: datetime) -> None:
    """What WeCom had accepted has not arrived: the desk is told so."""
    place = read_message_id(failed.msgid)
    if place is None:
        return
    salt, first, last = place
    conversation = inbox.conversation_of(kf, session, failed.openid, now)
    if not conversation.public_id.startswith(salt):
        return
    outbox.note_loss(session, conversation, first, last, f"wecom_fail_{failed.reason}", now)
    log.warning("kf.not_delivered", conversation=conversation.public_id, reason=failed.reason)
