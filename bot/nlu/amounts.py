"""Amounts of money in yuan."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Sequence

from bot.nlu.found import Found, is_free
from bot.nlu.numerals import DIGITS, to_decimal

ENTITY = "amount"
_ARABIC = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_CHINESE = rf"[{DIGITS}十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟点]+"
_MULTIPLIED_NUMBER = rf"{_ARABIC}\s?[万千百亿wWkK](?:零?{_ARABIC}|[{DIGITS}十百千]+)?[千百十]?[\d{DIGITS}]?"
_NUMBER = rf"(?:{_MULTIPLIED_NUMBER}|{_ARABIC}|{_CHINESE})"
_MORE = r"(?:多|来|余|几)?\s?"
_YUAN = r"(?:元|块|圆|rmb|RMB|人民币)"
_CANDIDATE = re.compile(
    rf"(?P<sign>[¥￥])?\s?(?P<number>{_NUMBER}){_MORE}"
    rf"(?:(?P<yuan>{_YUAN})(?:(?P<jiao>[\d{DIGITS}])(?![\d{DIGITS}十百千万年月天个号])(?:毛|角)?"
    rf"(?:(?P<fen>[\d{DIGITS}])分)?)?(?:钱|整)?|(?P<small>毛钱?|角钱?|分钱))?"
)
# Verbs and nouns after which a plain number is money.
_CONTEXT = re.compile(
    r"(?:金额|本金|转账|转了|转走了?|转出|转给\S{1,3}|汇款|汇了|取款|取了|取|取现|存款|存了|存|"
    r"扣款|扣了|扣|扣掉|盗刷了?|刷了|刷|吞了|吞|少了|没了|丢了|借了|借|贷款|贷了|贷|还款|还了|还|月供|消费|消费了|花了|充值|充了|退|赔|赔偿|损失|损失了|骗了|骗走|"
    r"亏|亏了|亏损|欠|欠了|罚了|付了|支付|打了|交了|收了|多收|价格|总共|一共|共|改成|写成|应该是|而是|,是|，是|只有|不是)"
    r"(?:了|我|他|她|是|为|约|大概|差不多|大约|人民币|:|：|\s)*$"
)
_NOT_MONEY_BEFORE = re.compile(
    r"(?:验证码|密码|尾号|卡号|账号|工单|单号|编号|电话|手机|号码|热线|客服|第|代码|后四位|末四位)\S{0,3}$"
)
_NOT_MONEY_AFTER = re.compile(
    r"\s?(?:[年月日号天期次点%位张岁折秒周笔家楼人倍分度路条项级代股份克]|个|小时|开头|尾号|美元|美金|欧元|港币|港元|日元|英镑|米|公里|[A-Za-z])"
)
# Nouns before which one is (5000的转账).
_CONTEXT_AFTER = re.compile(r"\s?的(?:转账|汇款|款|支出|消费|扣款|取款|欠款|现金|钱|贷款)")
_FOREIGN_AFTER = re.compile(r"\s?(?:多|来)?(?:美元|美金|欧元|港币|港元|日元|英镑|澳元|刀)")
_WHOLE = re.compile(
    rf"\W*(?:大概|大约|差不多|就|是|约)?\s?{_NUMBER}\s?(?:左右|上下|多|来|几|块钱?|元|吧|啊|呢|的)*\W*"
)
_MULTIPLIED = re.compile(r"[万千亿wWkK]")
# Idioms that contain number words but no number.
_IDIOMS = ("万一", "千万", "百万富翁", "一点", "万事", "一万个", "十万火急", "千千万")


def find_amounts(text: str, taken: Sequence[Found] = ()) -> list[Found]:
    """Return the amounts in normalised text, as decimal yuan strings ("53000", "3000.50").

    A number is money when a unit says so (元, 块, ¥, 万, w …), when a word before it does (转账500), or
    when it is the whole message. Spans in ``taken`` (phones, card tails, dates) are never money.
    """
    found = []
    whole = bool(_WHOLE.fullmatch(text))
    # Blank out what is taken, or 「50万30年」 would be read as 500,030.
    free = "".join("\0" if not is_free(taken, at, at + 1) else char for at, char in enumerate(text))
    for match in _CANDIDATE.finditer(free):
        value = _value(match)
        if value is None or value <= 0:
            continue
        if _is_money(text, match, whole):
            found.append(Found(ENTITY, format_yuan(value), match.start(), match.end()))
    return found


def format_yuan(value: Decimal) -> str:
    """Return "53000" for a whole amount, else two decimals."""
    if value == value.to_integral_value():
        return str(int(value))
    return f"{value:.2f}"


def _value(match: re.Match[str]) -> Decimal | None:
    """Return the yuan that a candidate stands for."""
    value = to_decimal(match["number"])
    if value is None:
        return None
    if match["small"]:
        return value / (100 if match["small"].startswith("分") else 10)
    for group, divisor in (("jiao", 10), ("fen", 100)):
        if match[group]:
            value += (to_decimal(match[group]) or Decimal(0)) / divisor
    return value


def _is_money(text: str, match: re.Match[str], whole: bool) -> bool:
    """Tell whether unit, context or the message as a whole makes the number money."""
    before, after = text[: match.start()], text[match.end() :]
    number = match["number"]
    if number.startswith("点") or text.startswith(_IDIOMS, match.start()):
        return False
    if match["sign"] or match["yuan"] or match["small"]:
        return not _FOREIGN_AFTER.match(after)
    if _NOT_MONEY_BEFORE.search(before) or _NOT_MONEY_AFTER.match(after) or before.endswith("."):
        return False
    if _MULTIPLIED.search(number) and len(number) > 1:
        return not re.match(r"分之|[一二]?[次个人]", after)
    told = _CONTEXT.search(before) or _CONTEXT_AFTER.match(after)
    return whole or bool(told and (number[0].isdigit() or len(number) > 1))
