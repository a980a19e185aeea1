"""Every entity of the contract, as customers write it. Today is Sunday, 22 November 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.nlu import vocabulary
from bot.nlu.calendar_units import holiday
from bot.nlu.entities import find_entities, find_words
from bot.nlu.identifiers import is_id_number, passes_luhn
from bot.nlu.normalizer import normalize

TODAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("bank_dictionary")


def values(text: str, entity: str) -> list[Any]:
    """Return the values of one entity in a message."""
    return [item.value for item in find_entities(normalize(text), TODAY) if item.entity == entity]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("五万三", "53000"), ("3千", "3000"), ("1.2w", "12000"), ("１.２Ｗ", "12000"),
        ("一百二十块五", "120.50"),
        ("3,000.50元", "3000.50"), ("2万5", "25000"), ("三块五毛", "3.50"), ("五毛钱", "0.50"),
        ("一分钱", "0.01"),
        ("转账500", "500"), ("ATM吞了我500块没人管", "500"), ("扣了我12块", "12"),
        ("金额写错了，是500", "500"),
        ("房贷每月还5000", "5000"), ("我想贷款十万", "100000"), ("¥88.8", "88.80"),
        ("被骗了三万多", "30000"),
        ("10万零500", "100500"), ("8块8", "8.80"), ("两百五", "250"), ("壹佰元整", "100"), ("2k", "2000"),
        ("共计 8,888.88元", "8888.88"), ("二十块", "20"), ("一共2万3千5", "23500"),
        ("大概两千左右", "2000"), ("大概五百多吧", "500"), ("贷款50万30年", "500000"),
        ("贷款五十万三十年", "500000"), ("亏了3000", "3000"), ("5000的转账到了吗", "5000"),
    ],
)  # fmt: skip
def test_amounts(text: str, expected: str) -> None:
    assert values(text, "amount") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "我的手机13812345678", "尾号1234", "1234那张卡", "6222****1234", "TS202611220001", "10086打不通",
        "400-888-8888", "110101199003074514", "2026年", "10月1号到7号", "万一被骗怎么办", "千万别扣",
        "一点都不好",
        "100美元", "36期", "三年", "利率3.5%", "第一个", "验证码是123456", "最近30天", "给你打5分", "等一下",
    ],
)  # fmt: skip
def test_no_amount(text: str) -> None:
    assert values(text, "amount") == []


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("上个月", "2026-10-01", "2026-10-31"), ("最近三天", "2026-11-20", "2026-11-22"),
        ("10月1号到7号", "2026-10-01", "2026-10-07"), ("国庆期间", "2026-10-01", "2026-10-07"),
        ("昨天", "2026-11-21", "2026-11-21"), ("前天", "2026-11-20", "2026-11-20"),
        ("上周五", "2026-11-13", "2026-11-13"), ("这个月", "2026-11-01", "2026-11-22"),
        ("今年", "2026-01-01", "2026-11-22"), ("去年12月", "2025-12-01", "2025-12-31"),
        ("10.1-10.7", "2026-10-01", "2026-10-07"), ("半年内", "2026-05-22", "2026-11-22"),
        ("2026年10月", "2026-10-01", "2026-10-31"), ("12月", "2025-12-01", "2025-12-31"),
        ("11月25日", "2025-11-25", "2025-11-25"), ("25号", "2026-10-25", "2026-10-25"),
        ("十月一号", "2026-10-01", "2026-10-01"), ("十一月", "2026-11-01", "2026-11-22"),
        ("上上周三", "2026-11-04", "2026-11-04"), ("星期一", "2026-11-16", "2026-11-16"),
        ("上个月15号", "2026-10-15", "2026-10-15"), ("本月初", "2026-11-01", "2026-11-10"),
        ("今年一季度", "2026-01-01", "2026-03-31"), ("上季度", "2026-07-01", "2026-09-30"),
        ("去年春节", "2025-01-28", "2025-02-04"), ("五一期间", "2026-05-01", "2026-05-05"),
        ("双十一花了多少", "2026-11-11", "2026-11-11"),
        ("2026-10-01至2026-10-07", "2026-10-01", "2026-10-07"),
        ("11月到1月", "2025-11-01", "2026-01-31"), ("上个月1号到现在", "2026-10-01", "2026-11-22"),
        ("三个月前", "2026-08-01", "2026-08-31"), ("近7天", "2026-11-16", "2026-11-22"),
        ("去年12月到今年3月", "2025-12-01", "2026-03-31"), ("10月1-7日", "2026-10-01", "2026-10-07"),
        ("我昨天转了3000到现在没到账", "2026-11-21", "2026-11-21"),
        ("2027年国庆", "2027-10-01", "2027-10-07"),
    ],
)  # fmt: skip
def test_dates(text: str, start: str, end: str) -> None:
    [value] = values(text, "date_range")
    assert (value["start"], value["end"]) == (start, end)
    assert value["text"] in normalize(text)


def test_unknown_holiday_years() -> None:
    """The package knows the years up to its release; lunar holidays beyond are not guessed."""
    assert holiday("国庆", 2040) == (date(2040, 10, 1), date(2040, 10, 7))
    assert holiday("春节", 2040) is None


@pytest.mark.parametrize(
    ("text", "entity", "expected"),
    [
        ("我的手机 138 1234 5678", "phone", ["13812345678"]), ("+8613812345678", "phone", ["13812345678"]),
        ("12812345678", "phone", []), ("尾号是 8899 的卡", "card_tail", ["8899"]),
        ("1234", "card_tail", ["1234"]),
        ("后四位5566", "card_tail", ["5566"]), ("卡6222021234567894", "card_tail", ["7894"]),
        ("ts202611220001的进度", "ticket_number", ["TS202611220001"]), ("1234", "amount", ["1234"]),
        ("贷20万分36期", "term_months", [36]), ("一年半", "term_months", [18]),
        ("半年", "term_months", [6]),
        ("二十年", "term_months", [240]), ("最近三个月", "term_months", []),
        ("年化百分之三点五", "rate", ["3.5"]),
        ("万分之五", "rate", ["0.05"]), ("利率3.1", "rate", ["3.1"]), ("3.85%", "rate", ["3.85"]),
        ("3.5%", "rate", ["3.5"]), ("3.5%", "date_range", []), ("30年利率3.5每月还多少", "rate", ["3.5"]),
        ("139 0000 0001", "phone", ["13900000001"]), ("1390 0000 001", "phone", ["13900000001"]),
        ("13900000001 6688", "phone", ["13900000001"]), ("5000的转账", "card_tail", []),
        ("6688的卡", "card_tail", ["6688"]), ("云川银行在哪", "city", []),
        ("5", "score", [5]), ("给你打四分", "score", [4]), ("非常满意", "score", [5]),
        ("10分钟", "score", []),
        ("第一个", "ordinal", [1]), ("最后一个", "ordinal", [-1]), ("第3笔", "ordinal", [3]),
        ("成都武侯区有没有网点", "city", ["成都"]), ("成都武侯区有没有网点", "district", ["武侯区"]),
        ("沙河县", "district", ["沙河县"]), ("附近的取款机", "branch_kind", ["ATM"]),
        ("柜台", "business_channel", ["柜面"]), ("手机app上", "business_channel", ["手机银行"]),
        ("信用卡中心", "business_channel", ["信用卡中心"]), ("贷记卡账单", "product_line", ["信用卡"]),
        ("等额本金", "repayment_method", ["等额本金"]), ("客户经理飞单", "business_channel", ["客户经理"]),
    ],
)  # fmt: skip
def test_other_entities(text: str, entity: str, expected: list[Any]) -> None:
    assert values(text, entity) == expected


def test_spans_point_into_the_text() -> None:
    text = normalize("我在成都武侯区的ATM取了2000，尾号1234，昨天的事")
    for item in find_entities(text, TODAY):
        assert 0 <= item.start < item.end <= len(text)


@pytest.mark.parametrize("words", [
    vocabulary.BUSINESS_CHANNELS, vocabulary.PRODUCT_LINES, vocabulary.BRANCH_KINDS,
    vocabulary.REPAYMENT_METHODS,
    vocabulary.city_words(), vocabulary.district_words(),
])  # fmt: skip
def test_every_word_is_found(words: dict[str, tuple[str, ...]]) -> None:
    """A word that jieba cuts apart inside the matcher would never be recognised."""
    missed = [word for value, known in words.items() for word in known if not find_words(word)]
    assert missed == []


def test_checksums() -> None:
    assert passes_luhn("6222021234567894") and not passes_luhn("6222021234567893")
    assert is_id_number("11010519491231002X") and not is_id_number("110105194912310021")
