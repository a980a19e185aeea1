"""The reply that an open request of WeChat takes along."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from integrations.crm.conversations import outbox, repository
from integrations.crm.database import notify
from integrations.crm.models import Message
from integrations.wechat.context import WeChat
from integrations.wechat.inbox import Taken
from integrations.wechat.outgoing import Outgoing, pack_passive


@dataclass(frozen=True)
class _Look:
    """What there is to say now; `over` where waiting longer brings nothing."""

    over: bool
    reply: Outgoing | None = None


async def await_reply(wechat: WeChat, taken: Taken, gone: Callable[[], Awaitable[bool]]) -> Outgoing | None:
    """The answer to the push, once there is one; None where it is not ready in time.

    Nothing is taken for a request that WeChat has hung up (`gone`): it would be lost.
    """
    until = taken.until
    if until is None:
        return None
    with wechat.waiting.watch(taken.conversation) as changed:
        while True:
            changed.clear()
            late = wechat.clock() >= until or await gone()
            found = await wechat.database.run(partial(_look, wechat, taken, late=late))
            if found.over:
                return found.reply
            left = (until - wechat.clock()).total_seconds()
            try:
                await asyncio.wait_for(changed.wait(), max(left, 0.01))
            except TimeoutError:
                continue


def _look(wechat: WeChat, taken: Taken, session: Session, *, late: bool) -> _Look:
    conversation = repository.lock_conversation(session, taken.conversation)
    now = wechat.clock()
    message = session.get(Message, taken.message_id) if taken.message_id else None
    if not late and message is not None and message.turn == "pending":
        return _Look(over=False)
    if not late and outbox.is_being_sent(session, conversation, now):
        # Another try of this push has the answer. WeChat takes the first `success` for the end of it, so
        # this one waits until the answer has gone.
        return _Look(over=False)
    if conversation.reply_awaited_until == taken.until:
        conversation.reply_awaited_until = None
    if late:
        # Whoever sends from now on is told that it is their turn.
        notify(session, conversation=conversation.public_id, kind="delivery")
        return _Look(over=True)
    parcels = outbox.take(session, conversation, now, due_only=False)
    reply = pack_passive(parcels)
    taken_along = {one.item_id for one in reply.progress} if reply else set()
    for parcel in parcels:
        if parcel.item_id not in taken_along:
            outbox.settle(session, conversation, parcel.item_id, "pending", now)
    return _Look(over=True, reply=reply)


def confirm(wechat: WeChat, taken: Taken, reply: Outgoing, session: Session) -> None:
    """The response with the reply has gone out."""
    conversation = repository.lock_conversation(session, taken.conversation)
    now = wechat.clock()
    for one in reply.progress:
        status = "shown" if one.whole else "pending"
        outbox.settle(session, conversation, one.item_id, status, now, parts_sent=one.parts_sent)
