"""Days as the bank counts them: inclusive, in Asia/Shanghai. Pure."""

from datetime import date, datetime, time, timedelta

from integrations.crm.settings import SHANGHAI


def today(now: datetime) -> date:
    """The day in Shanghai at the moment `now` (aware)."""
    return now.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """Midnight at which the day begins in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def bounds(start: date, end: date) -> tuple[datetime, datetime]:
    """First moment of `start` and first moment after `end`."""
    return start_of(start), start_of(end + timedelta(days=1))
