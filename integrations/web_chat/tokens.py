"""Customer tokens: JSON Web Tokens signed with HS256 by us (visitors) or by the bank (its customers)."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from sqlalchemy.orm import Session

from integrations.crm.conversations.binding import BANK_SIGNED
from integrations.crm.conversations.service import WEB, Visitor
from integrations.crm.customers.directory import CustomerDirectory
from integrations.crm.customers.errors import CustomerNotFound
from integrations.crm.settings import Settings
from integrations.web_chat.errors import ChatError

AUDIENCE = "qiantai"
ACCOUNT = "default"
BANK_TOKEN_LIFE = timedelta(hours=24)
"""Longest time a bank-signed token may still be valid."""
VISITOR_TOKEN_LIFE = timedelta(days=30)
_VISITOR = "visitor"
_CLOCK_SKEW = 30.0  # seconds that the bank's clock may differ from ours


@dataclass(frozen=True)
class Holder:
    """Whom a valid token names: an anonymous visitor, or a customer of the bank by number."""

    external_user: str
    customer_number: str | None = None


def issue_visitor_token(settings: Settings, now: datetime, visitor_id: str | None = None) -> str:
    """A token for an anonymous visitor (level none), new or renewed."""
    claims = {
        "sub": visitor_id or f"v-{uuid.uuid4().hex}",
        "kind": _VISITOR,
        "aud": AUDIENCE,
        "iat": int(now.timestamp()),
        "exp": int((now + VISITOR_TOKEN_LIFE).timestamp()),
    }
    return jwt.encode(claims, _key(settings), algorithm="HS256")


def read_token(token: str, settings: Settings, now: datetime) -> Holder:
    """Verify a token of either kind. Raises ChatError (401) saying what is wrong with it."""
    claims = _verified_claims(token, settings)
    expires = _seconds(claims, "exp")
    if expires <= now.timestamp():
        raise ChatError("token_expired")
    if max(_seconds(claims, name, 0) for name in ("iat", "nbf")) > now.timestamp() + _CLOCK_SKEW:
        raise ChatError("token_invalid")
    subject = claims["sub"]
    if not subject or len(subject) > 60:
        raise ChatError("token_invalid")
    if claims.get("kind") == _VISITOR:
        return Holder(subject)
    if expires - now.timestamp() > BANK_TOKEN_LIFE.total_seconds() + _CLOCK_SKEW:
        raise ChatError("token_too_long")
    return Holder(f"{BANK_SIGNED}{subject}", subject)


def resolve_visitor(session: Session, holder: Holder, directory: CustomerDirectory) -> Visitor:
    """The visitor as the domain knows them. Raises CustomerNotFound for a number the CRM doesn't have.

    Raises DirectoryError where the CRM could not tell.
    """
    if holder.customer_number is None:
        return Visitor(WEB, ACCOUNT, holder.external_user)
    customer = directory.by_number(session, holder.customer_number)
    if customer is None:
        raise CustomerNotFound
    return Visitor(WEB, ACCOUNT, holder.external_user, customer.id)


def _verified_claims(token: str, settings: Settings) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            _key(settings),
            algorithms=["HS256"],
            audience=AUDIENCE,
            # Times are compared in read_token with the app's own clock.
            options={
                "require": ["sub", "exp", "aud"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise ChatError("token_invalid") from error


def _seconds(claims: dict[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ChatError("token_invalid")
    return float(value)


def _key(settings: Settings) -> str:
    return settings.customer_token_secret.get_secret_value()
