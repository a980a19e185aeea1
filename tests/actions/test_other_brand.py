"""Another institution's product: not ours is said first; what we have is shown as ours, for reference."""

import pytest

from knowledge_base.decision import GUESS_FROM
from tests.actions.conftest import Start
from tests.actions.dialogue import Dialogue, Said
from tests.actions.fakes import Shelf, article

FEE = "农行信用卡年费多少"
SHELF = Shelf(
    {
        FEE: {"credit-fee": 0.9, "credit-apply": 0.3},
        "农行卡丢了怎么挂失": {"card-lost": 0.9},
        "杭州银行卡年费": {"credit-fee": 0.8},
        "工行信用卡的钱": {"credit-fee": GUESS_FROM, "credit-apply": 0.3},
        "工行的卡": {"credit-apply": 0.25, "credit-fee": 0.2},
        "招行附近有什么": {"credit-fee": 0.1},
        "花呗怎么提前还款": {"quick-prepay": 0.95, "other-lender-service": 0.2},
        "借呗还不上": {"trap-debt-cycle": 0.8},
        "拍拍贷要我刷流水": {"trap-fake-statement": 0.9},
        "省呗": {"quick-prepay": 0.2},
        "【极速贷】尊敬的用户您有5万额度": {"trap-lender-check": 0.7, "quick-prepay": 0.1},
    },
    article("credit-fee", "信用卡年费", related=("credit-apply",)),
    article("credit-apply", "信用卡怎么申请"),
    article("card-lost", "银行卡丢了怎么挂失", action="card_loss"),
    article("quick-prepay", "快贷怎么提前还"),
    article("other-lender-service", "别家贷款问谁"),
    article("trap-debt-cycle", "欠了很多网贷还不上"),
    article("trap-fake-statement", "贷款要我刷流水可信吗", action="fraud"),
    article("trap-lender-check", "贷款平台靠谱吗"),
)


@pytest.fixture
def asked(start: Start) -> Dialogue:
    """A visitor who has these articles to ask."""
    return start(knowledge=SHELF)


def titles(said: Said) -> list[str]:
    return [one["title"] for one in said.buttons]


def test_another_banks_question_is_answered_with_our_rule_for_reference(asked: Dialogue) -> None:
    said = asked.say(FEE, "ask_credit_card")
    assert said.responses == ["utter_other_brand_hotline", "utter_other_brand_reference"]
    assert said.texts[0] == (
        "您问的是农业银行的业务，我这里查不到，也不能代为办理，请以该机构的答复为准。可以拨打客服电话 95599。"
    )
    assert said.texts[1].startswith("我行的同类规定，供您参考：\n\n信用卡年费的答案。\n\n来源：《云川银行")
    assert titles(said) == ["有用", "没用"]


def test_the_reference_counts_as_the_article_that_was_shown(asked: Dialogue) -> None:
    tracker = asked.message(FEE, "ask_credit_card")
    custom = [one["custom"] for one in asked.run("action_enquiry", tracker)["responses"] if one["custom"]]
    assert custom == [{"article": {"id": "credit-fee", "title": "信用卡年费"}}]
    asked.say(FEE, "ask_credit_card")
    assert asked.slots["last_article"] == "credit-fee" and asked.slots["last_question"] == FEE


def test_the_reference_is_judged_like_any_answer(asked: Dialogue) -> None:
    asked.say(FEE, "ask_credit_card")
    assert asked.say("有用", "helpful").responses == ["utter_helpful"]
    assert asked.slots["last_article"] is None


def test_a_reference_that_was_no_help_does_not_come_back(asked: Dialogue) -> None:
    asked.say(FEE, "ask_credit_card")
    asked.say("没用", "unhelpful")
    said = asked.say(FEE, "ask_credit_card")
    assert said.responses[0] == "utter_other_brand_hotline" and "信用卡年费的答案" not in said.text


def test_our_self_service_is_not_offered_for_another_banks_card(asked: Dialogue) -> None:
    said = asked.say("农行卡丢了怎么挂失", "ask_card_use")
    assert "银行卡丢了怎么挂失的答案" in said.text and titles(said) == ["有用", "没用"]


def test_without_a_known_hotline_none_is_named(asked: Dialogue) -> None:
    said = asked.say("杭州银行卡年费", "ask_card_use")
    assert said.responses[0] == "utter_other_brand" and "电话" not in said.texts[0]
    assert "信用卡年费的答案" in said.text


def test_what_is_not_sure_is_suggested_as_ours(asked: Dialogue) -> None:
    said = asked.say("工行的卡", "nlu_fallback")
    assert said.responses == ["utter_other_brand_hotline", "utter_other_brand_ours"]
    assert titles(said) == ["信用卡怎么申请", "信用卡年费", "都不是"]


def test_what_is_probably_meant_is_shown_as_ours_with_its_title(asked: Dialogue) -> None:
    said = asked.say("工行信用卡的钱", "nlu_fallback")
    assert said.responses == [
        "utter_other_brand_hotline",
        "utter_other_brand_guess",
        "utter_enquiry_guess_others",
    ]
    assert "「信用卡年费」" in said.text and titles(said)[-2:] == ["信用卡怎么申请", "都不是"]


def test_where_we_have_nothing_near_only_the_hotline_is_told(asked: Dialogue) -> None:
    said = asked.say("招行附近有什么", "out_of_scope")
    assert said.responses == ["utter_other_brand_hotline"] and "95555" in said.text and not said.buttons


def test_a_lenders_question_is_never_answered_with_our_loans_terms(asked: Dialogue) -> None:
    said = asked.say("花呗怎么提前还款", "ask_loan_repay")
    assert said.responses == ["utter_other_brand_hotline", "utter_other_brand_advice"]
    assert "别家贷款问谁的答案" in said.text and "快贷" not in said.text and "95188" in said.text


def test_a_lenders_question_is_answered_with_what_is_about_lenders(asked: Dialogue) -> None:
    said = asked.say("借呗还不上", "ask_loan_repay")
    assert said.responses == ["utter_other_brand_hotline", "utter_other_brand_advice"]
    assert said.texts[1].startswith("遇到这类情况，可以参考：\n\n欠了很多网贷还不上的答案。")
    assert "我行" not in said.text


def test_a_fraud_may_be_reported_whoever_it_is_about(asked: Dialogue) -> None:
    said = asked.say("拍拍贷要我刷流水", "ask_loan_repay")
    assert titles(said) == ["我被骗了", "有用", "没用"]


def test_an_unknown_lenders_text_message(asked: Dialogue) -> None:
    said = asked.say("【极速贷】尊敬的用户您有5万额度", "nlu_fallback")
    assert said.responses == ["utter_other_brand", "utter_other_brand_advice"]
    assert "您问的是极速贷的业务" in said.text and "贷款平台靠谱吗的答案" in said.text


def test_a_title_on_a_button_is_ours_again(asked: Dialogue) -> None:
    asked.say("工行的卡", "nlu_fallback")
    said = asked.say("信用卡年费", "nlu_fallback")
    assert said.responses[0] == "utter_enquiry_answer" and "信用卡年费的答案" in said.text
