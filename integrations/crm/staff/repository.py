"""Queries on staff and their sessions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from integrations.crm.models import Staff, StaffSession


def by_username(session: Session, username: str) -> Staff | None:
    """The member of staff, in any case and with spaces around."""
    return session.scalar(select(Staff).where(Staff.username == username.strip().lower()))


def by_username_locked(session: Session, username: str) -> Staff | None:
    """The same as written in the database, the row held until the end of the transaction."""
    session.flush()
    return session.scalar(
        select(Staff)
        .where(Staff.username == username.strip().lower())
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def everyone(session: Session) -> Sequence[Staff]:
    """All staff by username."""
    return session.scalars(select(Staff).order_by(Staff.username)).all()


def count_active_admins(session: Session) -> int:
    """How many can manage accounts."""
    query = select(func.count(Staff.id)).where(Staff.role == "admin", Staff.active)
    return session.scalar(query) or 0


def has_staff(session: Session) -> bool:
    """Whether there is any account."""
    return session.scalar(select(Staff.id).limit(1)) is not None


def open_session(session: Session, token_hash: str, now: datetime) -> StaffSession | None:
    """The session that has not ended at `now`, with its owner."""
    return session.scalar(
        select(StaffSession)
        .options(joinedload(StaffSession.staff))
        .where(StaffSession.token_hash == token_hash, StaffSession.expires_at > now)
    )


def delete_session(session: Session, token_hash: str) -> int | None:
    """End a session; whose it was."""
    return session.scalar(
        delete(StaffSession).where(StaffSession.token_hash == token_hash).returning(StaffSession.staff_id)
    )


def delete_sessions_of(session: Session, staff_id: int, *, keep: str | None = None) -> None:
    """End a person's sessions, except the one with the hash `keep`."""
    statement = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    if keep is not None:
        statement = statement.where(StaffSession.token_hash != keep)
    session.execute(statement)


def delete_expired_sessions(session: Session, now: datetime) -> None:
    """Forget sessions that have ended."""
    session.execute(delete(StaffSession).where(StaffSession.expires_at <= now))
