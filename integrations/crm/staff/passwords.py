"""Passwords: argon2id hashes, rules, and random ones."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from integrations.crm.staff.errors import WeakPassword

SHORTEST = 10
LONGEST = 128
_RANDOM_LENGTH = 16
# Without 0/O, 1/l/I: a one-time password is read from a screen.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

# OWASP's minimum for argon2id (19 MiB, 2 passes): a sign-in holds SQLite's only writer meanwhile.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked for unknown users, so that they take as long as known ones; nobody knows its password.
_NOBODY = _hasher.hash(secrets.token_urlsafe(32))


def random_password() -> str:
    """A password nobody chose, to be changed at the first sign-in (about 93 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; without a hash (no such user) False after the same work."""
    try:
        _hasher.verify(password_hash or _NOBODY, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_rules(new: str, *, current: str | None, username: str) -> None:
    """Raise WeakPassword unless `new` has 10–128 characters, differs, and lacks the username."""
    if len(new) < SHORTEST:
        raise WeakPassword(reason="too_short")
    if len(new) > LONGEST:
        raise WeakPassword(reason="too_long")
    if new == current:
        raise WeakPassword(reason="same")
    if username.lower() in new.lower():
        raise WeakPassword(reason="contains_username")
