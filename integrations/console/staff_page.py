"""The admin's page: accounts of the staff."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import Request
from nicegui import events, ui
from sqlalchemy.orm import Session

from integrations.console import access, wording
from integrations.console.context import Console
from integrations.console.frame import Visit, frame, markup
from integrations.console.guard import read_token
from integrations.console.rendering import render
from integrations.crm.models import Staff
from integrations.crm.staff import service
from integrations.crm.staff.errors import BadUsername, Forbidden, LastAdmin, StaffError, UsernameTaken


class OwnAccount(StaffError):
    """Admins do not switch off or reset themselves here: that would end the session they work in."""

    code = "own_account"


_WORDS = {
    OwnAccount: wording.NOT_YOURSELF,
    BadUsername: wording.USERNAME_BAD,
    UsernameTaken: wording.USERNAME_TAKEN,
    LastAdmin: wording.LAST_ADMIN,
}
_QUESTIONS = {
    "reset": wording.CONFIRM_RESET,
    "deactivate": wording.CONFIRM_DEACTIVATE,
    "remove_totp": wording.CONFIRM_REMOVE_TOTP,
}


def register_staff(console: Console) -> None:
    """Add the page /console/staff."""

    @ui.page("/staff")
    async def staff_page(request: Request) -> None:
        visit = Visit(console, read_token(request.scope), "staff", ui.context.client)
        frame(console, request.state.staff, "staff")
        await StaffDesk(visit, request.state.staff.username).show()


class StaffDesk:
    """One admin's open page."""

    def __init__(self, visit: Visit, me: str) -> None:
        self._visit = visit
        self._me = me

    async def show(self) -> None:
        """Build the page."""
        with ui.element("main").classes("page"):
            with ui.element("div").classes("page-head"):
                markup(f"<h1>{wording.STAFF_TITLE}</h1>")
                ui.button(wording.NEW_STAFF, on_click=self._ask_new).props("no-caps unelevated")
            self._table = markup("")
        self._dialog = ui.dialog().props("persistent")
        ui.on("console", self._heard)
        await self._draw()

    async def _draw(self) -> None:
        now = self._visit.console.clock()

        def look(session: Session, _admin: Staff) -> list[dict[str, Any]]:
            return [_row(staff, now) for staff in service.list_staff(session)]

        self._table.set_content(render("staff.html", rows=await self._visit.read(look), me=self._me))

    async def _heard(self, event: events.GenericEventArguments) -> None:
        asked = event.args if isinstance(event.args, dict) else {}
        do, username = str(asked.get("do", "")), str(asked.get("id", ""))
        if do == "activate":
            await self._do(do, username)
        elif do in _QUESTIONS:
            self._ask(do, username)

    def _ask(self, do: str, username: str) -> None:
        async def agreed() -> None:
            self._dialog.close()
            await self._do(do, username)

        self._dialog.clear()
        with self._dialog, ui.element("div").classes("dialog"):
            ui.label(_QUESTIONS[do].format(name=username))
            self._buttons(wording.CONFIRM, agreed)
        self._dialog.open()

    def _ask_new(self) -> None:
        self._dialog.clear()
        with self._dialog, ui.element("div").classes("dialog"):
            ui.label(wording.NEW_STAFF).classes("dialog-title")
            username = ui.input(wording.USERNAME).props("outlined stack-label maxlength=40 autocomplete=off")
            name = ui.input(wording.COL_NAME).props("outlined stack-label maxlength=60 autocomplete=off")
            role = ui.select(wording.ROLES, value="agent", label=wording.COL_ROLE).props("outlined")
            self._buttons(wording.CREATE, lambda: self._create(username.value, name.value, str(role.value)))
        self._dialog.open()

    def _buttons(self, yes: str, on_yes: Callable[..., Any]) -> None:
        with ui.element("div").classes("dialog-buttons"):
            ui.button(wording.CANCEL, on_click=self._dialog.close).props("no-caps flat")
            ui.button(yes, on_click=on_yes).props("no-caps unelevated")

    async def _create(self, username: str, name: str, role: str) -> None:
        if not (name or "").strip():
            ui.notify(wording.NAME_BAD, position="top", classes="toast")
            return
        now = self._visit.console.clock()

        def create(session: Session, admin: Staff) -> str:
            return service.create_staff(
                session,
                username=username or "",
                display_name=name.strip()[:60],
                role=role,
                actor=f"staff:{admin.username}",
                now=now,
            )[1]

        password = await self._try(create)
        if password is not None:
            self._show_password(password, name.strip())

    async def _do(self, do: str, username: str) -> None:
        now = self._visit.console.clock()

        def change(session: Session, admin: Staff) -> str:
            return _change(session, admin, do, username, now)

        password = await self._try(change)
        if password:
            self._show_password(password, username)

    async def _try(self, work: Callable[[Session, Staff], str]) -> str | None:
        try:
            result = await self._visit.write(work)
            await self._draw()
        except (access.NotSignedIn, access.SetupNeeded, Forbidden) as error:
            self._visit.leave(error)
            return None
        except StaffError as error:
            ui.notify(_WORDS.get(type(error), wording.FAILED_TO_DO), position="top", classes="toast")
            return None
        return result

    def _show_password(self, password: str, name: str) -> None:
        self._dialog.clear()
        with self._dialog, ui.element("div").classes("dialog"):
            ui.label(wording.ONE_TIME_TITLE).classes("dialog-title")
            ui.label(password).classes("one-time").props('id="one-time"')
            ui.label(wording.ONE_TIME_NOTE.format(name=name)).classes("quiet")

            def close() -> None:
                self._dialog.close()
                self._dialog.clear()

            with ui.element("div").classes("dialog-buttons"):
                ui.button(wording.CLOSE_DIALOG, on_click=close).props("no-caps unelevated")
        self._dialog.open()


def _change(session: Session, admin: Staff, do: str, username: str, now: datetime) -> str:
    staff, actor = service.get_staff(session, username), f"staff:{admin.username}"
    if staff.id == admin.id:
        raise OwnAccount
    if do == "reset":
        return service.reset_password(session, staff, actor=actor, now=now)
    if do == "remove_totp":
        service.remove_totp(session, staff, actor=actor, now=now)
    else:
        service.set_active(session, staff, do == "activate", actor=actor, now=now)
    return ""


def _row(staff: Staff, now: datetime) -> dict[str, Any]:
    return {
        "username": staff.username,
        "display_name": staff.display_name,
        "role": staff.role,
        "active": staff.active,
        "locked": staff.locked_until is not None and staff.locked_until > now,
        "must_change": staff.must_change_password,
        "totp": staff.totp_secret is not None,
        "created_at": staff.created_at,
    }
