"""Takes in a page of kf/sync_msg: its messages, its events and the place after it in one transaction."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from integrations.crm.conversations.channel_accounts import find_account
from integrations.crm.database import notify
from integrations.crm.models import ChannelAccount, OutboxItem
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
    row = find_account(session, kf.channel, kf.account)
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
    _advance(kf, session, since, page.cursor, now)
    return greetings


def _advance(kf: Kf, session: Session, since: str | None, cursor: str, now: datetime) -> None:
    session.flush()
    done = session.execute(
        update(ChannelAccount)
        .where(
            ChannelAccount.channel == kf.channel,
            ChannelAccount.account == kf.account,
            ChannelAccount.cursor == since,
        )
        .values(cursor=cursor, token_refresh_until=now + LEASE, problem=None)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Overtaken


def _note_failure(kf: Kf, session: Session, failed: SendFailed, now: datetime) -> None:
    """What WeCom had accepted has not arrived: the desk is told so."""
    place = read_message_id(failed.msgid)
    if place is None:
        return
    salt, first, last = place
    conversation = inbox.conversation_of(kf, session, failed.openid, now)
    if not conversation.public_id.startswith(salt):
        return
    lost = session.scalars(
        select(OutboxItem).where(
            OutboxItem.conversation_id == conversation.id,
            OutboxItem.id.between(first, last),
            OutboxItem.status.in_(("sending", "shown", "unknown")),
        )
    ).all()
    for item in lost:
        item.status, item.last_error, item.finished_at = "failed", f"wecom_fail_{failed.reason}", now
    log.warning("kf.not_delivered", conversation=conversation.public_id, reason=failed.reason)
    notify(session, conversation=conversation.public_id, kind="delivery")
