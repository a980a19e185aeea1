"""The second factor: time-based one-time codes (RFC 6238). Pure."""

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
_DRIFT_STEPS = 1  # clocks of phones are a little off


def new_secret() -> str:
    """A fresh secret for an authenticator app."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, username: str, issuer: str) -> str:
    """What the QR code of the enrolment holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def accepted_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step whose code this is, or None.

    The step of `now` and its neighbours count; a step that is not later than `last_step` was used already.
    """
    digits = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        fits = hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode())
        if fits and (last_step is None or step > last_step):
            return step
    return None
