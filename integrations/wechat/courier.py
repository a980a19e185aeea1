"""Sends what no open request takes along, within the messenger's quota; keeps what may not go now."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from integrations.crm.conversations import channel_accounts as accounts
from integrations.crm.conversations import outbox, repository
from integrations.crm.conversations.errors import ConversationNotFound
from integrations.crm.conversations.outbox import Parcel
from integrations.crm.database import Database
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.outgoing import Outgoing, pack
from integrations.wechat.probe import advice
from integrations.wechat.waiting import Waiting

log = structlog.get_logger()

SWEEP_SECONDS = 2.0
"""How often the database is asked for what was left behind."""
RESERVE = 1
"""Messages of the quota that the bot leaves for a person's word or the end of the matter."""
_BY_PEOPLE = ("agent", "system")
_TYPING_AFTER = timedelta(seconds=30)  # the messenger accepts it so long after the customer did something
_LATER = {"setup": timedelta(minutes=1), "tired": timedelta(minutes=10)}
_SOON = timedelta(seconds=5)
_HELD = {"closed": "window_closed", "spent": "quota_spent", "state": outbox.OTHERS_SERVE}


class Transport(Protocol):
    """One account's way to send."""

    channel: str
    account: str

    async def send(self, user: str, message: Outgoing) -> int:
        """Send one message; as how many the messenger counts it. Raises ApiError and Unreachable."""

    async def typing(self, user: str) -> None:
        """Show that an answer is being written. Raises ApiError and Unreachable."""


@dataclass(frozen=True)
class _Batch:
    """What is sent now, and what the quota leaves for later."""

    user: str
    messages: list[Outgoing]
    held: list[Outgoing]
    held_because: str = ""


class Courier:
    """Runs until cancelled. Several may run in a cluster: what one has taken the others leave."""

    def __init__(
        self, database: Database, waiting: Waiting, clock: Callable[[], datetime], transport: Transport
    ) -> None:
        self._database = database
        self._waiting = waiting
        self._clock = clock
        self._transport = transport
        self._running: dict[str, asyncio.Task[None]] = {}
        self._typing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send as news comes in, and now and then without any."""
        try:
            while True:
                await self._listen()
                try:
                    await self._look()
                except SQLAlchemyError:
                    log.warning("courier.database_failed", exc_info=True)
        finally:
            for task in (*self._running.values(), *self._typing):
                task.cancel()

    async def _listen(self) -> None:
        """Wait for news or a while; agents who type are shown at once."""
        try:
            event = await asyncio.wait_for(self._waiting.news.get(), SWEEP_SECONDS)
        except TimeoutError:
            return
        events = [event]
        while not self._waiting.news.empty():
            events.append(self._waiting.news.get_nowait())
        for conversation in {one["conversation"] for one in events if one["kind"] == "typing"}:
            self._typing.add(task := asyncio.create_task(self.show_typing(conversation)))
            task.add_done_callback(self._typing.discard)

    async def _look(self) -> None:
        transport = self._transport
        found = await self._database.read(
            lambda session: (
                outbox.waiting(session, transport.channel, transport.account, self._clock())
                if accounts.may_send(session, transport.channel, transport.account)
                else []
            )
        )
        for conversation in found:
            if conversation not in self._running:
                self._running[conversation] = asyncio.create_task(self._serve(conversation))

    async def _serve(self, conversation: str) -> None:
        try:
            await self.deliver(conversation)
        except SQLAlchemyError:
            # Taken and not settled: it becomes `unknown` when the lease is over.
            log.warning("courier.database_failed", conversation=conversation, exc_info=True)
        finally:
            del self._running[conversation]

    async def deliver(self, conversation: str) -> None:
        """Send what waits in one conversation."""
        batch = await self._database.run(lambda session: self._take(session, conversation))
        await self._send(conversation, batch)
        if batch.held:
            await self._database.run(partial(self._hold, conversation, batch))

    async def _send(self, conversation: str, batch: _Batch) -> None:
        for place, message in enumerate(batch.messages):
            rest = batch.messages[place:]
            try:
                count = await self._transport.send(batch.user, message)
            except ApiError as error:
                log.warning("courier.refused", conversation=conversation, code=error.code)
                await self._database.run(partial(self._refused, conversation, rest, error))
                return
            except Unreachable as error:
                log.warning("courier.unreachable", conversation=conversation, reason=str(error))
                await self._database.run(partial(self._unreachable, conversation, rest, error))
                return
            await self._database.run(partial(self._sent, conversation, message, count))

    async def show_typing(self, conversation: str) -> None:
        """An answer is on its way; only said where the messenger allows it."""
        user = await self._database.read(lambda session: self._may_see_typing(session, conversation))
        if user is None:
            return
        try:
            await self._transport.typing(user)
        except (ApiError, Unreachable) as error:
            log.info("courier.typing_refused", reason=str(error))

    def _take(self, session: Session, public_id: str) -> _Batch:
        conversation = repository.lock_conversation(session, public_id)
        now = self._clock()
        if conversation.reply_awaited_until is not None and conversation.reply_awaited_until > now:
            return _Batch(conversation.external_user, [], [])
        parcels = outbox.take(session, conversation, now)
        messages = pack(parcels)
        window = outbox.window_of(session, conversation, now)
        room = max(window.remaining - _reserve(parcels), 0)
        reason = "quota_spent" if window.reason != "closed" else "window_closed"
        return _Batch(conversation.external_user, messages[:room], messages[room:], reason)

    def _hold(self, public_id: str, batch: _Batch, session: Session) -> None:
        for message in batch.held:
            self._settle(session, public_id, message, "held", error=batch.held_because)

    def _sent(self, public_id: str, message: Outgoing, count: int, session: Session) -> None:
        conversation = repository.lock_conversation(session, public_id)
        now = self._clock()
        for _ in range(count):
            outbox.note_send(session, conversation, now)
        # That it could be sent ends any problem.
        accounts.note_problem(session, self._transport.channel, self._transport.account, None)
        outbox.keep(session, conversation, now)  # the rest of the batch waits for its turn
        for one in message.progress:
            status = "shown" if one.whole else "sending"
            outbox.settle(session, conversation, one.item_id, status, now, parts_sent=one.parts_sent)

    def _refused(self, public_id: str, rest: Sequence[Outgoing], error: ApiError, session: Session) -> None:
        transport, consequence = self._transport, error.consequence
        if consequence == "forbidden":
            accounts.account_row(session, transport.channel, transport.account).may_send = False
        if consequence in ("forbidden", "setup", "tired"):
            accounts.note_problem(session, transport.channel, transport.account, advice(error))
        for message in rest:
            if consequence in _HELD:
                self._settle(session, public_id, message, "held", error=_HELD[consequence])
            elif consequence == "gone":
                self._settle(session, public_id, message, "failed", error="not_following")
            elif consequence in ("forbidden", "setup", "tired", "again", "renew"):
                later = _LATER.get(consequence, _SOON)
                self._settle(session, public_id, message, "pending", error=consequence, later=later)
            else:
                self._settle(session, public_id, message, "failed", error=f"refused_{error.code}")

    def _unreachable(
        self, public_id: str, rest: Sequence[Outgoing], error: Unreachable, session: Session
    ) -> None:
        first, *others = rest
        if error.arrived is False:
            self._settle(session, public_id, first, "pending", error=str(error), later=_SOON)
        else:
            # It may have arrived: a second one would be worse than none, and it counts for the quota.
            outbox.note_send(session, repository.lock_conversation(session, public_id), self._clock())
            self._settle(session, public_id, first, "unknown", error=str(error))
        for message in others:
            self._settle(session, public_id, message, "pending", error=str(error), later=_SOON)

    def _settle(
        self,
        session: Session,
        public_id: str,
        message: Outgoing,
        status: str,
        *,
        error: str,
        later: timedelta | None = None,
    ) -> None:
        conversation = repository.lock_conversation(session, public_id)
        now = self._clock()
        for one in message.progress:
            outbox.settle(
                session,
                conversation,
                one.item_id,
                status,
                now,
                error=error,
                retry_at=now + later if later else None,
            )

    def _may_see_typing(self, session: Session, public_id: str) -> str | None:
        try:
            conversation = repository.get_conversation(session, public_id)
        except ConversationNotFound:
            return None
        transport = self._transport
        if (conversation.channel, conversation.account) != (transport.channel, transport.account):
            return None
        if not accounts.may_send(session, transport.channel, transport.account):
            return None
        last = outbox.last_interaction(session, conversation)
        recent = last is not None and self._clock() < last + _TYPING_AFTER
        return conversation.external_user if recent else None


def _reserve(parcels: Sequence[Parcel]) -> int:
    return 0 if any(parcel.sender in _BY_PEOPLE for parcel in parcels) else RESERVE
