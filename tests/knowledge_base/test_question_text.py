"""Questions that differ only in politeness, width or punctuation are compared as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.question_text import condense, fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("转账限额是多少？", "转账限额是多少"),
        ("ＡＴＭ吞卡", "atm 吞卡"),
        ("Ⅱ类户", "二类户"),
        ("请问一下，转账限额是多少呢？", "转账限额是多少"),
        ("您好，我想问一下云川银行转账限额是多少，谢谢", "转账限额是多少"),
    ],
)
def test_the_same_question(one: str, other: str) -> None:
    assert condense(one) == condense(other)


def test_a_text_of_nothing_but_politeness_stays() -> None:
    assert condense("您好，请问") == "您好请问"
    assert condense("！？。") == ""


@given(st.text(max_size=100))
def test_any_text_is_taken(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert len(condense(text)) <= len(fold(text))
