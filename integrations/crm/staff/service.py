"""Accounts of the staff: who exists, with which role, password and second factor."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.models import Staff
from integrations.crm.staff import passwords, repository, totp
from integrations.crm.staff.errors import (
    BadUsername,
    Forbidden,
    LastAdmin,
    StaffNotFound,
    UnknownRole,
    UsernameTaken,
    WrongPassword,
    WrongTotp,
)
from integrations.crm.staff.sign_in import token_hash

ROLES = ("agent", "supervisor", "admin")
FIRST_ADMIN = "admin"
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")


def require_role(staff: Staff, *roles: str) -> None:
    """Raise Forbidden unless the person is active and has one of the roles."""
    if not staff.active or staff.role not in roles:
        raise Forbidden(needed=list(roles))


def get_staff(session: Session, username: str) -> Staff:
    """The member of staff. Raises StaffNotFound."""
    staff = repository.by_username(session, username)
    if staff is None:
        raise StaffNotFound
    return staff


def list_staff(session: Session) -> Sequence[Staff]:
    """All accounts by username, also those switched off."""
    return repository.everyone(session)


def create_staff(
    session: Session, *, username: str, display_name: str, role: str, actor: str, now: datetime
) -> tuple[Staff, str]:
    """Add an account; returns it with its random one-time password, which is stored nowhere.

    Raises BadUsername, UnknownRole, UsernameTaken. The caller has checked that `actor` is an admin.
    """
    username = username.strip().lower()
    if not _USERNAME.fullmatch(username):
        raise BadUsername
    if role not in ROLES:
        raise UnknownRole(role=role)
    password = passwords.random_password()
    staff = Staff(
        username=username,
        display_name=display_name.strip() or username,
        role=role,
        password_hash=passwords.hash_password(password),
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(staff)
    except IntegrityError as error:
        raise UsernameTaken from error
    _audit(session, staff, "staff.create", actor, now)
    return staff, password


def ensure_first_admin(session: Session, now: datetime) -> str | None:
    """Where there is no account: make `admin` and return its password, to be shown once; else None."""
    if repository.has_staff(session):
        return None
    try:
        _, password = create_staff(
            session, username=FIRST_ADMIN, display_name="管理员", role="admin", actor="system", now=now
        )
    except UsernameTaken:
        return None  # another process was faster and shows the password
    return password


def reset_password(session: Session, staff: Staff, *, actor: str, now: datetime) -> str:
    """Give a new one-time password, lift a lock and end the person's sessions. Returns the password."""
    staff = _of(session, staff)
    password = passwords.random_password()
    staff.password_hash = passwords.hash_password(password)
    staff.must_change_password = True
    staff.failed_sign_ins, staff.locked_until = 0, None
    repository.delete_sessions_of(session, staff.id)
    _audit(session, staff, "staff.reset_password", actor, now)
    return password


def change_password(
    session: Session, staff: Staff, *, current: str, new: str, now: datetime, keep_token: str | None = None
) -> None:
    """Set one's own password and end one's other sessions (all but `keep_token`'s).

    Raises WrongPassword and WeakPassword.
    """
    staff = _of(session, staff)
    if not passwords.verify(staff.password_hash, current):
        raise WrongPassword
    passwords.check_rules(new, current=current, username=staff.username)
    staff.password_hash = passwords.hash_password(new)
    staff.must_change_password = False
    repository.delete_sessions_of(session, staff.id, keep=token_hash(keep_token) if keep_token else None)
    _audit(session, staff, "staff.change_password", f"staff:{staff.username}", now)


def enrol_totp(session: Session, staff: Staff, *, secret: str, code: str, now: datetime) -> None:
    """Ask for codes of this secret from now on (`totp.new_secret`, shown as `totp.provisioning_uri`).

    Nothing is stored before the person has proved with a code that the app holds it. Raises WrongTotp.
    """
    staff = _of(session, staff)
    step = totp.accepted_step(secret, code, now, last_step=None)
    if step is None:
        raise WrongTotp
    staff.totp_secret, staff.totp_last_step = secret, step
    _audit(session, staff, "staff.enrol_totp", f"staff:{staff.username}", now)


def remove_totp(session: Session, staff: Staff, *, actor: str, now: datetime) -> None:
    """Forget the second factor (a lost phone), and end the person's sessions."""
    staff = _of(session, staff)
    staff.totp_secret = staff.totp_last_step = None
    repository.delete_sessions_of(session, staff.id)
    _audit(session, staff, "staff.remove_totp", actor, now)


def set_active(session: Session, staff: Staff, active: bool, *, actor: str, now: datetime) -> None:
    """Switch an account on or off; off ends its sessions at once. Raises LastAdmin."""
    staff = _of(session, staff)
    if staff.active == active:
        return
    if not active and staff.role == "admin" and repository.count_active_admins(session) <= 1:
        raise LastAdmin
    staff.active = active
    if not active:
        repository.delete_sessions_of(session, staff.id)
    _audit(session, staff, "staff.activate" if active else "staff.deactivate", actor, now)


def _of(session: Session, staff: Staff) -> Staff:
    # Edges keep the signed-in person between transactions; changes to such a copy would be lost.
    return staff if staff in session else session.get_one(Staff, staff.id)


def _audit(session: Session, staff: Staff, action: str, actor: str, now: datetime) -> None:
    record(session, at=now, actor=actor, action=action, target_kind="staff", target_id=staff.username)
