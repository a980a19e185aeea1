"""Takes in a page of kf/sync_msg: its messages, its events and the place after it in one transaction."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from integrations.crm.conversations import channel_accounts as accounts
from integrations.crm.conversations import outbox
from integrations.wechat import inbox, kf_welcome
from integrations.wechat.inbox import Pictures
from integrations.wechat.kf_api import Page
from integrations.wechat.kf_context import Kf
from integrations.wechat.kf_messages import Entered, SendFailed
from integrations.wechat.kf_sending import read_message_id
from integrations.wechat.kf_welcome import Greeting

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
"""How long the process that reads answers for it, from each page on."""
_RECENT = timedelta(minutes=1)


class Overtaken(Exception):
    """Another process has taken this page in."""


def cursor_of(kf: Kf, session: Session) -> str | None:
    """How far the account has been read."""
    row = accounts.find_account(session, kf.channel, kf.account)
    return row.cursor if row else None


def store_page(kf: Kf, page: Page, since: str | None, pictures: Pictures, session: Session) -> list[Greeting]:
    """Store the page that was read from the cursor `since`; returns the welcomes to be sent now.

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
                conversation = inbox.conversation_of(kf, session, item.openid, now)
                # WeCom counts the 48 hours from when the customer wrote, in whole seconds.
                late = now - item.sent_at > _RECENT
                acted_at = item.sent_at if late else now
                inbox.store(kf, session, conversation, item, pictures, now, acted_at=acted_at)
    # Last, so that no conversation is waited for while the account's row is locked.
    whose, until = (kf.channel, kf.account), now + LEASE
    if not accounts.move_cursor(session, *whose, since=since, to=page.cursor, busy_until=until):
        raise Overtaken
    return greetings


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
