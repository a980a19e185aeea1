"""Brings customers' messages to the bot, one turn in flight per conversation, and the answers back."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from integrations.crm.conversations import handoff, repository, turns, wording
from integrations.crm.conversations.handoff_request import asks_for_person
from integrations.crm.conversations.service import Reply
from integrations.crm.conversations.turns import Answer, Turn
from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.rasa_server.client import BotAnswer, BotClient, BotError

log = structlog.get_logger()

SWEEP_SECONDS = 2.0
"""How often the database is asked for turns whose event was lost (a restart, another process)."""
_TURNS_AT_ONCE = 32
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_MOST_FAILURES = 5


class TurnRunner:
    """Runs until cancelled. Several may run in a cluster: each turn is leased to one."""

    def __init__(
        self, database: Database, bot: BotClient, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._bot = bot
        self._settings = settings
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._slots = asyncio.Semaphore(_TURNS_AT_ONCE)

    async def run(self) -> None:
        """Serve turns as they come, and those that were left behind."""
        sweeper = asyncio.create_task(self._sweep())
        try:
            while True:
                await self._listen()
        finally:
            sweeper.cancel()
            for task in self._running.values():
                task.cancel()

    async def _listen(self) -> None:
        try:
            async with self._database.events.subscribe() as events:
                while True:
                    event = await events.get()
                    if event["kind"] == "turn":
                        self.schedule(event["conversation"])
        except (RedisError, OSError):
            # Until it is back, the sweep finds the turns.
            log.warning("turns.subscription_lost", exc_info=True)
            await asyncio.sleep(SWEEP_SECONDS)

    def schedule(self, conversation: str) -> None:
        """See to a conversation's waiting messages; harmless when there are none."""
        if conversation in self._running:
            self._again.add(conversation)
            return
        self._running[conversation] = asyncio.create_task(self._serve(conversation))

    async def _sweep(self) -> None:
        while True:
            try:
                waiting = await self._database.read(lambda s: repository.waiting_turns(s, self._clock()))
                for conversation in waiting:
                    self.schedule(conversation)
            except SQLAlchemyError:
                log.warning("turns.sweep_failed", exc_info=True)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _serve(self, conversation: str) -> None:
        try:
            async with self._slots:
                turn = await self._claim(conversation)
                while turn is not None:
                    turn = await self._take(turn)
        except SQLAlchemyError:
            # The message is stored; the sweep comes back to it when the database answers.
            log.warning("turns.database_failed", conversation=conversation, exc_info=True)
        finally:
            del self._running[conversation]
            if conversation in self._again:
                self._again.discard(conversation)
                self.schedule(conversation)

    async def _claim(self, conversation: str) -> Turn | None:
        self._again.discard(conversation)
        return await self._database.run(lambda s: turns.claim(s, conversation, self._clock(), self._settings))

    async def _take(self, turn: Turn) -> Turn | None:
        """One turn to its end; returns the next one, claimed in the same transaction."""
        try:
            answer = _to_answer(await self._ask(turn))
        except BotError as error:
            log.warning("turns.failed", conversation=turn.conversation, reason=str(error))
            reason = str(error)
            return await self._finish(turn, lambda s: self._fail(s, turn, reason))
        return await self._finish(turn, lambda s: turns.complete(s, turn, answer, self._clock()))

    async def _finish(self, turn: Turn, store: Callable[[Session], None]) -> Turn | None:
        self._again.discard(turn.conversation)

        def work(session: Session) -> Turn | None:
            store(session)
            session.flush()
            return turns.claim(session, turn.conversation, self._clock(), self._settings)

        return await self._database.run(work)

    async def _ask(self, turn: Turn) -> BotAnswer:
        """Put the turn again where that can help: a bot that is away until the time for a turn is over,
        a failing action a few times (one that always fails should not keep the customer waiting)."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.turn_seconds
        pause, failures = _FIRST_PAUSE, 0
        while True:
            left = deadline - loop.time()
            try:
                return await self._bot.turn(
                    sender=turn.sender, text=turn.text, metadata=turn.metadata, timeout=max(left, 0.1)
                )
            except BotError as error:
                failures += error.answered
                if not error.retry or failures == _MOST_FAILURES or deadline - loop.time() < pause:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _fail(self, session: Session, turn: Turn, reason: str) -> None:
        turns.fail(session, turn, self._honest_reply(session, turn), reason, self._clock())

    def _honest_reply(self, session: Session, turn: Turn) -> Reply:
        """Without the bot: a person where one was asked for, else the truth and the offer of one."""
        if not asks_for_person(turn.text):
            return Reply(wording.TURN_FAILED, buttons=[{"title": "转人工", "payload": "人工"}])
        conversation = repository.lock_conversation(session, turn.conversation)
        place = handoff.request_person(session, conversation, "bot_failed", self._clock(), self._settings)
        if place.accepted:
            return Reply(wording.HANDOFF_WITHOUT_BOT.format(ahead=place.ahead))
        return Reply(
            wording.HANDOFF_WITHOUT_BOT_CLOSED.format(hours=place.hours, hotline=self._settings.hotline)
        )


def _to_answer(answer: BotAnswer) -> Answer:
    replies = [
        Reply(
            text=reply.get("text") or "",
            buttons=reply.get("buttons") or [],
            card=reply.get("card"),
            article=reply.get("article"),
        )
        for reply in answer.replies
    ]
    if not replies:
        # A turn without words would look like silence: never let it pass as an answer.
        raise BotError("empty_answer", retry=False)
    return Answer(replies, answer.understood)
