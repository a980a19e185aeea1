"""Dates and periods as inclusive ranges of days, relative to ``today`` (Asia/Shanghai)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from bot.nlu.calendar_units import Span, month, valid_day
from bot.nlu.found import Found, is_free
from bot.nlu.numerals import to_count
from bot.nlu.periods import NUMBER, RELATIVE_RULES, year_of

ENTITY = "date_range"
_YEAR = r"(?P<year>(?:19|20)\d\d|[二两][零〇一二三四五六七八九]{3})\s?[年./-]"
_RELATIVE_YEAR = r"(?P<relative_year>今年|去年|前年|明年|本年|上一年)的?"
_MONTH = rf"(?P<month>{NUMBER})\s?(?:月份?|[./-])"
_DAY = rf"(?P<day>{NUMBER})\s?[日号]"
_JOIN = re.compile(r"\s?(?:到|至|-|~|—+|－|直到)\s?")
_SHORT_RANGE = re.compile(
    rf"(?:{_YEAR}|{_RELATIVE_YEAR})?(?P<month>{NUMBER})\s?[月./]\s?(?P<day>{NUMBER})\s?[日号]?\s?(?:到|至|-|~|—+)\s?"
    rf"(?:(?P<month2>{NUMBER})\s?[月./]\s?)?(?P<day2>{NUMBER})(?:[日号]|(?![\d月年.天个]))"
)
_ABSOLUTE = [
    re.compile(r"(?<!\d)(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)"),
    re.compile(rf"(?<!\d)(?:{_YEAR}|{_RELATIVE_YEAR}){_MONTH}\s?(?P<day>{NUMBER})(?:\s?[日号]|(?!\d))"),
    re.compile(rf"(?<![\d.])(?P<month>{NUMBER})\s?月\s?(?P<day>{NUMBER})\s?[日号]"),
    re.compile(rf"(?<!\d)(?:{_YEAR}|{_RELATIVE_YEAR})(?P<month>{NUMBER})(?:\s?月份?|(?![\d.]))"),
    re.compile(rf"(?<![\d.个近])(?P<month>{NUMBER})\s?月(?:份|(?!期|供|月))"),
    re.compile(rf"(?<![\d.十第])(?P<day>{NUMBER})\s?[日号](?!线|楼|院|码|柜|窗|门|店|机|卡)"),
    re.compile(r"(?<!\d)(?P<year>20\d\d)\s?年(?!期)(?:度|全年)?"),
]
_WHOLE_MONTH_DAY = re.compile(r"[^\w%]*(?P<month>\d{1,2})[./-](?P<day>\d{1,2})[^\w%]*(?:的|那天)?")


@dataclass(frozen=True)
class Dated:
    """A date expression found in a text; ``yearless`` when the year (or month) was understood, not said."""

    start: int
    end: int
    span: Span
    yearless: bool = False
    day_only: int | None = None


def find_dates(text: str, today: date, taken: list[Found] | None = None) -> list[Found]:
    """Return the periods in normalised text.

    The value is {"start": ISO date, "end": ISO date, "text": the words}. A date without a year that would
    lie in the future is of last year; a day without a month that would lie in the future is of last month.
    """
    dated = [item for item in _expressions(text, today) if is_free(taken or [], item.start, item.end)]
    joined = _joined(text, dated)
    # 「到现在没到账」: the present is the end of a period, on its own it is no date.
    return [_as_found(text, item) for item in joined if text[item.start : item.end] not in ("现在", "目前")]


def _as_found(text: str, item: Dated) -> Found:
    """Give an expression the contract's shape."""
    value = {
        "start": item.span.start.isoformat(),
        "end": item.span.end.isoformat(),
        "text": text[item.start : item.end].strip(),
    }
    return Found(ENTITY, value, item.start, item.end)


def _expressions(text: str, today: date) -> list[Dated]:
    """Return the single expressions, leftmost and longest first, without overlaps."""
    candidates = [_short_range(match, today) for match in _SHORT_RANGE.finditer(text)]
    for pattern in _ABSOLUTE:
        candidates += [_absolute(match, today) for match in pattern.finditer(text)]
    whole = _WHOLE_MONTH_DAY.fullmatch(text)
    if whole:
        candidates.append(_absolute(whole, today))
    for rule in RELATIVE_RULES:
        for match in rule.pattern.finditer(text):
            span = rule.resolve(match, today)
            candidates.append(Dated(match.start(), match.end(), span) if span else None)
    chosen: list[Dated] = []
    for item in sorted((item for item in candidates if item), key=lambda item: (item.start, -item.end)):
        if not chosen or item.start >= chosen[-1].end:
            chosen.append(item)
    return chosen


def _joined(text: str, dated: list[Dated]) -> list[Dated]:
    """Merge neighbours that are joined by 到, 至 or a dash."""
    merged: list[Dated] = []
    for item in dated:
        if merged and _JOIN.fullmatch(text[merged[-1].end : item.start]):
            merged[-1] = _merge(merged[-1], item)
        else:
            merged.append(item)
    return merged


def _merge(first: Dated, last: Dated) -> Dated:
    """Return the period from the first expression to the last one."""
    start, end = first.span.start, last.span.end
    if last.day_only is not None:
        # 10月1号到7号: the day belongs to the first date's month (or the next one).
        end = valid_day(start.year, start.month, last.day_only) or end
    if end < start and first.yearless:
        start = valid_day(start.year - 1, start.month, start.day) or start
    if end < start:
        start, end = end, start
    return replace(first, end=last.end, span=Span(start, end), day_only=None)


def _short_range(match: re.Match[str], today: date) -> Dated | None:
    """Resolve 10月1号到7号, 10月1-7日, 10.1-10.7."""
    numbers = {key: to_count(match[key]) for key in ("month", "day", "month2", "day2") if match[key]}
    first, day, last_day = numbers.get("month"), numbers.get("day"), numbers.get("day2")
    if first is None or day is None or last_day is None:
        return None
    last = numbers.get("month2") or first
    year = year_of(match, today)
    known = year is not None
    year = year or today.year
    start, end = valid_day(year, first, day), valid_day(year + (last < first), last, last_day)
    if start is None or end is None or end < start:
        return None
    if not known and start > today:
        start, end = valid_day(year - 1, first, day), valid_day(year - 1 + (last < first), last, last_day)
    if start is None or end is None:
        return None
    return Dated(match.start(), match.end(), Span(start, end))


def _absolute(match: re.Match[str], today: date) -> Dated | None:
    """Resolve a date of which the year, the month or the day may be missing."""
    groups = match.groupdict()
    month_number = to_count(groups["month"]) if groups.get("month") else None
    day = to_count(groups["day"]) if groups.get("day") else None
    year = year_of(match, today)
    if groups.get("month") and (month_number is None or not 1 <= month_number <= 12):
        return None
    if groups.get("day") and (day is None or not 1 <= day <= 31):
        return None
    if month_number is None:
        return _without_month(match, today, year, day)
    span = _month_or_day(year or today.year, month_number, day)
    if year is None and span is not None and span.start > today:
        span = _month_or_day(today.year - 1, month_number, day)
    return Dated(match.start(), match.end(), _until(span, today), yearless=year is None) if span else None


def _without_month(match: re.Match[str], today: date, year: int | None, day: int | None) -> Dated | None:
    """Resolve 「2026年」 and 「5号」."""
    if day is None:
        whole = Span(date(year or today.year, 1, 1), date(year or today.year, 12, 31))
        return Dated(match.start(), match.end(), _until(whole, today))
    this = valid_day(today.year, today.month, day)
    if this is None or this > today:
        before = month(today.year, today.month - 1).start
        this = valid_day(before.year, before.month, day)
    if this is None:
        return None
    return Dated(match.start(), match.end(), Span(this, this), yearless=True, day_only=day)


def _month_or_day(year: int, month_number: int, day: int | None) -> Span | None:
    """Return the whole month, or one day of it."""
    if day is None:
        return month(year, month_number)
    single = valid_day(year, month_number, day)
    return Span(single, single) if single else None


def _until(span: Span, today: date) -> Span:
    """End a period that is still running today."""
    return Span(span.start, today) if span.start <= today < span.end else span
