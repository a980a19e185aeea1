"""Two wishes at once, corrections, unclear messages, wrong answers; after two failures a person who knows."""

from functools import lru_cache

import pytest

from integrations.crm.conversations.repository import get_conversation
from integrations.crm.models import Conversation
from integrations.gateway.knowledge import articles
from tests.dialogues.chat import Chat, Said
from tests.dialogues.conftest import Person
from tests.system import System

PERSON = {"转人工", "人工"}
NO_TITLES = PERSON | {"有用", "没用", "都不是", "留言", "不用了", "你能做什么"}


@lru_cache
def bodies() -> dict[str, str]:
    """The id of every article by its body."""
    return {article.body: article.id for article in articles()}


def shown(said: Said) -> list[str]:
    """The ids of the articles that were shown, whatever words stood around them."""
    return [id_ for message in said.messages for body, id_ in bodies().items() if body in message["text"]]


def offered(said: Said) -> list[str]:
    """Titles of the articles and services offered."""
    return [title for title in said.buttons if title not in NO_TITLES]


def stored(system: System, chat: Chat) -> Conversation:
    with system.database.reading() as session:
        return get_conversation(session, chat.conversation)


# ---- two wishes in one message


@pytest.mark.parametrize(
    "text",
    ["帮我查下余额，再看看这个月账单", "卡里还剩多少钱呀 顺便看下信用卡这期要还多少", "余额和信用卡账单"],
)
def test_two_services_are_both_done(verified: Chat, text: str) -> None:
    said = verified.say(text)
    assert "账户余额" in said
    assert any(words in said for words in ("信用卡", "笔交易", "没有交易")), "a bill may be transactions"


def test_two_services_wait_together_for_the_verification(known: Chat, person: Person) -> None:
    assert "末四位" in known.say("帮我查下余额，再看看这个月明细")
    known.say(person.tail)
    said = known.say(known.system.last_code(person.phone))
    assert "账户余额" in said
    assert "明细" in said or "交易" in said


def test_a_question_and_a_service(verified: Chat) -> None:
    said = verified.say("大额存单多少钱起存？另外帮我查下余额")
    assert shown(said) == ["large-certificate"] and "账户余额" in said


def test_a_service_and_a_question(verified: Chat) -> None:
    said = verified.say("查一下我余额，顺便问下跨行取款收不收手续费")
    assert "账户余额" in said and shown(said) == ["withdraw-fee"]


def test_two_questions(chat: Chat) -> None:
    said = chat.say("储蓄卡有年费吗？还有信用卡怎么注销啊")
    assert shown(said) == ["card-annual-fee", "credit-cancel"]


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("你好呀，大额存单多少钱起存", "large-certificate"),
        ("在吗在吗 我卡让取款机吞了咋办", "card-swallowed"),
        ("谢谢你哈，那身份证过期了卡还能用不", "id-card-expired"),
    ],
)
def test_politeness_does_not_hide_the_question(chat: Chat, text: str, article: str) -> None:
    assert shown(chat.say(text)) == [article]


def test_a_complaint_and_a_question(known: Chat) -> None:
    """The complaint is taken down first; the question isn't forgotten, however that ends."""
    assert "发生了什么" in known.say("我要投诉你们柜员，另外跨行取款收手续费吗")
    said = known.say("取消")
    assert "没有提交" in said
    [title] = [title for title in offered(said) if "手续费" in title]
    assert shown(known.say(title)) == ["withdraw-fee"]


def test_a_question_inside_a_complaint(known: Chat) -> None:
    known.say("我要投诉")
    said = known.say("跨行取款收手续费吗")
    assert shown(said) == ["withdraw-fee"] and "发生了什么" in said


def test_something_urgent_goes_first(verified: Chat) -> None:
    said = verified.say("查下余额，另外我的银行卡丢了要挂失")
    assert "挂失" in said and "账户余额" not in said
    said = verified.say("算了先不挂失了")
    assert "没有挂失" in said and "查询余额" in said.buttons


# ---- corrections


@pytest.mark.parametrize("text", ["不是，我是说信用卡", "不对不对 我问的是信用卡的", "说错了，是信用卡"])
def test_a_fragment_changes_the_question(chat: Chat, text: str) -> None:
    assert shown(chat.say("储蓄卡年费怎么收")) == ["card-annual-fee"]
    said = chat.say(text)
    assert set(shown(said)) <= {
        "credit-annual-fee",
        "credit-annual-fee-charged",
        "credit-annual-fee-platinum",
    }
    assert shown(said)


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("不是，我是想问身份证过期了银行卡还能不能用", "id-card-expired"),
        ("你搞错了，我问的是银行卡被ATM吞了怎么办", "card-swallowed"),
        ("不是这个意思，我是说大额存单多少钱起", "large-certificate"),
    ],
)
def test_a_whole_question_takes_the_place_of_the_last(chat: Chat, text: str, article: str) -> None:
    assert shown(chat.say("储蓄卡年费怎么收")) == ["card-annual-fee"]
    assert shown(chat.say(text)) == [article]


def test_what_is_denied_gives_way(chat: Chat) -> None:
    assert shown(chat.say("现在个人贷款利率是多少")) == ["loan-interest-rate"]
    said = chat.say("我问的是存款不是贷款")
    assert shown(said) == ["deposit-rates"] or "存款利率" in said


def test_a_service_taken_for_another(verified: Chat) -> None:
    assert "账户余额" in verified.say("看看余额")
    said = verified.say("不是，我是说最近的交易明细")
    assert "笔交易" in said or "没有交易" in said
    assert "账户余额" not in said


def test_a_wish_taken_back_in_the_same_breath(verified: Chat) -> None:
    said = verified.say("查余额，哦不对，查信用卡账单")
    assert "信用卡" in said and "账户余额" not in said


# ---- unclear messages


@pytest.mark.parametrize("text", ["年费", "限额", "手续费", "提前还款"])
def test_an_unclear_message_is_a_question_with_buttons_that_work(chat: Chat, text: str) -> None:
    said = chat.say(text)
    choices = offered(said)
    assert len(choices) >= 2, said
    if not shown(said):
        assert "都不是" in said.buttons
    assert shown(chat.say(choices[1])), choices[1]


@pytest.mark.parametrize("text", ["手续费", "限额"])
def test_none_of_them_leads_on(chat: Chat, text: str) -> None:
    said, seen = chat.say(text), set[str]()
    for _ in range(3):
        if "转人工" in said.buttons:
            break
        assert offered(said) and not seen & set(offered(said)), "nothing is offered twice"
        seen |= set(offered(said))
        said = chat.say("都不是")
    assert "转人工" in said.buttons


# ---- wrong answers


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("储蓄卡年费怎么收", ("不对", "还是不对", "答非所问")),
        ("大额存单多少钱起", ("不是这个", "也不是", "都不对啊")),
        ("跨行取款收手续费吗", ("错了", "没用", "没答到点子上")),
    ],
)
def test_a_wrong_answer_never_comes_back(chat: Chat, question: str, wrong: tuple[str, ...]) -> None:
    """Whatever is offered next is tried, and is wrong too."""
    said = chat.say(question)
    ids, titles = shown(said), set[str]()
    assert len(ids) == 1
    for words in wrong:
        said = chat.say(words)
        ids += shown(said)
        choices = offered(said)
        assert not titles & set(choices), "nothing is offered twice"
        titles |= set(choices)
        if choices:
            said = chat.say(choices[0])
            assert shown(said), choices[0]
            ids += shown(said)
    assert len(set(ids)) == len(ids), ids


def test_asked_again_in_other_words_the_wrong_answer_stays_away(chat: Chat) -> None:
    ids = shown(chat.say("储蓄卡年费怎么收"))
    for again in ("储蓄卡一年要扣多少年费", "普通借记卡的年费到底多少", "借记卡要交年费吗"):
        chat.say("不对")
        ids += shown(chat.say(again))
    assert ids and len(set(ids)) == len(ids), ids


# ---- after two failures a person, who knows


def test_two_wrong_answers_offer_a_person_who_reads_what_was_tried(system: System, chat: Chat) -> None:
    chat.say("储蓄卡年费怎么收")
    tried = offered(chat.say("不对"))
    assert tried
    assert "转人工" in chat.say("还是不对").buttons
    assert "转接人工" in chat.say("好的，转吧")
    waiting = stored(system, chat)
    assert (waiting.holder, waiting.queue_reason) == ("queued", "not_understood")
    note = waiting.handoff_note or ""
    assert "储蓄卡年费怎么收" in note and "《借记卡收年费、小额账户管理费吗》" in note and "不对" in note
    assert all(f"《{title}》" in note for title in tried)


def test_two_messages_not_understood_offer_a_person_who_reads_them(system: System, chat: Chat) -> None:
    assert "转人工" not in chat.say("呜啦啦啦哔哔").buttons
    said = chat.say("咕噜咕噜叽叽")
    assert "转人工" in said.buttons
    chat.say("转人工")
    note = stored(system, chat).handoff_note or ""
    assert "呜啦啦啦哔哔" in note and "咕噜咕噜叽叽" in note and "没有找到答案" in note


def test_a_correction_that_fails_too_offers_a_person(system: System, chat: Chat) -> None:
    chat.say("储蓄卡年费怎么收")
    chat.say("不对")
    said = chat.say("不是，我是说信用卡")
    assert PERSON & set(said.buttons) and "人工" in said
    chat.say("人工")
    assert "储蓄卡年费怎么收" in (stored(system, chat).handoff_note or "")


def test_the_person_may_be_declined(system: System, chat: Chat) -> None:
    chat.say("储蓄卡年费怎么收")
    chat.say("不对")
    assert "转人工" in chat.say("还是不对").buttons
    chat.say("不用了")
    assert stored(system, chat).holder == "bot"
    assert shown(chat.say("大额存单多少钱起")) == ["large-certificate"]


def test_an_answer_that_helped_begins_anew(chat: Chat) -> None:
    chat.say("呜啦啦啦哔哔")
    chat.say("储蓄卡年费怎么收")
    chat.say("有用")
    assert "转人工" not in chat.say("咕噜咕噜叽叽").buttons
