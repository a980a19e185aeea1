"""The day that a customer's 「明天」 means, for whoever reads it on another day."""

from datetime import date

import pytest

from actions.appointment_time import dated

SATURDAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("明天上午", "明天上午，11月29日"),
        ("后天下午三点", "后天下午三点，11月30日"),
        ("周五上午", "周五上午，12月4日"),
        ("星期六", "星期六，11月28日"),
        ("下周一早上", "下周一早上，11月30日"),
        ("下个礼拜天", "下个礼拜天，12月6日"),
        ("12月3日上午", "12月3日上午"),
        ("下午都行", "下午都行"),
        ("工作日", "工作日"),
    ],
)
def test_the_day_stands_beside_the_words(said: str, kept: str) -> None:
    assert dated(said, SATURDAY) == kept
