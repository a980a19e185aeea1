"""Calendar arithmetic: months, weeks, quarters and holidays as inclusive spans of days."""

from __future__ import annotations

import calendar
import functools
from datetime import date, timedelta
from typing import NamedTuple

import chinese_calendar


class Span(NamedTuple):
    """From ``start`` to ``end``, both included."""

    start: date
    end: date


# Names in speech → name in chinesecalendar, and the span used for years it does not know. The lunar ones
# have no fixed date: without the calendar they are not understood rather than guessed.
_HOLIDAYS: dict[str, tuple[str, tuple[int, int, int] | None]] = {
    "元旦": ("New Year's Day", (1, 1, 3)),
    "春节": ("Spring Festival", None),
    "清明": ("Tomb-sweeping Day", (4, 4, 3)),
    "劳动节": ("Labour Day", (5, 1, 5)),
    "端午": ("Dragon Boat Festival", None),
    "中秋": ("Mid-autumn Festival", None),
    "国庆": ("National Day", (10, 1, 7)),
    "双十一": ("", (11, 11, 1)),
}


def month(year: int, number: int) -> Span:
    """Return a calendar month; months below 1 or above 12 run into other years."""
    year, number = year + (number - 1) // 12, (number - 1) % 12 + 1
    return Span(date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1]))


def year_span(year: int) -> Span:
    """Return a calendar year."""
    return Span(date(year, 1, 1), date(year, 12, 31))


def months_before(day: date, count: int) -> date:
    """Return the same day ``count`` months earlier, or that month's last day."""
    target = month(day.year, day.month - count)
    return min(target.start.replace(day=min(day.day, target.end.day)), target.end)


def week(day: date) -> Span:
    """Return Monday to Sunday around a day."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))


def quarter(year: int, number: int) -> Span:
    """Return a quarter, 1 to 4; 0 is the last one of the year before."""
    first = (number - 1) * 3 + 1
    return Span(month(year, first).start, month(year, first + 2).end)


def valid_day(year: int, month_number: int, day: int) -> date | None:
    """Return the date, None if there is none (2月30日)."""
    try:
        return date(year, month_number, day)
    except ValueError:
        return None


def holiday(name: str, year: int) -> Span | None:
    """Return the days off around a public holiday in a year; None if they are not known.

    Source: the State Council's yearly notices as packaged by chinesecalendar.
    """
    english, fallback = _HOLIDAYS[name]
    days = _days_off(english, year)
    if days:
        return Span(min(days), max(days))
    if fallback is None:
        return None
    start = date(year, fallback[0], fallback[1])
    return Span(start, start + timedelta(days=fallback[2] - 1))


@functools.lru_cache(maxsize=128)
def _days_off(english: str, year: int) -> tuple[date, ...]:
    """Return a holiday's days; none for a year the package does not know."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=offset) for offset in range(calendar.isleap(year) + 365))
    try:
        # The name is also given to the working weekends that make up for a holiday: those are not off.
        return tuple(day for day in days if chinese_calendar.get_holiday_detail(day) == (True, english))
    except NotImplementedError:
        return ()
