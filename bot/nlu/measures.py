"""Loan terms, interest rates, scores and ordinals."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Sequence

from bot.nlu.found import Found, is_free
from bot.nlu.numerals import COUNT, DIGITS, to_count, to_decimal

MAX_TERM_MONTHS = 600
MAX_RATE_PERCENT = 100
_NUMBER = rf"(?:\d+(?:\.\d+)?|[{DIGITS}十百点]+)"
_TERM = re.compile(
    rf"(?<![\d.近去今明前这第])(?P<count>{COUNT})\s?(?P<unit>年半|年期|年|个月|个半月|月期|期)"
    r"(?!前|来|以来|内|以内|之内|之前|初|底|末|费|级|代|轻|龄|\d|[一二三四五六七八九十]{1,2}月)"
)
_PERCENT = re.compile(rf"(?P<number>{_NUMBER})\s?(?:%|个点|个百分点)")
_FRACTION = re.compile(rf"(?P<base>百|千|万)分之(?P<number>{_NUMBER})")
_LABELLED_RATE = re.compile(
    rf"(?:年化|利率|利息|收益率|lpr|LPR)\s?(?:率|是|为|按|大概|:)*\s?(?P<number>{_NUMBER})"
    r"(?![\d.元块万千年月%个天期])"
)
_WHOLE_RATE = re.compile(r"[ 。!]*(\d{1,2}\.\d{1,3})[ 。!]*")
_SCORE = re.compile(
    rf"(?<![\d.{DIGITS}十])(?P<number>[1-5]|[一二两三四五])\s?(?:分|颗?星)(?!钟|钱|之|期|行|店|公司|\d)"
)
_WHOLE_SCORE = re.compile(r"\W*(?:打|给|评)?\s?([1-5]|[一二三四五])\s?(?:吧|啊)?\W*")
_OPINIONS = {
    "非常满意": 5, "很满意": 5, "满意": 4, "比较满意": 4, "一般": 3, "一般般": 3, "不满意": 2,
    "不太满意": 2, "非常不满意": 1, "很不满意": 1,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"(?P<last>倒数)?第\s?(?P<count>\d{{1,2}}|[{DIGITS}十]{{1,3}})"
    r"(?:个|张|笔|条|项|种|位|家|款|行|单)?(?!次|天|季|年|方|三方)"
)
_LAST = re.compile(r"(?:最后|末尾?)(?:那)?一?(?:个|张|笔|条|项|种|家|款|单)")
_FIRST = re.compile(r"(?:头一|最上面那?|最前面那?)(?:一)?(?:个|张|笔|条|家)")


def find_terms(text: str, taken: Sequence[Found] = ()) -> list[Found]:
    """Return durations in months: 36期, 三年, 一年半, 半年, 24个月."""
    found = []
    for match in _TERM.finditer(text):
        months = _months(match["count"], match["unit"])
        if months is not None and 0 < months <= MAX_TERM_MONTHS and is_free(taken, *match.span()):
            found.append(Found("term_months", months, *match.span()))
    return found


def _months(count: str, unit: str) -> int | None:
    """Return the months of a count and unit; None for 「几年」 or a calendar year."""
    if count == "半":
        return 6 if unit in ("年", "年期") else None
    number = to_count(count)
    if number is None or (unit.startswith("年") and number > MAX_TERM_MONTHS // 12):
        return None
    if unit.startswith("年"):
        return number * 12 + (6 if unit == "年半" else 0)
    return number


def find_rates(text: str, taken: Sequence[Found] = ()) -> list[Found]:
    """Return interest rates as percent strings: 3.5%, 百分之三点五, 万分之五 (0.05), 利率3.1."""
    found: list[Found] = []
    whole = _WHOLE_RATE.fullmatch(text)
    candidates = [(match, match["number"], 1) for match in _PERCENT.finditer(text)]
    candidates += [
        (match, match["number"], {"百": 1, "千": 10, "万": 100}[match["base"]])
        for match in _FRACTION.finditer(text)
    ]
    candidates += [(match, match["number"], 1) for match in _LABELLED_RATE.finditer(text)]
    candidates += [(whole, whole[1], 1)] if whole else []
    for match, number, divisor in candidates:
        value = to_decimal(number)
        if value is None or not 0 < value / divisor <= MAX_RATE_PERCENT:
            continue
        if is_free([*taken, *found], *match.span()):
            found.append(Found("rate", _plain(value / divisor), *match.span()))
    return found


def _plain(value: Decimal) -> str:
    """Return a decimal without exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def find_scores(text: str) -> list[Found]:
    """Return scores from 1 to 5: 5分, 给四星, a message that is one digit, or an opinion on its own."""
    opinion = _OPINIONS.get(re.sub(r"[\s。!,.~]", "", text))
    if opinion is not None:
        return [Found("score", opinion, 0, len(text))]
    whole = _WHOLE_SCORE.fullmatch(text)
    matches = [(whole, whole[1])] if whole else [(match, match["number"]) for match in _SCORE.finditer(text)]
    return [Found("score", to_count(number), *match.span()) for match, number in matches]


def find_ordinals(text: str) -> list[Found]:
    """Return positions in a list: 第一个 1, 第3张 3, 最后一个 -1, 倒数第二个 -2."""
    found = [Found("ordinal", -1, *match.span()) for match in _LAST.finditer(text)]
    found += [Found("ordinal", 1, *match.span()) for match in _FIRST.finditer(text)]
    for match in _ORDINAL.finditer(text):
        count = to_count(match["count"])
        if count:
            found.append(Found("ordinal", -count if match["last"] else count, *match.span()))
    return sorted(found, key=lambda item: item.start)
