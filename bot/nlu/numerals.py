"""Numbers as Chinese speakers type them, converted by cn2an."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import cn2an

DIGITS = "零〇一二两三四五六七八九"
# A number without a multiplier, Arabic or Chinese, for counts of days, months, instalments.
COUNT = rf"(?:\d+|[{DIGITS}十百]+|半|几)"
_ALIASES = str.maketrans("wWkK仟佰拾萬", "万万千千千百十万")


def to_decimal(written: str) -> Decimal | None:
    """Return the value of 「五万三」, 「2万5」, 「1.2w」, 「3,000.50」 or 「十五」; None if it is no number.

    A digit after a multiplier counts in the next lower one: 五万三 is 53,000, 一百二 is 120, 3千5 is 3,500.
    """
    text = written.replace(",", "").replace(" ", "").translate(_ALIASES)
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        pass
    head, zero, tail = text.partition("零")
    if zero and tail.isdigit() and head[-1:] in tuple("百千万亿"):
        high = to_decimal(head)
        return None if high is None else high + Decimal(tail)
    if text[0] in "百千万亿":
        return None
    try:
        # str(): cn2an answers with a float for decimals, and Decimal(float) shows its error.
        return Decimal(str(cn2an.cn2an(_lower_multiplier(text), "smart")))
    except (ValueError, KeyError, InvalidOperation):
        return None


def to_count(written: str) -> int | None:
    """Return a whole number below 10,000 for 「三」, 「十二」, 「36」; None for anything else."""
    value = to_decimal(written)
    if value is None or value != value.to_integral_value() or not 0 <= value < 10_000:
        return None
    return int(value)


def _lower_multiplier(text: str) -> str:
    """Write out the multiplier that speech leaves away after an Arabic digit: 2万5 → 2万5千."""
    lower = {"亿": "千万", "万": "千", "千": "百", "百": "十"}
    if len(text) >= 3 and text[-1].isdigit() and text[-2] in lower:
        return text + lower[text[-2]]
    return text
