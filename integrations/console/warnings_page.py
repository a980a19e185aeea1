"""Early warnings of customers who may leave: the page, and its export."""

import uuid
from collections.abc import Sequence
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from nicegui import ui
from sqlalchemy.orm import Session

from integrations.console import access, customer_wording, warnings_list
from integrations.console.context import Console
from integrations.console.frame import Visit, frame, markup
from integrations.console.guard import read_token
from integrations.console.rendering import render
from integrations.console.warnings_csv import to_csv
from integrations.console.warnings_list import Warned
from integrations.crm.customers.periods import today
from integrations.crm.staff.errors import Forbidden

_LAST_PAGE = 100_000


def register_warnings(console: Console) -> None:
    """Add the page /console/warnings."""

    @ui.page("/warnings")
    async def warnings_page(request: Request, p: str = "1") -> None:
        visit = Visit(console, read_token(request.scope), "warnings", ui.context.client)
        frame(console, request.state.staff, "warnings")
        now, wanted = console.clock(), _page_number(p)
        found = await visit.read(lambda session, viewer: warnings_list.warnings(session, viewer, wanted, now))
        own = request.state.staff.role == "agent"
        markup(render("warnings.html", f=found, own=own, limit=warnings_list.LIMIT))


def export_router(console: Console) -> APIRouter:
    """POST /console/warnings/export: the list as a CSV file, audited. A form, because it leaves a trace."""
    router = APIRouter(include_in_schema=False)

    @router.post("/console/warnings/export", response_model=None)
    async def export(request: Request) -> Response:
        token, now, key = read_token(request.scope), console.clock(), uuid.uuid4().hex

        def work(session: Session) -> Sequence[Warned]:
            viewer = access.allowed(session, token, now, console.settings, "warnings")
            return warnings_list.export(session, viewer, key, now)

        try:
            rows = await console.database.run(work)
        except (access.NotSignedIn, access.SetupNeeded):
            return RedirectResponse("/console/sign-in?note=ended", 303)
        except Forbidden:
            return PlainTextResponse("", 403)
        name = customer_wording.EXPORT_FILE.format(day=today(now).isoformat())
        disposition = f"attachment; filename=\"warnings.csv\"; filename*=UTF-8''{quote(name)}"
        return Response(to_csv(rows), media_type="text/csv", headers={"Content-Disposition": disposition})

    return router


def _page_number(text: str) -> int:
    return min(int(text), _LAST_PAGE) if text.isascii() and text.isdecimal() and len(text) < 9 else 1
