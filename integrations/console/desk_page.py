"""The agent's desk: queue and own conversations, the conversation, the customer. Live without reload."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from fastapi import Request
from nicegui import background_tasks, events, ui
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from integrations.console import access, desk, desk_actions, wording
from integrations.console.context import Console
from integrations.console.desk_offers_panel import OfferPanel
from integrations.console.frame import Visit, frame, markup, spoken
from integrations.console.guard import read_token
from integrations.console.rendering import day, render
from integrations.crm.conversations import handoff
from integrations.crm.conversations.errors import AlreadyTaken, ConversationError
from integrations.crm.events import Event, Subscription
from integrations.crm.models import Staff
from integrations.crm.staff.errors import Forbidden

log = structlog.get_logger()
_SETTLE_SECONDS = 0.1
"""Events of one turn come together; they are drawn at once."""
_RECHECK_SECONDS = 20
"""The desk looks in the database this often even without events: a lost one stays harmless."""
_RETRY_SECONDS = 3
_DONE = {"hand_back": wording.HANDED_BACK_DONE, "close": wording.CLOSED_DONE}
_ACTIONS: dict[str, Callable[..., Any]] = {
    "take": desk_actions.take,
    "hand_back": handoff.hand_back,
    "close": handoff.close,
}


def register_desk(console: Console) -> None:
    """Add the page /console/desk."""

    @ui.page("/desk")
    async def desk_page(request: Request, c: str = "") -> None:
        visit = Visit(console, read_token(request.scope), "desk", ui.context.client)
        frame(console, request.state.staff, "desk")
        await Desk(visit).show(c)


class Desk:
    """One agent's open desk."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._console = visit.console
        self._drawing = asyncio.Lock()
        self._here = ""
        self._seq = 0
        self._shown = desk.SHOWN_AT_ONCE
        self._day = ""
        self._listed: set[str] = set()
        self._live: asyncio.Task[None] | None = None

    async def show(self, public_id: str) -> None:
        """Build the page, with a conversation open where the address names one."""
        with ui.element("main").classes("desk"):
            with ui.element("aside").classes("desk-lists"):
                self._lists = markup("")
            with ui.element("section").classes("desk-thread"):
                self._head = markup("")
                self._thread = ui.element("div").classes("thread").props("tabindex=0 id=thread role=log")
                markup(f'<button type="button" id="below" hidden>{wording.NEW_BELOW}</button>')
                self._offers = OfferPanel(self._visit)
                self._composer = markup(render("composer.html")).classes("composer")
            with ui.element("aside").classes("facts desk-facts"):
                self._facts = markup("")
        self._draw_blank("")
        ui.on("console", self._heard)
        await self._act({"do": "open", "id": public_id} if public_id else {"do": "refresh"})
        ui.timer(0, self._go_live, once=True)
        self._visit.client.on_delete(self._end)

    def _go_live(self) -> None:
        self._live = background_tasks.create(self._follow(), name="desk")

    def _end(self) -> None:
        if self._live:
            self._live.cancel()

    # what happens elsewhere

    async def _follow(self) -> None:
        while True:
            try:
                async with self._console.database.events.subscribe() as events:
                    await self._look_again()  # what happened between building the page and now
                    await self._watch(events)
            except (OSError, RedisError):
                log.warning("desk.events_lost", exc_info=True)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _watch(self, events: Subscription) -> None:
        while True:
            with suppress(TimeoutError):
                concerned = self._concerns(await asyncio.wait_for(events.get(), _RECHECK_SECONDS))
                await asyncio.sleep(_SETTLE_SECONDS)
                for event in events.waiting():
                    concerned |= self._concerns(event)
                if not concerned:
                    continue
            await self._look_again()

    async def _look_again(self) -> None:
        with self._visit.client:
            await self._act({"do": "refresh"})

    def _concerns(self, event: Event) -> bool:
        if event.get("kind") in ("message", "delivery"):
            return event.get("conversation") in self._listed
        return event.get("kind") == "holder"

    # what the agent does

    async def _heard(self, event: events.GenericEventArguments) -> None:
        asked = event.args if isinstance(event.args, dict) else {}
        if all(isinstance(value, str) for value in asked.values()):
            await self._act(asked)

    async def _act(self, asked: dict[str, str]) -> None:
        do, public_id = asked.get("do", ""), asked.get("id", "")
        try:
            async with self._drawing:
                await self._carry_out(do, public_id, asked)
        except (access.NotSignedIn, access.SetupNeeded, Forbidden) as error:
            self._end()
            self._visit.leave(error)
        except ConversationError as error:
            self._failed(asked, spoken(error))
        except SQLAlchemyError:
            log.exception("desk.failed", do=do)
            self._failed(asked, wording.FAILED_TO_DO)

    async def _carry_out(self, do: str, public_id: str, asked: dict[str, str]) -> None:
        if do in ("open", "take", "hand_back", "close"):
            try:
                await self._change(do, public_id)
            finally:
                await self._draw_lists()
        elif do == "send":
            await self._send(public_id, asked.get("text", ""), asked.get("message", ""))
        elif do in ("offers", "offer", "offers_close"):
            await self._offer(do, public_id, asked.get("product", ""))
        elif do == "earlier" and self._here:
            self._shown += desk.SHOWN_AT_ONCE
            await self._open(self._here, stay=True)
        elif do == "typing" and public_id == self._here:
            await self._tell_typing()
        elif do == "refresh":
            await self._refresh()

    async def _change(self, do: str, public_id: str) -> None:
        action = _ACTIONS.get(do)
        now = self._console.clock()
        try:
            if action is not None:
                await self._visit.write(lambda session, agent: action(session, public_id, agent, now))
            if do == "hand_back":
                self._blank(_DONE[do])
            else:
                self._shown = desk.SHOWN_AT_ONCE
                await self._open(public_id)
        except ConversationError as error:
            self._blank(spoken(error))

    async def _send(self, public_id: str, text: str, message: str) -> None:
        now = self._console.clock()
        try:
            await self._visit.write(
                lambda session, agent: desk_actions.answer(session, public_id, agent, text, message, now)
            )
        except ValueError:
            return
        self._js("sent", message)
        await self._refresh()

    async def _offer(self, do: str, public_id: str, code: str) -> None:
        if do == "offers" and self._here:
            await self._offers.open(self._here)
        elif do == "offer":
            with suppress(ValueError):
                await self._offers.send(public_id, code)
            await self._refresh()
        else:
            self._offers.close()

    async def _tell_typing(self) -> None:
        thread = await self._visit.read(
            lambda session, agent: desk.head_of(desk.visible(session, agent, self._here), agent)
        )
        if thread.mine:
            event = {"conversation": self._here, "kind": "typing"}
            await asyncio.to_thread(self._console.database.events.publish, event)

    # drawing

    async def _refresh(self) -> None:
        if self._here:
            here, now = self._here, self._console.clock()
            try:
                thread = await self._visit.read(
                    lambda session, agent: desk.newer(session, agent, here, self._seq, now)
                )
                self._draw(thread, now)
            except ConversationError as error:
                self._blank(spoken(error) if isinstance(error, AlreadyTaken) else wording.HELD_BY_BOT)
        await self._draw_lists()

    async def _open(self, public_id: str, *, stay: bool = False) -> None:
        now, shown = self._console.clock(), self._shown
        thread = await self._visit.read(
            lambda session, agent: desk.open_thread(session, agent, public_id, now, shown=shown)
        )
        self._thread.clear()
        self._here, self._seq, self._day = public_id, 0, ""
        if thread.earlier:
            with self._thread:
                markup(render("earlier.html", count=thread.earlier))
        self._draw(thread, now)
        if not stay:
            self._offers.close()
            self._js("opened", public_id)

    def _draw(self, thread: desk.Thread, now: datetime) -> None:
        with self._thread:
            for line in thread.lines:
                new_day = day(line.at) != self._day
                self._day = day(line.at)
                markup(render("line.html", m=line, new_day=new_day))
        self._seq = max(self._seq, thread.last_seq)
        self._head.set_content(render("head.html", h=thread.head))
        self._facts.set_content(render("facts.html", f=thread.facts))
        self._composer.set_visibility(thread.head.mine)
        if not thread.head.mine:
            self._offers.close()

    async def _draw_lists(self) -> None:
        marks, here, seq = self._console.marks, self._here, self._seq

        def look(session: Session, agent: Staff) -> desk.Lists:
            if here:
                with suppress(ConversationError):
                    marks.mark(agent.id, desk.visible(session, agent, here).id, seq)
            return desk.lists(session, agent, marks)

        now = self._console.clock()
        shown = await self._visit.read(look)
        self._listed = {row.public_id for row in (*shown.mine, *shown.queue)} | {here}
        self._lists.set_content(
            render("lists.html", mine=shown.mine, queue=shown.queue, here=self._here, now=now)
        )

    def _blank(self, notice: str) -> None:
        self._draw_blank(notice)
        self._js("opened", "")

    def _draw_blank(self, notice: str) -> None:
        self._here, self._seq = "", 0
        self._offers.close()
        self._thread.clear()
        self._head.set_content(render("blank.html", notice=notice))
        self._facts.set_content("")
        self._composer.set_visibility(False)

    def _failed(self, asked: dict[str, str], words: str) -> None:
        if asked.get("do") == "send":
            self._js("refused", asked.get("message", ""))
        ui.notify(words, position="top", classes="toast")

    def _js(self, call: str, value: str) -> None:
        self._visit.client.run_javascript(f"window.desk && desk.{call}({_literal(value)})")


def _literal(value: str) -> str:
    # Only ids ever come here; anything else is left out rather than quoted into a script.
    return f'"{value}"' if value.replace("-", "").isalnum() and value.isascii() else '""'
