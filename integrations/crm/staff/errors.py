"""What can go wrong with staff accounts. Codes are mapped to statuses and words at the edges."""

from typing import Any


class StaffError(Exception):
    """Base of this room's errors; `code` is a stable machine word, `data` what the edge may show."""

    code = "staff_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code)
        self.data = data


class StaffNotFound(StaffError):
    """No such member of staff."""

    code = "staff_not_found"


class Forbidden(StaffError):
    """The role does not allow this; `data["needed"]` lists the roles that do."""

    code = "forbidden"


class UnknownRole(StaffError):
    """Roles are agent, supervisor and admin; `data["role"]` is what was given."""

    code = "unknown_role"


class UsernameTaken(StaffError):
    """Somebody has this username."""

    code = "username_taken"


class BadUsername(StaffError):
    """Usernames are 2–40 small letters, digits and . _ -, beginning with a letter."""

    code = "bad_username"


class WrongPassword(StaffError):
    """The current password does not fit."""

    code = "wrong_password"


class WeakPassword(StaffError):
    """The new password is refused; `data["reason"]`: too_short | too_long | same | contains_username."""

    code = "weak_password"


class WrongTotp(StaffError):
    """The authenticator's code does not fit, or was used already."""

    code = "wrong_totp"


class LastAdmin(StaffError):
    """The last active admin cannot be switched off."""

    code = "last_admin"
