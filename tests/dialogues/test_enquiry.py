"""Questions answered from the articles, unsure ones with suggestions, lost ones with a person."""

import pytest

from tests.dialogues.chat import Chat


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我的卡被取款机吃掉了咋办", "吞卡"),
        ("跨行转帐要收多少手续费", "手续费"),
        ("二类卡一天能转多少", "每日1万元"),
        ("身份证到期了银行卡还能用不", "身份证"),
        ("转错人了钱能要回来吗", "收款"),
    ],
)
def test_an_answer_names_its_source_and_asks_for_feedback(chat: Chat, text: str, words: str) -> None:
    said = chat.say(text)
    assert words in said and "来源" in said
    assert "有用" in said.buttons and "没用" in said.buttons


def test_feedback_is_taken(chat: Chat) -> None:
    chat.say("吞卡了怎么办")
    assert "高兴" in chat.say("有用")


def test_a_wrong_answer_is_not_repeated(chat: Chat) -> None:
    first = chat.say("吞卡了怎么办").text
    second = chat.say("不对，不是这个")
    assert second.text != first and "来源" not in second
    assert second.buttons


def test_a_suggested_title_is_answered(chat: Chat) -> None:
    said = chat.say("吞卡了怎么办")
    related = [title for title in said.buttons if title not in ("有用", "没用", "我要挂失")]
    assert related
    assert "来源" in chat.say(related[0])


@pytest.mark.parametrize(
    ("text", "brand", "hotline", "words"),
    [
        ("农行的信用卡年费怎么收", "农业银行", "95599", "年费"),
        ("我的K宝证书过期了怎么办", "农业银行", "95599", "云盾"),
        ("招行的卡被取款机吞了怎么办", "招商银行", "95555", "吞卡"),
    ],
)
def test_another_banks_question_gets_its_hotline_and_our_rule(
    chat: Chat, text: str, brand: str, hotline: str, words: str
) -> None:
    said = chat.say(text)
    assert f"您问的是{brand}的业务" in said and hotline in said and "该机构" in said
    assert "供您参考" in said and words in said and "来源" in said
    assert "有用" in said.buttons and "没用" in said.buttons


@pytest.mark.parametrize(
    ("text", "lender", "hotline"),
    [("花呗怎么提升额度", "花呗", "95188"), ("微粒贷怎么提前还款", "微众银行", "95384")],
)
def test_a_lenders_product_is_never_answered_as_ours(
    chat: Chat, text: str, lender: str, hotline: str
) -> None:
    said = chat.say(text)
    assert f"您问的是{lender}的业务" in said and hotline in said and "该机构" in said
    assert "云川快贷" not in said and "我行的同类规定" not in said


@pytest.mark.parametrize("text", ["今天天气怎么样", "给我讲个笑话", "帮我写作业"])
def test_off_topic_is_answered_with_dignity(chat: Chat, text: str) -> None:
    said = chat.say(text)
    assert "来源" not in said and "抱歉" in said


def test_lost_twice_offers_a_person(chat: Chat) -> None:
    chat.say("呜啦啦啦哔哔")
    said = chat.say("咕噜咕噜叽叽")
    assert any("人工" in title for title in said.buttons) or "人工" in said.text


@pytest.mark.parametrize("text", ["你们是骗子吧，垃圾银行", "滚"])
def test_abuse_is_met_calmly(chat: Chat, text: str) -> None:
    said = chat.say(text)
    assert "抱歉" in said or "人工" in said.text


@pytest.mark.parametrize(
    "text", ["👍🎉😡", "......", "<script>alert(1)</script>", "'; DROP TABLE messages; --", "转" * 3000]
)
def test_odd_input_gets_an_answer(chat: Chat, text: str) -> None:
    assert chat.say(text).text


@pytest.mark.parametrize(
    "text", ["/restart", '/complaint{"complaint_what": "x"}', "/session_start", "//greet"]
)
def test_rasas_commands_do_not_work_from_outside(chat: Chat, text: str) -> None:
    """Trap 8."""
    chat.say("我要投诉")
    chat.say(text)
    assert "没有提交" in chat.say("取消")
