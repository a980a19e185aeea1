"""Periods told relative to today: 昨天, 上周五, 最近三天, 国庆期间, 去年上半年."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Callable

from bot.nlu.calendar_units import Span, holiday, month, months_before, quarter, valid_day, week, year_span
from bot.nlu.numerals import DIGITS, to_count

NUMBER = rf"(?:\d{{1,2}}|[{DIGITS}十]{{1,3}})"
_COUNT = rf"(?:\d{{1,3}}|[{DIGITS}十百]{{1,3}}|半|几)"
# 「最近」 and 「近几天」 name no number: these are what people mean by them.
DAYS_OF_RECENTLY = 7
A_FEW = 3
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_DAY_WORDS = {
    "今天": 0, "今日": 0, "今早": 0, "今晚": 0, "今儿": 0, "今晨": 0, "当天": 0, "刚才": 0, "刚刚": 0,
    "现在": 0, "目前": 0, "昨天": -1, "昨日": -1, "昨晚": -1, "昨儿": -1, "昨夜": -1, "大前天": -3,
    "前天": -2, "前日": -2, "前晚": -2, "明天": 1, "明日": 1, "大后天": 3, "后天": 2,
}  # fmt: skip
_HOLIDAY_NAMES = {
    "元旦": "元旦", "春节": "春节", "过年": "春节", "新年": "春节", "清明": "清明", "五一": "劳动节",
    "劳动节": "劳动节", "端午": "端午", "中秋": "中秋", "国庆": "国庆",
    "双十一": "双十一", "双11": "双十一", "十一": "国庆",
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """A pattern and what its match means; None when it means no date after all."""

    pattern: re.Pattern[str]
    resolve: Callable[[re.Match[str], date], Span | None]


def year_of(match: re.Match[str], today: date) -> int | None:
    """Return the year said in the groups ``year`` or ``relative_year``, None if none was."""
    groups = match.groupdict()
    if groups.get("year"):
        return to_count(groups["year"])
    offsets = {"今年": 0, "本年": 0, "去年": -1, "上一年": -1, "前年": -2, "明年": 1}
    word = groups.get("relative_year")
    return today.year + offsets[word] if word else None


def _clip(span: Span, today: date) -> Span:
    """End a running period today."""
    return Span(span.start, today) if span.start <= today < span.end else span


def _day_word(match: re.Match[str], today: date) -> Span:
    day = today + timedelta(days=_DAY_WORDS[match[0]])
    return Span(day, day)


def _recent(match: re.Match[str], today: date) -> Span | None:
    """最近三天, 近半年, 过去两周, 这几天: counted back from today, today included."""
    number = A_FEW if match["count"] == "几" else (to_count(match["count"]) if match["count"] != "半" else 0)
    if number is None:
        return None
    unit, half = match["unit"], match["count"] == "半"
    if unit in "天日":
        return None if half else _last_days(today, number)
    if unit in ("周", "星期", "个星期", "个礼拜", "礼拜"):
        return None if half else _last_days(today, 7 * number)
    if unit in ("个月", "月"):
        return _last_days(today, 15) if half else Span(months_before(today, number), today)
    if unit in ("个季度", "季度"):
        return Span(months_before(today, 3 * number), today)
    return Span(months_before(today, 6 if half else 12 * number), today)


def _last_days(today: date, count: int) -> Span | None:
    return Span(today - timedelta(days=count - 1), today) if count > 0 else None


def _ago(match: re.Match[str], today: date) -> Span | None:
    """三天前 is a day, 两周前 a week, 三个月前 a month, 一年前 a year ago's month."""
    number = to_count(match["count"]) if match["count"] not in ("半", "几") else None
    unit = match["unit"]
    if match["count"] == "半" and unit == "年":
        number, unit = 6, "个月"
    if number is None:
        return None
    if unit in "天日":
        day = today - timedelta(days=number)
        return Span(day, day)
    if unit in ("周", "星期", "个星期", "个礼拜", "礼拜"):
        return week(today - timedelta(days=7 * number))
    day = months_before(today, number * (12 if unit == "年" else 1))
    return month(day.year, day.month)


def _week(match: re.Match[str], today: date) -> Span:
    """上周, 这个星期, 上上周五, 周末; a weekday without a week is the latest one."""
    back = match["which"].count("上") if match["which"] else 0
    around = week(today - timedelta(days=7 * back))
    weekday = match["weekday"]
    if not weekday:
        return _clip(around, today)
    day = around.start + timedelta(days=_WEEKDAYS[weekday])
    if weekday == "末":
        return Span(day, around.end)
    if not match["which"] and day > today:
        day -= timedelta(days=7)
    return Span(day, day)


def _month(match: re.Match[str], today: date) -> Span | None:
    """上个月, 本月初, 这个月中旬, 上个月15号."""
    whole = month(today.year, today.month - match["which"].count("上"))
    part, day = match["part"], match["day"]
    if day:
        single = valid_day(whole.start.year, whole.start.month, to_count(day) or 0)
        return Span(single, single) if single else None
    if part in ("初", "上旬"):
        return Span(whole.start, whole.start.replace(day=10))
    if part in ("中", "中旬"):
        return Span(whole.start.replace(day=11), whole.start.replace(day=20))
    if part in ("底", "末", "下旬"):
        return Span(whole.start.replace(day=21), whole.end)
    return _clip(whole, today)


def _year(match: re.Match[str], today: date) -> Span | None:
    """今年, 去年下半年, 前年一季度, 年初, 上季度."""
    year = year_of(match, today) or today.year
    part = match["part"]
    if part == "上半年":
        return _clip(Span(month(year, 1).start, month(year, 6).end), today)
    if part == "下半年":
        span = Span(month(year, 7).start, month(year, 12).end)
        return _clip(span, today)
    if part in ("年初", "初"):
        return _clip(Span(month(year, 1).start, month(year, 2).end), today)
    if part in ("年底", "底", "年末", "末"):
        return _clip(Span(month(year, 11).start, month(year, 12).end), today)
    if match["quarter"]:
        return _clip(quarter(year, to_count(match["quarter"]) or 1), today)
    return _clip(year_span(year), today) if match["relative_year"] else None


def _quarter(match: re.Match[str], today: date) -> Span:
    """上季度, 本季度."""
    current = (today.month - 1) // 3 + 1
    return _clip(quarter(today.year, current - (match["which"][0] == "上")), today)


def _holiday(match: re.Match[str], today: date) -> Span | None:
    """国庆期间: the latest one that has begun, unless a year is said."""
    if match["name"] == "十一" and not match["tail"]:
        return None
    name = _HOLIDAY_NAMES[match["name"]]
    year = year_of(match, today)
    if year is not None:
        return holiday(name, year)
    span = holiday(name, today.year)
    if span is None or span.start > today:
        span = holiday(name, today.year - 1)
    return span


_RELATIVE_YEAR = r"(?P<relative_year>今年|去年|前年|明年|本年|上一年)"
_UNIT = r"(?P<unit>天|日|个星期|星期|个礼拜|礼拜|周|个月|月|个季度|季度|年)"
RELATIVE_RULES = (
    Rule(
        re.compile(
            rf"(?:(?P<year>20\d\d)年|{_RELATIVE_YEAR})?的?(?P<name>{'|'.join(_HOLIDAY_NAMES)})"
            r"(?P<tail>节?(?:期间|假期|长假|放假|小长假|黄金周|那几天|前后|的时候)|节)?(?!\s?[月号日点])"
        ),
        _holiday,
    ),
    Rule(
        re.compile(rf"(?:最近|近|过去|这|前|之前)的?这?(?P<count>{_COUNT})\s?{_UNIT}(?:以?来|内|里)?"),
        _recent,
    ),
    Rule(re.compile(rf"(?<![第近])(?P<count>{_COUNT})\s?{_UNIT}(?:之内|以内|内|以来|来的)"), _recent),
    Rule(re.compile(rf"(?<![第近\d])(?P<count>{_COUNT})\s?{_UNIT}(?:之前|以前|前)"), _ago),
    Rule(
        re.compile("最近|近期|近来|这阵子|前阵子"), lambda _match, today: _last_days(today, DAYS_OF_RECENTLY)
    ),
    Rule(re.compile("|".join(sorted(_DAY_WORDS, key=len, reverse=True))), _day_word),
    Rule(
        re.compile(
            r"(?P<which>上+个?|这个?|本)(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])?"
            r"(?![一二三四五六日天]?[年转])"
        ),
        _week,
    ),
    Rule(re.compile(r"(?<![上这本每个])(?P<which>)(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"), _week),
    Rule(
        re.compile(
            rf"(?P<which>上+个?|这个?|本|当)月份?"
            rf"(?:的?(?P<day>{NUMBER})[号日]|(?P<part>初|上旬|中旬|中|下旬|底|末))?(?!供)"
        ),
        _month,
    ),
    Rule(
        re.compile(
            rf"(?:{_RELATIVE_YEAR}|(?P<year>20\d\d)年)的?"
            r"(?:(?P<part>上半年|下半年|年初|年底|年末|初|底|末)|第?(?P<quarter>[1-4一二三四])季度)?"
        ),
        _year,
    ),
    Rule(
        re.compile(r"(?P<relative_year>)(?P<year>)(?P<quarter>)(?P<part>上半年|下半年|年初|年底|年末)"),
        _year,
    ),
    Rule(re.compile(r"(?P<relative_year>)(?P<year>)(?P<part>)第?(?P<quarter>[1-4一二三四])季度"), _year),
    Rule(re.compile(r"(?P<which>上个?|本|这个?)季度"), _quarter),
)
