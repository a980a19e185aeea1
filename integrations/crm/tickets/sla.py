"""The clocks of a ticket. Pure: moments (aware) in, moments out; `now` is passed in.

Three clocks are kept apart (RULES.md, Complaints): our promise of a first response within 24 hours, our
promise of a resolution within 48 hours, and the answer that 银保监会令2020年第3号 demands of complaints
within 15 days, 30 if complex, 60 at most [S]. China has no daylight saving time, so a day is 24 hours in
Asia/Shanghai; counting from the minute of receipt is never later than the law's count of whole days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_RESPONSE = timedelta(hours=24)
RESOLVE = timedelta(hours=48)
REGULATORY_DAYS = 15
COMPLEX_DAYS = 30
LONGEST_DAYS = 60


@dataclass(frozen=True)
class Deadlines:
    """When a ticket must have been answered and ended; `regulatory` only for complaints."""

    first_response: datetime
    resolve: datetime
    regulatory: datetime | None


def deadlines(kind: str, created_at: datetime, first_response: timedelta = FIRST_RESPONSE) -> Deadlines:
    """The three limits of a ticket of this kind received at `created_at`.

    A tier may promise an earlier `first_response` than the one promised to everybody, never a later one.
    """
    return Deadlines(
        first_response=created_at + min(first_response, FIRST_RESPONSE),
        resolve=created_at + RESOLVE,
        regulatory=created_at + timedelta(days=REGULATORY_DAYS) if kind == "complaint" else None,
    )


def extended(created_at: datetime, days: int) -> datetime:
    """The regulatory limit after an extension to `days` in all. Raises ValueError outside 16–60."""
    if not REGULATORY_DAYS < days <= LONGEST_DAYS:
        raise ValueError(f"a complaint is answered within {REGULATORY_DAYS + 1} to {LONGEST_DAYS} days")
    return created_at + timedelta(days=days)


def missed(due: datetime | None, done_at: datetime | None, now: datetime) -> bool:
    """Whether a limit was missed: done after it, or not done and it has passed. At the limit is in time."""
    return due is not None and (done_at or now) > due


def remaining(due: datetime, now: datetime) -> timedelta:
    """Time left; negative once the limit has passed."""
    return due - now
