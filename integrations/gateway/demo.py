"""The demo bank's own page: sign in as a demo customer and see the widget where a bank would have it."""

from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import jwt
from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.crm.database import Database
from integrations.crm.models import Customer
from integrations.crm.settings import Settings

_PAGE = (Path(__file__).parent / "demo.html").read_text(encoding="utf-8")
_NAMED_CUSTOMERS = 5
_TOKEN_HOURS = 2


def make_router(database: Database, settings: Settings) -> APIRouter:
    """`/demo`: anonymous, or as one of the named customers. Wired only when `settings.demo`."""
    router = APIRouter()

    @router.get("/demo", response_class=HTMLResponse)
    async def demo(customer: str | None = None) -> HTMLResponse:
        people = await database.read(_named_customers)
        if customer is not None and customer not in {number for number, _ in people}:
            raise HTTPException(404)
        token = _bank_token(customer, settings) if customer else ""
        return HTMLResponse(_render(settings, people, customer, token))

    return router


def _named_customers(session: Session) -> list[tuple[str, str]]:
    query = select(Customer.number, Customer.name).order_by(Customer.id).limit(_NAMED_CUSTOMERS)
    return [(row[0], row[1]) for row in session.execute(query)]


def _bank_token(number: str, settings: Settings) -> str:
    """What a bank's own site signs for a customer who has signed in there."""
    claims = {"sub": number, "aud": "qiantai", "exp": datetime.now(UTC) + timedelta(hours=_TOKEN_HOURS)}
    return jwt.encode(claims, settings.customer_token_secret.get_secret_value(), algorithm="HS256")


def _render(settings: Settings, people: list[tuple[str, str]], chosen: str | None, token: str) -> str:
    options = [("", "访客（未登录）"), *people]
    links = "".join(
        f'<a href="/demo{f"?customer={number}" if number else ""}"'
        f"{' aria-current=page' if number == (chosen or '') else ''}>{escape(name)}</a>"
        for number, name in options
    )
    return (
        _PAGE.replace("{{bank}}", escape(settings.bank_name))
        .replace("{{customers}}", links)
        .replace("{{token}}", escape(token))
    )
