"""Consent is only what says so plainly, and a refusal never is (个人信息保护法 Arts 14 and 24)."""

import time

import pytest

from actions.marketing_words import is_about_choice, refuses_offers, wants_offers

REFUSED = [
    "我不想你们继续推荐了",
    "停止继续给我推荐",
    "怎么关闭已开启的个性化推荐",
    "我之前开通了推荐，现在想关掉",
    "我没同意你们推荐产品",
    "我拒绝继续接收推荐",
    "请关闭，不要再给我打开推荐",
    "我从来没有允许你们推荐",
]
UNCLEAR = [
    "谁允许你们推荐的",
    "凭什么给我打开推荐",
    "谁给我开通的推荐",
    "我啥时候答应过你们推荐",
    "默认同意推荐",
    "推荐又给我打开了",
    "你们打开推荐",
    "你们给我打开推荐",
    "推荐关了可以再打开",
    "我开通过推荐",
    "别推荐理财了，继续推荐存款",
    "关掉推荐，要开通我再说",
    "推荐关了，以后想看再打开",
    "恢复推荐？",
    "能不能恢复推荐",
    "怎么打开推荐",
]


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_with_words_of_consent_in_it(text: str) -> None:
    assert wants_offers(text) is False
    assert refuses_offers(text) and is_about_choice(text)


@pytest.mark.parametrize(
    "text",
    [
        "请勿继续推荐",
        "不要恢复推荐",
        "不可以继续推荐",
        "别再继续推荐了",
        "停止接收推荐",
        "继续保持不推荐",
        "恢复成不推荐",
        "同意关闭推荐",
        "打开免打扰",
        "撤回我同意营销的授权",
        "之前取消了接收推荐",
        "之前取消了开通推荐",
        "我以前就拒绝过开通推荐",
        "之前关了推荐，你们又打开了",
        "你们打开了推荐，我不要",
        "我不需要推荐，之前同意的是短信",
        # dialect
        "莫再继续推荐咯",
        "甭给我打开推荐",
        "唔好再继续推荐啦",
        "我冇同意你们推荐",
        "咪再推介",
        # slips
        "不想你们在继续推荐了",
        "我没有同义你们推荐",
        "表再继续推荐了",
        "憋再恢复推荐",
        "停止继续推建",
        # traditional characters
        "我不想你們繼續推薦了",
        "怎麼關閉已開啟的個性化推薦",
        "我之前開通了推薦，現在想關掉",
        "我從來沒有允許你們推薦",
        "我拒絕繼續接收推薦",
        "撤銷同意推薦",
    ],
)
def test_a_refusal_in_other_words(text: str) -> None:
    assert wants_offers(text) is False


@pytest.mark.parametrize("text", [*UNCLEAR, "誰允許你們推薦的", "不要停止推荐", "别关推荐"])
def test_what_is_unclear_is_neither(text: str) -> None:
    assert wants_offers(text) is None and is_about_choice(text)


@pytest.mark.parametrize(
    "text",
    [
        "重新开启产品推荐",
        "继续给我推荐吧",
        "可以再给我推荐了",
        "把推荐打开",
        "我同意接收产品推荐",
        "我又想看推荐了，打开吧",
        "重新接受营销推荐",
        "允许你们给我推荐产品",
        "有好产品以后可以给我推荐",
        "还是给我推荐吧，恢复一下",
        "把之前退订的推荐恢复",
        "关了推荐，想再打开",
        "不小心把推荐关了，帮我恢复一下",
        "取消屏蔽，继续推荐",
        "好的，恢复吧！",
        "恢復產品推薦",
    ],
)
def test_plain_consent(text: str) -> None:
    assert wants_offers(text) is True and not refuses_offers(text)


@pytest.mark.parametrize(
    "text",
    [
        "再推荐几个",
        "重新给我推荐几个合适的",
        "可以推荐几只基金",
        "要不要推荐几款",
        "退休推荐什么产品",
        "还有别的推荐吗",
        "推荐关注的基金有哪些",
    ],
)
def test_a_wish_for_products_is_no_choice(text: str) -> None:
    assert wants_offers(text) is None and not is_about_choice(text) and not refuses_offers(text)


@pytest.mark.parametrize(
    "text", ["有多少推荐", "为什么不给我推荐", "推荐一款保本的，别太贵", "停售的基金还推荐吗"]
)
def test_a_wish_for_products_refuses_none(text: str) -> None:
    assert not refuses_offers(text)


@pytest.mark.parametrize("text", ["想要" * 250, "别再" * 250, "恢复推荐" * 125 + "x", "关了推荐" * 125])
def test_the_longest_text_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    wants_offers(text), refuses_offers(text), is_about_choice(text)
    assert time.perf_counter() - began < 0.5
