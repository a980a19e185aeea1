"""Supervisors' pages: searching conversations, reading one, and the audit log."""

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui
from sqlalchemy.orm import Session

from integrations.console import queries, review, wording
from integrations.console.context import Console
from integrations.console.frame import Visit, frame, markup
from integrations.console.guard import read_token
from integrations.console.rendering import page, render
from integrations.crm.audit.service import entries
from integrations.crm.conversations.errors import ConversationNotFound
from integrations.crm.customers.periods import start_of
from integrations.crm.models import AuditEntry

AUDIT_LIMIT = 200


def register_review(console: Console) -> None:
    """Add the pages /console/review and /console/review/{conversation}."""

    @ui.page("/review")
    async def search_page(
        request: Request,
        text: str = "",
        since: str = "",
        until: str = "",
        customer: str = "",
        channel: str = "",
    ) -> None:
        visit = Visit(console, read_token(request.scope), "review", ui.context.client)
        frame(console, request.state.staff, "review")
        wanted = review.Search(text[:100], _day(since), _day(until), customer[:60], channel[:20])
        error = wording.BAD_DATE if _bad(since) or _bad(until) else ""
        rows = [] if error else await visit.read(lambda session, _reader: review.search(session, wanted))
        markup(
            render("review.html", s=wanted, rows=rows, error=error, limit=review.LIMIT, query=_query(request))
        )

    @ui.page("/review/{public_id}")
    async def transcript_page(request: Request, public_id: str) -> Response | None:
        visit = Visit(console, read_token(request.scope), "review", ui.context.client)
        now = console.clock()
        try:
            found = await visit.write(
                lambda session, reader: review.open_transcript(session, reader, public_id, now)
            )
        except ConversationNotFound:
            return page("done.html", status_code=404, title=wording.TRANSCRIPT, text=wording.NOT_FOUND)
        frame(console, request.state.staff, "review")
        markup(render("transcript.html", t=found, query=_query(request)))
        return None


def register_audit(console: Console) -> None:
    """Add the page /console/audit."""

    @ui.page("/audit")
    async def audit_page(
        request: Request, actor: str = "", action: str = "", since: str = "", until: str = ""
    ) -> None:
        visit = Visit(console, read_token(request.scope), "audit", ui.context.client)
        frame(console, request.state.staff, "audit")
        error = wording.BAD_DATE if _bad(since) or _bad(until) else ""
        rows = (
            []
            if error
            else await visit.read(
                lambda session, _reader: _audit(
                    session, actor.strip().lower(), action, _day(since), _day(until)
                )
            )
        )
        values = {"actor": actor, "action": action, "since": since, "until": until, "error": error}
        markup(render("audit.html", rows=rows, limit=AUDIT_LIMIT, **values))


def _audit(
    session: Session, actor: str, action: str, since: date | None, until: date | None
) -> list[dict[str, Any]]:
    names = queries.names_of_staff(session)
    rows = entries(
        session,
        actor=f"staff:{actor}" if actor else None,
        action=action or None,
        since=start_of(since) if since else None,
        until=start_of(until + timedelta(days=1)) if until else None,
        limit=AUDIT_LIMIT,
    )
    return [_audit_row(row, names) for row in rows]


def _audit_row(row: AuditEntry, names: dict[str, str]) -> dict[str, Any]:
    kind, _, username = row.actor.partition(":")
    known = f"{names.get(username, username)}（{username}）" if username else ""
    return {
        "at": row.at,
        "actor": known or wording.ACTORS.get(kind, kind),
        "action": row.action,
        "target_kind": row.target_kind,
        "target": row.target_id,
        "data": json.dumps(row.data, ensure_ascii=False, default=str) if row.data else "",
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _bad(text: str) -> bool:
    return bool(text) and (_day(text) is None or not 2000 <= date.fromisoformat(text).year < 9999)


def _query(request: Request) -> str:
    return urlencode([(key, value) for key, value in request.query_params.multi_items() if value])
