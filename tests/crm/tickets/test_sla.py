"""RULES.md, Complaints: a frozen clock at each limit ±1 s, Asia/Shanghai; the three clocks are kept apart."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integrations.crm.tickets import sla
from integrations.crm.tickets.timeline import status_after

SHANGHAI = ZoneInfo("Asia/Shanghai")
RECEIVED = datetime(2026, 11, 22, 23, 59, 30, tzinfo=SHANGHAI)
SECOND = timedelta(seconds=1)
LIMITS = sla.deadlines("complaint", RECEIVED)


@pytest.mark.parametrize(
    ("due", "at"),
    [
        (LIMITS.first_response, datetime(2026, 11, 23, 23, 59, 30, tzinfo=SHANGHAI)),  # our promise: 24 h
        (LIMITS.resolve, datetime(2026, 11, 24, 23, 59, 30, tzinfo=SHANGHAI)),  # our promise: 48 h
        (LIMITS.regulatory, datetime(2026, 12, 7, 23, 59, 30, tzinfo=SHANGHAI)),  # 15 days [S]
    ],
)
def test_each_limit_to_the_second(due: datetime, at: datetime) -> None:
    assert due == at
    assert not sla.missed(due, None, at - SECOND)
    assert not sla.missed(due, None, at)
    assert sla.missed(due, None, at + SECOND)
    later = at + timedelta(days=100)
    assert not sla.missed(due, at, later)
    assert sla.missed(due, at + SECOND, later)
    assert sla.remaining(due, at - SECOND) == SECOND
    assert sla.remaining(due, at + SECOND) == -SECOND


def test_only_complaints_have_the_regulatory_clock() -> None:
    assert sla.deadlines("left_message", RECEIVED).regulatory is None
    assert not sla.missed(None, None, RECEIVED)


def test_an_extension_is_for_30_or_at_most_60_days() -> None:
    assert sla.extended(RECEIVED, 30) == RECEIVED + timedelta(days=30)
    assert sla.extended(RECEIVED, 60) == RECEIVED + timedelta(days=60)
    for days in (15, 61):
        with pytest.raises(ValueError, match="16 to 60"):
            sla.extended(RECEIVED, days)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "open"),
        (["created", "added"], "open"),
        (["created", "assigned", "added"], "in_progress"),
        (["created", "responded"], "in_progress"),
        (["created", "assigned", "extended", "resolved"], "resolved"),
        (["created", "withdrawn"], "withdrawn"),
    ],
)
def test_status_follows_from_the_timeline(events: list[str], status: str) -> None:
    assert status_after(events) == status
