"""What all live pages share: style, script, the bar at the top, and words for refusals."""

from collections.abc import Callable
from typing import Any, TypeVar

from nicegui import ui
from nicegui.client import Client
from sqlalchemy.orm import Session

from integrations.console import access, customer_wording, wording
from integrations.console.context import Console
from integrations.console.desk_offers import NotVerified, OfferRefused, why_not
from integrations.console.rendering import asset, render
from integrations.crm.conversations.errors import (
    AlreadyTaken,
    CannotSend,
    ConversationError,
    ConversationNotFound,
    EmptyMessage,
    MessageTooLong,
    NotHolding,
)
from integrations.crm.models import Staff
from integrations.crm.staff.errors import Forbidden, StaffError

T = TypeVar("T")
_ACCENT = "#1a5a85"  # --accent of console.css, for the few Quasar parts


def markup(html: str) -> ui.html:
    """An element with HTML that our templates have made (and escaped)."""
    return ui.html(html, sanitize=False)


def frame(console: Console, staff: Staff, here: str) -> None:
    """Head and top bar of a page in the room `here`."""
    ui.add_head_html(
        f'<link rel="stylesheet" href="{asset("console.css")}">'
        f'<script defer src="{asset("console.js")}"></script>'
    )
    ui.colors(primary=_ACCENT)
    ui.page_title(f"{wording.NAV[here]} · {wording.PRODUCT}")
    rooms = [room for room, roles in access.ROOMS.items() if staff.role in roles]
    markup(render("topbar.html", rooms=rooms, here=here, staff=staff, bank=console.settings.bank_name))


class Visit:
    """One open page: runs work for whoever is signed in there, and leaves when that ends."""

    def __init__(self, console: Console, token: str | None, room: str, client: Client) -> None:
        self.console = console
        self.client = client
        self._token = token
        self._room = room

    async def read(self, work: Callable[[Session, Staff], T]) -> T:
        """Run `work(session, staff)` without writing, after checking session and role again."""
        return await self.console.database.read(self._checked(work))

    async def write(self, work: Callable[[Session, Staff], T]) -> T:
        """The same in a transaction."""
        return await self.console.database.run(self._checked(work))

    def leave(self, error: Exception) -> bool:
        """Go to where a lost session or role leads; False for any other error.

        NiceGUI puts its mount path before each of these.
        """
        if isinstance(error, access.NotSignedIn):
            self.client.open("/sign-in?note=ended")
        elif isinstance(error, access.SetupNeeded):
            self.client.open(f"/{error.step}")
        elif isinstance(error, Forbidden):
            self.client.open("/")
        else:
            return False
        return True

    def _checked(self, work: Callable[[Session, Staff], T]) -> Callable[[Session], T]:
        console = self.console

        def checked(session: Session) -> T:
            staff = access.allowed(session, self._token, console.clock(), console.settings, self._room)
            return work(session, staff)

        return checked


def spoken(error: ConversationError | StaffError) -> str:
    """The error as staff read it."""
    if isinstance(error, AlreadyTaken):
        return wording.TAKEN_BY.format(agent=error.data["agent"])
    if isinstance(error, MessageTooLong):
        return wording.TOO_LONG.format(limit=error.data["limit"])
    if isinstance(error, CannotSend):
        return wording.CANNOT_SEND[error.data["reason"]]
    if isinstance(error, OfferRefused):
        return why_not(error)
    words: dict[type[Any], str] = {
        NotVerified: customer_wording.OFFER_NOT_VERIFIED,
        NotHolding: wording.GONE,
        ConversationNotFound: wording.NOT_FOUND,
        EmptyMessage: wording.EMPTY_MESSAGE,
    }
    return words.get(type(error), wording.FAILED_TO_DO)
