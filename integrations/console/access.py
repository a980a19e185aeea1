"""Who is signed in, and what their role may open. Asked anew in every transaction, not once per page."""

from datetime import datetime

from sqlalchemy.orm import Session

from integrations.crm.models import Staff
from integrations.crm.settings import Settings
from integrations.crm.staff.service import require_role
from integrations.crm.staff.sign_in import SESSION_LENGTH, staff_of_token

COOKIE = "qiantai_staff"
COOKIE_SECONDS = int(SESSION_LENGTH.total_seconds())
HOME = "/console"
ROOMS: dict[str, tuple[str, ...]] = {
    "desk": ("agent", "supervisor"),
    "customers": ("agent", "supervisor", "admin"),
    "warnings": ("agent", "supervisor", "admin"),
    "review": ("supervisor",),
    "staff": ("admin",),
    "audit": ("supervisor", "admin"),
}
"""The roles that may open each page, in the order of the navigation."""
_HOMES = {"agent": "desk", "supervisor": "desk", "admin": "staff"}


class NotSignedIn(Exception):
    """No session, or one that has ended."""


class SetupNeeded(Exception):
    """Signed in, but `step` (password or totp) comes before anything else."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


def signed_in(session: Session, token: str | None, now: datetime) -> Staff:
    """Whose session it is. Raises NotSignedIn."""
    staff = staff_of_token(session, token, now) if token else None
    if staff is None:
        raise NotSignedIn
    return staff


def allowed(session: Session, token: str | None, now: datetime, settings: Settings, room: str) -> Staff:
    """The signed-in person if their role may use the room.

    Raises NotSignedIn, SetupNeeded, and Forbidden of crm.staff.
    """
    staff = signed_in(session, token, now)
    step = setup_step(staff, settings)
    if step:
        raise SetupNeeded(step)
    require_role(staff, *ROOMS[room])
    return staff


def setup_step(staff: Staff, settings: Settings) -> str | None:
    """What the person must do before working: set a password of their own, enrol a second factor."""
    if staff.must_change_password:
        return "password"
    if settings.totp_required and staff.totp_secret is None:
        return "totp"
    return None


def home_of(staff: Staff) -> str:
    """The page this role works on."""
    return f"{HOME}/{_HOMES[staff.role]}"
