"""Signing in and out; sessions live in the database, the browser holds a random token."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.models import Staff, StaffSession
from integrations.crm.staff import passwords, repository, totp

SESSION_LENGTH = timedelta(hours=12)
WRONG_ATTEMPTS = 5
LOCK_LENGTH = timedelta(minutes=15)


@dataclass(frozen=True)
class SignIn:
    """How an attempt ended. Not an exception: the count of wrong attempts must be committed.

    `status`: ok (with `staff` and `token`), invalid, locked (with `locked_until`), or totp_required: the
    password fits and a code is missing.
    """

    status: Literal["ok", "invalid", "locked", "totp_required"]
    staff: Staff | None = None
    token: str | None = field(default=None, repr=False)
    locked_until: datetime | None = None


def sign_in(
    session: Session, username: str, password: str, *, now: datetime, totp_code: str | None = None
) -> SignIn:
    """Check password and, where enrolled, the authenticator's code; open a session of 12 hours.

    Five wrong attempts in a row lock the account for 15 minutes. An unknown user takes as long as a known
    one. Look at `staff.must_change_password` before showing anything else.
    """
    staff = repository.by_username_locked(session, username)
    fits = passwords.verify(staff.password_hash if staff else None, password)
    if staff is None or not staff.active:
        return SignIn("invalid")
    if staff.locked_until is not None and now < staff.locked_until:
        return SignIn("locked", locked_until=staff.locked_until)
    if not fits:
        return _wrong(session, staff, now)
    if staff.totp_secret is not None:
        if not totp_code:
            return SignIn("totp_required")
        step = totp.accepted_step(staff.totp_secret, totp_code, now, staff.totp_last_step)
        if step is None:
            return _wrong(session, staff, now)
        staff.totp_last_step = step
    staff.failed_sign_ins, staff.locked_until = 0, None
    if passwords.is_outdated(staff.password_hash):
        staff.password_hash = passwords.hash_password(password)
    return SignIn("ok", staff=staff, token=_open_session(session, staff, now))


def staff_of_token(session: Session, token: str, now: datetime) -> Staff | None:
    """Who is signed in with this token; None when it is unknown, has ended, or the account is off."""
    found = repository.open_session(session, token_hash(token), now)
    return found.staff if found is not None and found.staff.active else None


def sign_out(session: Session, token: str, *, now: datetime) -> None:
    """End the session; harmless when it has ended already."""
    staff_id = repository.delete_session(session, token_hash(token))
    staff = session.get(Staff, staff_id) if staff_id is not None else None
    if staff is not None:
        _audit(session, staff, "staff.sign_out", now)


def token_hash(token: str) -> str:
    """What is stored of a token. A fast hash is enough: a token has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _open_session(session: Session, staff: Staff, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    repository.delete_expired_sessions(session, now)
    session.add(
        StaffSession(
            token_hash=token_hash(token),
            staff_id=staff.id,
            created_at=now,
            expires_at=now + SESSION_LENGTH,
        )
    )
    _audit(session, staff, "staff.sign_in", now)
    session.flush()
    return token


def _wrong(session: Session, staff: Staff, now: datetime) -> SignIn:
    staff.failed_sign_ins += 1
    _audit(session, staff, "staff.sign_in_failed", now)
    if staff.failed_sign_ins < WRONG_ATTEMPTS:
        return SignIn("invalid")
    staff.failed_sign_ins, staff.locked_until = 0, now + LOCK_LENGTH
    _audit(session, staff, "staff.locked", now)
    return SignIn("locked", locked_until=staff.locked_until)


def _audit(session: Session, staff: Staff, action: str, now: datetime) -> None:
    actor = f"staff:{staff.username}"
    record(session, at=now, actor=actor, action=action, target_kind="staff", target_id=staff.username)
