"""Corrections, unclear messages, wrong answers: nothing is repeated, and after two failures a person."""

from functools import partial

import pytest

from integrations.crm.conversations import handoff
from integrations.crm.database import Database
from integrations.crm.models import Conversation
from knowledge_base.decision import GUESS_FROM
from tests.actions.conftest import Start
from tests.actions.dialogue import Dialogue, Said
from tests.actions.fakes import Shelf, article

FEE = "年费多少"
CREDIT_FEE = "信用卡年费多少"
SHELF = Shelf(
    {
        FEE: {"debit-fee": 0.9, "small-fee": 0.2},
        "年费是多少钱": {"debit-fee": 0.9, "small-fee": 0.2},
        CREDIT_FEE: {"credit-fee": 0.9, "debit-fee": 0.1},
        "信用卡的": {"credit-card": 0.25},
        "信用卡": {"credit-card": 0.25},
        "贷款利率怎么算": {"loan-rate": 0.9},
        "存款利率怎么算": {"deposit-rate": 0.9},
        "转账限额": {"limit": 0.9},
        "转账限额年费多少": {"debit-fee": 0.7},
        "白金卡": {"debit-fee": 0.8},
        "卡": {"credit-card": 0.25, "small-fee": 0.2},
        "你们几点下班": {"service-hours": 0.2, "limit": 0.1},
        "账户的钱": {"small-fee": GUESS_FROM, "limit": 0.2},
        "账户": {"small-fee": 0.25, "limit": 0.2},
        "社保卡": {"credit-card": 0.25},
        "社保卡年费多少": {"small-fee": 0.25, "limit": 0.2},
        "手续费": {"small-fee": 0.25, "limit": 0.2, "loan-rate": 0.2, "deposit-rate": 0.2},
    },
    article("debit-fee", "储蓄卡年费"),
    article("small-fee", "小额账户管理费"),
    article("service-hours", "银行几点上班"),
    article("credit-fee", "信用卡年费"),
    article("credit-card", "信用卡怎么申请"),
    article("loan-rate", "贷款利息"),
    article("deposit-rate", "存款利息"),
    article("limit", "转账限额"),
)


@pytest.fixture
def start(start: Start) -> Start:
    """All of them have the same articles."""
    return partial(start, knowledge=SHELF)


def titles(said: Said) -> list[str]:
    return [one["title"] for one in said.buttons]


def conversation(database: Database) -> Conversation:
    with database.reading() as session:
        return session.query(Conversation).one()


# ---- corrections


def test_a_fragment_changes_the_last_question(visitor: Dialogue) -> None:
    assert "储蓄卡年费的答案" in visitor.say(FEE, "ask_card_use").text
    said = visitor.say("我是说信用卡的", "correction", restated=("信用卡的", "inform"))
    assert "信用卡年费的答案" in said.text and visitor.slots["last_question"] == CREDIT_FEE


@pytest.mark.parametrize(
    "intent", ["correction", "wrong_answer", "deny", "nlu_fallback", "ask_deposit", "inform"]
)
def test_what_is_denied_gives_way(visitor: Dialogue, intent: str) -> None:
    visitor.say("贷款利率怎么算", "ask_loan_apply")
    said = visitor.say("我问的是存款不是贷款", intent, restated=("存款", "ask_deposit"), denied="贷款")
    assert "存款利息的答案" in said.text


def test_what_makes_sense_by_itself_is_a_question_of_its_own(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    said = visitor.say("说错了，是转账限额", "correction", restated=("转账限额", "ask_transfer"))
    assert "转账限额的答案" in said.text


def test_a_restated_service_is_served(verified: Dialogue) -> None:
    verified.say("查余额", "balance")
    said = verified.say("不是，我是说信用卡账单", "correction", restated=("信用卡账单", "credit_card_bill"))
    assert said.responses == ["utter_credit_card_bill"]


def test_a_wish_taken_back_in_the_same_message(verified: Dialogue) -> None:
    said = verified.say(
        "查余额，哦不对，查信用卡账单",
        "balance",
        clauses={"查余额": "balance", "查信用卡账单": "credit_card_bill"},
        restated=("查信用卡账单", "credit_card_bill"),
        denied="查余额",
    )
    assert said.responses == ["utter_credit_card_bill"]


def test_a_complaint_that_is_none(verified: Dialogue) -> None:
    said = verified.say(
        "我不是要投诉，我是要查余额", "complaint", restated=("查余额", "balance"), denied="投诉"
    )
    assert said.responses == ["utter_balance"] and verified.form is None


def test_something_urgent_is_not_restated_away(known: Dialogue) -> None:
    said = known.say("我要说的是我被骗了，查余额", "fraud", restated=("我被骗了,查余额", "balance"))
    assert said.responses[0] == "utter_fraud_urgent"


def test_a_value_for_the_last_service(verified: Dialogue) -> None:
    october = {"start": "2026-10-01", "end": "2026-10-31", "text": "10月份"}
    verified.say("查本月明细", "transactions", date_range=october | {"text": "本月"})
    said = verified.say("不是，是10月份的", "correction", restated=("10月份的", "inform"), date_range=october)
    assert "10月" in said.text and said.responses[0].startswith("utter_transactions")


def test_a_bare_kind_of_card_is_no_service(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    said = visitor.say("不是，我是说信用卡", "correction", restated=("信用卡", "credit_card_bill"))
    assert "信用卡年费的答案" in said.text


def test_what_was_shown_is_never_shown_again(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    said = visitor.say("我是说白金卡", "correction", restated=("白金卡", "ask_card_use"))
    assert "储蓄卡年费" not in said.text and "utter_wrong_answer_offer_person" in said.responses


def test_without_a_new_answer_there_are_suggestions_then_a_person(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    said = visitor.say("我是说账户", "correction", restated=("账户", "inform"))
    assert said.responses == ["utter_wrong_answer_others"]
    assert titles(said)[-3:] == ["小额账户管理费", "转账限额", "都不是"]
    assert visitor.say("都不是", "deny").responses == ["utter_lost_offer_person"]


def test_suggestions_for_the_changed_question_come_first(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    said = visitor.say("我是说社保卡", "correction", restated=("社保卡", "inform"))
    assert titles(said)[-4:] == ["小额账户管理费", "转账限额", "信用卡怎么申请", "都不是"]


def test_a_second_correction_is_answered_and_a_person_offered(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    visitor.say("我是说信用卡的", "correction", restated=("信用卡的", "inform"))
    said = visitor.say("不对，我问的是转账限额", "correction", restated=("转账限额", "ask_transfer"))
    assert said.responses == ["utter_enquiry_answer", "utter_still_wrong_offer_person"]
    assert "转账限额的答案" in said.text
    assert "转接人工" in visitor.say("好的", "affirm").text


def test_a_correction_without_words_of_its_own(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    assert visitor.say("我问的不是这个", "correction").responses == ["utter_wrong_answer_others"]


def test_a_correction_of_nothing_is_a_question(visitor: Dialogue) -> None:
    said = visitor.say("我想问的是转账限额", "correction", restated=("转账限额", "ask_transfer"))
    assert "转账限额的答案" in said.text
    assert not visitor.slots.get("failures")


def test_another_banks_card_is_said_to_be_anothers(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    said = visitor.say("我是说招商银行信用卡", "correction", restated=("招商银行信用卡", "ask_card_use"))
    assert "招商银行" in said.text and said.responses[0] == "utter_other_brand_hotline"


def test_within_a_form_a_correction_is_the_forms(visitor: Dialogue) -> None:
    visitor.say("贷款计算", "loan_calculator")
    visitor.say("50万", "inform", amount="500000")
    visitor.say("说错了，是80万", "correction", restated=("80万", "inform"), amount="800000")
    assert visitor.form == "loan_form" and visitor.slots["loan_amount"] == "800000"


def test_within_a_form_a_restated_service_does_not_take_over(visitor: Dialogue) -> None:
    visitor.say("贷款计算", "loan_calculator")
    said = visitor.say("不是，我是说转账限额", "correction", restated=("转账限额", "transfer_status"))
    assert visitor.form == "loan_form" and "转账限额的答案" in said.text
    assert "都不是" not in titles(said)


# ---- unclear messages


def test_an_unclear_message_gets_services_to_choose_from(visitor: Dialogue) -> None:
    ranking = {"nlu_fallback": 0.5, "balance": 0.35, "ask_card_use": 0.3, "transactions": 0.25, "branch": 0.1}
    said = visitor.say("那个钱呢", "nlu_fallback", ranking=ranking)
    assert said.text == "您是想办理下面哪一项？"
    assert titles(said) == ["查询余额", "查询交易明细", "都不是"]
    assert visitor.say("都不是", "deny").responses == ["utter_wrong_answer_offer_person"]
    said = visitor.say("那个钱呢", "nlu_fallback", ranking=ranking)
    assert said.responses == ["utter_lost_offer_person"], "the same choice is not offered twice"


@pytest.mark.parametrize(
    ("intent", "ranking"),
    [("nlu_fallback", {"balance": 0.19, "thank": 0.4}), ("out_of_scope", {"balance": 0.4})],
)
def test_where_nothing_is_likely_nothing_is_offered(
    visitor: Dialogue, intent: str, ranking: dict[str, float]
) -> None:
    said = visitor.say("那个呢", intent, sure=0.4, ranking=ranking)
    assert said.responses == ["utter_not_understood"]


def test_an_article_goes_before_the_services(visitor: Dialogue) -> None:
    said = visitor.say("账户", "nlu_fallback", ranking={"balance": 0.35})
    assert said.responses == ["utter_enquiry_suggest"] and titles(said)[-1] == "都不是"


def test_half_a_question_taken_for_a_value_gets_articles_to_choose_from(visitor: Dialogue) -> None:
    said = visitor.say("账户", "inform")
    assert "utter_inform" not in said.responses
    assert "小额账户管理费" in (said.text + "".join(titles(said)))


def test_a_value_that_nobody_asked_for_is_no_question(visitor: Dialogue) -> None:
    assert visitor.say("哈哈", "inform").responses == ["utter_inform"]
    assert visitor.say("账户", "inform", amount="500").responses == ["utter_inform"]


def test_a_guess_is_shown_as_one_beside_the_others(visitor: Dialogue) -> None:
    said = visitor.say("账户的钱", "ask_account_manage")
    assert said.responses == ["utter_enquiry_guess", "utter_enquiry_guess_others"]
    assert "「小额账户管理费」" in said.text and "小额账户管理费的答案" in said.text
    assert titles(said)[-2:] == ["转账限额", "都不是"]


def test_a_wrong_guess_is_not_shown_again(visitor: Dialogue) -> None:
    visitor.say("账户的钱", "ask_account_manage")
    assert "小额账户管理费" not in visitor.say("都不是", "wrong_answer").text
    assert "小额账户管理费" not in visitor.say("账户的钱", "ask_account_manage").text


def test_a_value_corrected_in_the_same_breath_leaves_the_service(verified: Dialogue) -> None:
    clauses = {"挂失0000的卡": "card_loss", "哦不对": "deny", "是6688那张": "inform"}
    said = verified.say(
        "挂失0000的卡 哦不对 是6688那张",
        "correction",
        clauses=clauses,
        restated=("6688那张", "inform"),
        card_tail="6688",
    )
    assert "0000" not in said.text and "没答到点上" not in said.text
    assert "挂失" in said.text


def test_a_question_hardly_taken_for_a_complaint_is_answered_too(visitor: Dialogue) -> None:
    assert visitor.say(FEE, "complaint", sure=0.45).responses[0] == "utter_enquiry_answer"


def test_opening_hours_are_told_though_the_search_is_not_sure(visitor: Dialogue) -> None:
    said = visitor.say("你们几点下班", "branch")
    assert said.responses == ["utter_enquiry_answer"] and "银行几点上班的答案" in said.text
    assert "银行几点上班的答案" not in visitor.say("不对", "wrong_answer").text


def test_off_topic_twice_offers_a_person(visitor: Dialogue) -> None:
    assert visitor.say("今天天气", "out_of_scope").responses == ["utter_out_of_scope"]
    assert visitor.say("讲个笑话", "out_of_scope").responses == ["utter_lost_offer_person"]


def test_a_question_hardly_taken_for_a_service_is_answered_by_the_article_that_fits(
    visitor: Dialogue,
) -> None:
    assert visitor.say(FEE, "loan_calculator", sure=0.55).responses[0] == "utter_enquiry_answer"


@pytest.mark.parametrize(
    ("text", "intent", "sure"),
    [
        (FEE, "rates", 0.65),
        ("账户的钱多少", "rates", 0.55),
        (FEE, "card_loss", 0.55),
        (FEE, "complaint", 0.55),
    ],
)
def test_a_service_stays_one_when_it_is_likely_urgent_or_nothing_surely_fits(
    visitor: Dialogue, text: str, intent: str, sure: float
) -> None:
    assert "utter_enquiry_answer" not in visitor.say(text, intent, sure=sure).responses


# ---- wrong answers


def test_a_question_in_other_words_does_not_bring_the_wrong_answer_back(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    visitor.say("不对", "wrong_answer")
    said = visitor.say("年费是多少钱", "ask_card_use")
    assert "储蓄卡年费的答案" not in said.text and "小额账户管理费" not in titles(said)
    assert "utter_wrong_answer_offer_person" in said.responses


def test_a_title_is_shown_whatever_was_said_of_it(visitor: Dialogue) -> None:
    visitor.say(FEE, "ask_card_use")
    visitor.say("没用", "unhelpful")
    assert "储蓄卡年费的答案" in visitor.say("储蓄卡年费", "nlu_fallback").text


FAILURES = {
    "not understood": ("阿巴", "nlu_fallback"),
    "wrong": ("不对", "wrong_answer"),
    "useless": ("没用", "unhelpful"),
    "none": ("都不是", "deny"),
}


@pytest.mark.parametrize("first", FAILURES)
@pytest.mark.parametrize("second", FAILURES)
def test_two_failures_of_any_kind_offer_a_person(visitor: Dialogue, first: str, second: str) -> None:
    visitor.say("手续费", "nlu_fallback")
    assert "转人工" not in titles(visitor.say(*FAILURES[first]))
    assert "转人工" in titles(visitor.say(*FAILURES[second]))


def test_a_wrong_answer_after_a_failure_is_the_second(visitor: Dialogue) -> None:
    visitor.say("阿巴", "nlu_fallback")
    visitor.say(FEE, "ask_card_use")
    assert "转人工" in titles(visitor.say("不对", "wrong_answer"))


@pytest.mark.parametrize(
    ("text", "intent"), [("有用", "helpful"), ("转账限额", "ask_transfer"), ("查网点", "branch")]
)
def test_help_in_between_begins_anew(visitor: Dialogue, text: str, intent: str) -> None:
    visitor.say("阿巴", "nlu_fallback")
    visitor.say(FEE, "ask_card_use")
    visitor.say(text, intent)
    assert visitor.say("啦啦", "nlu_fallback").responses == ["utter_not_understood"]


# ---- the agent's note


def test_the_agent_reads_what_was_tried(visitor: Dialogue, database: Database) -> None:
    visitor.say("阿巴阿巴", "nlu_fallback")
    visitor.say(FEE, "ask_card_use")
    visitor.say("不对", "wrong_answer")
    visitor.say("好的", "affirm")
    waiting = conversation(database)
    assert (waiting.holder, waiting.queue_reason, waiting.priority) == ("queued", "not_understood", 10)
    assert waiting.handoff_note == (
        "问「阿巴阿巴」：助手没有找到答案\n问「年费多少」：已给出《储蓄卡年费》，客户表示不对"
    )
    assert not visitor.slots["failures"]


def test_suggestions_that_were_passed_over_were_tried_too(visitor: Dialogue, database: Database) -> None:
    visitor.say("账户", "nlu_fallback")
    visitor.say("都不是", "deny")
    visitor.say("阿巴", "nlu_fallback", ranking={"balance": 0.4})
    visitor.say("都不是", "deny")
    visitor.say("人工", "human")
    assert conversation(database).handoff_note == (
        "问「账户」：已给出《小额账户管理费》、《转账限额》，客户表示都不是\n"
        "问「阿巴」：已给出《查询余额》，客户表示都不是"
    )


def test_a_person_asked_for_after_one_failure_knows_it_too(visitor: Dialogue, database: Database) -> None:
    visitor.say("阿巴", "nlu_fallback")
    visitor.say("人工", "human")
    waiting = conversation(database)
    assert waiting.queue_reason == "requested" and waiting.handoff_note == "问「阿巴」：助手没有找到答案"


def test_without_a_failure_there_is_no_note(visitor: Dialogue, database: Database) -> None:
    visitor.say(FEE, "ask_card_use")
    visitor.say("人工", "human")
    waiting = conversation(database)
    assert waiting.queue_reason == "requested" and waiting.handoff_note is None


def test_a_secret_is_not_in_the_note(visitor: Dialogue, database: Database) -> None:
    visitor.say("我的密码是135790怎么不行", "nlu_fallback")
    visitor.say("人工", "human")
    note = conversation(database).handoff_note
    assert note is not None and "135790" not in note


def test_the_note_ends_with_the_waiting(visitor: Dialogue, database: Database) -> None:
    visitor.say("阿巴", "nlu_fallback")
    visitor.say("人工", "human")
    with database.transaction() as session:
        handoff.leave_queue(session, session.query(Conversation).one())
    assert conversation(database).handoff_note is None
    visitor.say("人工", "human")
    assert conversation(database).handoff_note is None
