"""When it suits a customer, in their words; the day beside it, for whoever reads it later. Pure."""

import re
from datetime import date, timedelta

from actions.answers import is_question

_TIME = re.compile(
    r"[今明后]天|周[一二三四五六日天末]|星期|礼拜|下周|月底|工作日|早上|上午|中午|下午|晚上"
    r"|(?:\d{1,2}|[一二三四五六七八九十]+)[点号日:]"
)
_ANY = re.compile(r"都行|都可以|随时|随便|尽快|越快越好|看[你您]们|无所谓|不限")
_WHEN = re.compile(
    r"(?:[今明后]天|下?(?:周|星期|礼拜)[一二三四五六日天末]|\d{1,2}月\d{1,2}[号日])?"
    r"(?:早上|上午|中午|下午|晚上)?(?:[一二三四五六七八九十\d]{1,3}点半?)?"
)
_DAY = re.compile(r"(?P<near>[今明后])天|(?P<next>下个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])")
_NEAR = {"今": 0, "明": 1, "后": 2}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "末": 5, "日": 6, "天": 6}


def names_time(text: str) -> bool:
    """Whether it says when; 「周末上班吗」 asks."""
    return bool(_TIME.search(text) or _ANY.search(text)) and not is_question(text)


def any_time(text: str) -> bool:
    """Whether any time suits."""
    return bool(_ANY.search(text)) and not is_question(text)


def time_in(text: str) -> str | None:
    """The first time that a longer message names (「约经理明天下午」)."""
    return next((match[0] for match in _WHEN.finditer(text) if match[0]), None)


def dated(time: str, today: date) -> str:
    """「明天上午」 said on 28 November is 「明天上午，11月29日」: it is read on other days too."""
    match = _DAY.search(time)
    if match is None or re.search(r"\d月", time):
        return time
    day = today + timedelta(days=_days_until(match, today))
    return f"{time}，{day.month}月{day.day}日"


def _days_until(match: re.Match[str], today: date) -> int:
    if match["near"]:
        return _NEAR[match["near"]]
    weekday = _WEEKDAYS[match["weekday"]]
    if match["next"]:
        return 7 - today.weekday() + weekday
    return (weekday - today.weekday()) % 7
