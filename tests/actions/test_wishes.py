"""Two wishes in one message; what is urgent comes first, and a story stays whole."""

from functools import partial

import pytest

from integrations.crm.database import Database
from integrations.crm.models import Conversation
from tests.actions.conftest import PHONE, Start
from tests.actions.dialogue import Dialogue, Said
from tests.actions.fakes import Shelf, article

FEE, LIMIT, LOST = "年费多少", "转账限额是多少", "补卡要多久"
SHELF = Shelf(
    {
        FEE: {"fee": 0.9},
        "有没有年费": {"fee": 0.8},
        LIMIT: {"limit": 0.9},
        LOST: {"lost": 0.9},
        "怎么挂失": {"lost": 0.9},
        "要收费吗": {"fee": 0.9},
        "积分": {"points": 0.4},
    },
    article("fee", "年费标准", related=("points",)),
    article("limit", "转账限额", action="transfer_status"),
    article("lost", "挂失和补卡", action="card_loss"),
    article("points", "积分规则"),
)
BOTH = {"查余额": "balance", FEE: "ask_card_use"}


@pytest.fixture
def start(start: Start) -> Start:
    """All of them have the same articles."""
    return partial(start, knowledge=SHELF)


def titles(said: Said) -> list[str]:
    return [one["title"] for one in said.buttons]


def test_two_services(verified: Dialogue) -> None:
    clauses = {"帮我查下余额": "balance", "交易明细": "transactions"}
    said = verified.say("帮我查下余额还有交易明细", "nlu_fallback", clauses=clauses)
    assert "存款合计" in said.text and "哪段时间" in said.text
    assert said.responses == ["utter_balance", "utter_transactions_ask_period"]


@pytest.mark.parametrize(
    "text", ["查余额，另外年费多少", "查余额和年费多少", "查余额、年费多少", "查余额顺便看下年费多少"]
)
def test_a_service_and_a_question(verified: Dialogue, text: str) -> None:
    said = verified.say(text, "balance", clauses=BOTH)
    assert said.responses == ["utter_balance", "utter_enquiry_answer"], "nothing is suggested besides"
    assert "年费标准的答案" in said.text


def test_a_comma_alone_joins_nothing(verified: Dialogue) -> None:
    said = verified.say("查余额，年费多少", "balance", clauses=BOTH)
    assert said.responses == ["utter_balance"]


def test_two_questions_are_two_wishes(visitor: Dialogue) -> None:
    said = visitor.say(
        "有没有年费？转账限额是多少？",
        "ask_card_use",
        clauses={"有没有年费": "ask_card_use", LIMIT: "ask_transfer"},
    )
    assert "年费标准的答案" in said.text and "转账限额的答案" in said.text


def test_a_short_question_belongs_to_the_one_before(visitor: Dialogue) -> None:
    said = visitor.say(
        "转账限额是多少？要收费吗？",
        "ask_transfer",
        clauses={LIMIT: "ask_transfer", "要收费吗": "ask_card_use"},
    )
    assert "年费标准的答案" not in said.text


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("年费多少，还有有没有年费", {FEE: "ask_card_use", "有没有年费": "ask_card_use"}),
    ],
)
def test_two_questions_with_one_answer_are_one_wish(
    visitor: Dialogue, text: str, clauses: dict[str, str]
) -> None:
    visitor.knowledge = Shelf(
        {**SHELF.table, text.replace("，", ","): {"fee": 0.9}}, *SHELF.articles.values()
    )
    said = visitor.say(text, "ask_card_use", clauses=clauses)
    assert said.text.count("的答案") == 1


def test_an_article_about_both_answers_both(visitor: Dialogue) -> None:
    text = "年费多少和转账限额是多少"
    visitor.knowledge = Shelf(
        {**SHELF.table, text.replace("，", ","): {"points": 0.9}}, *SHELF.articles.values()
    )
    said = visitor.say(text, "ask_card_use", clauses={FEE: "ask_card_use", LIMIT: "ask_transfer"})
    assert "积分规则的答案" in said.text and said.text.count("的答案") == 1


def test_a_service_and_the_article_about_it_are_one_wish(verified: Dialogue) -> None:
    said = verified.say(
        "转账到了吗，另外转账限额是多少",
        "transfer_status",
        clauses={"转账到了吗": "transfer_status", LIMIT: "ask_transfer"},
    )
    assert said.responses == ["utter_transfer_processing"]


def test_what_nobody_knows_is_no_wish(verified: Dialogue) -> None:
    clauses = {"查余额": "balance", "你吃了吗": "ask_service"}
    assert verified.say("查余额，对了你吃了吗", "balance", clauses=clauses).responses == ["utter_balance"]


def test_smalltalk_is_no_wish(verified: Dialogue) -> None:
    clauses = {"查余额": "balance", "谢谢你": "thank"}
    assert verified.say("查余额，另外谢谢你", "balance", clauses=clauses).responses == ["utter_balance"]


def test_the_third_wish_is_offered(verified: Dialogue) -> None:
    said = verified.say(
        "余额、账单和年费多少",
        "nlu_fallback",
        clauses={"余额": "balance", "账单": "credit_card_bill", FEE: "ask_card_use"},
    )
    assert said.responses == ["utter_balance", "utter_credit_card_bill", "utter_also_wanted"]
    assert titles(said) == ["年费标准"] and verified.slots.get("also_wanted") is None
    assert "年费标准的答案" in verified.say("年费标准", "nlu_fallback").text


def test_a_card_that_is_named_counts_for_both(verified: Dialogue) -> None:
    clauses = {"查1024的余额": "balance", "账单": "credit_card_bill"}
    said = verified.say("查1024的余额和账单", "balance", clauses=clauses, card_tail="1024")
    assert "¥10,000.00" in said.text and "还需还款 ¥500.00" in said.text and "6688" not in said.text


def test_a_verification_comes_first_and_both_follow(visitor: Dialogue) -> None:
    said = visitor.say("查余额，另外年费多少", "balance", clauses=BOTH)
    assert "先核实身份" in said.text and "年费" not in said.text
    visitor.say(PHONE, "inform", phone=PHONE)
    visitor.say("6688", "inform", card_tail="6688")
    said = visitor.say(visitor.codes.sent[-1][1], "inform")
    assert said.responses == ["utter_verified", "utter_balance", "utter_enquiry_answer"]
    assert visitor.slots.get("also_wanted") is None


def test_a_verification_for_the_second(visitor: Dialogue) -> None:
    clauses = {FEE: "ask_card_use", "查余额": "balance"}
    said = visitor.say("年费多少，再查余额", "ask_card_use", clauses=clauses)
    assert said.responses[:2] == ["utter_enquiry_answer", "utter_verification_needed"]
    assert visitor.form == "verification_form"


def test_what_is_left_of_a_cancelled_verification_is_offered(visitor: Dialogue) -> None:
    visitor.say("查余额，另外年费多少", "balance", clauses=BOTH)
    said = visitor.say("算了", "cancel")
    assert said.responses == ["utter_form_cancelled", "utter_also_wanted"] and titles(said) == ["年费标准"]


@pytest.mark.parametrize(
    ("text", "intent", "ends"), [("算了", "cancel", "没有提交"), ("人工", "human", "转接人工")]
)
def test_after_a_form_the_rest_is_offered_however_it_ends(
    known: Dialogue, text: str, intent: str, ends: str
) -> None:
    clauses = {"我要投诉": "complaint", "查余额": "balance"}
    said = known.say("我要投诉，另外查余额", "complaint", clauses=clauses)
    assert known.form == "complaint_form" and "余额" not in said.text
    said = known.say(text, intent)
    assert ends in said.text and said.buttons[-1] == {"title": "查询余额", "payload": "查余额"}


def test_a_form_left_for_another_keeps_the_rest(known: Dialogue) -> None:
    known.say(
        "贷款计算，另外年费多少",
        "loan_calculator",
        clauses={"贷款计算": "loan_calculator", FEE: "ask_card_use"},
    )
    said = known.say("我要投诉", "complaint")
    assert known.form == "complaint_form" and "utter_also_wanted" not in said.responses
    assert titles(known.say("取消", "cancel"))[-1:] == ["年费标准"]


def test_a_form_that_needs_no_question_goes_on_at_once(visitor: Dialogue) -> None:
    said = visitor.say(
        "贷50万30年利率3.5，另外年费多少",
        "loan_calculator",
        clauses={"贷50万30年利率3.5": "loan_calculator", FEE: "ask_card_use"},
        amount="500000",
        term_months=360,
        rate="3.5",
    )
    assert "每月还款 ¥2,245.22" in said.text and "年费标准的答案" in said.text


def test_a_complaints_story_stays_whole(known: Dialogue) -> None:
    text = (
        "我要投诉，昨天在锦江支行柜员态度很差，还有转账到现在都没到账，你们必须给我个说法，不然我就去银保监会"
    )
    clauses = {
        "我要投诉": "complaint",
        "昨天在锦江支行柜员态度很差": "complaint",
        "转账到现在都没到账": "transfer_status",
    }
    known.say(text, "complaint", clauses=clauses)
    assert known.form == "complaint_form" and known.slots.get("also_wanted") is None
    assert "转账到现在都没到账" in known.slots["complaint_what"]


def test_a_lost_card_comes_first(known: Dialogue) -> None:
    said = known.say(
        "查余额，顺便说下我卡丢了", "balance", clauses={"查余额": "balance", "我卡丢了": "card_loss"}
    )
    assert said.responses[0] == "utter_card_loss_urgent" and known.slots["pending_service"] == "card_loss"
    assert known.slots["pending_message"]["text"] == "查余额,顺便说下我卡丢了"
    known.say("6688", "inform", card_tail="6688")
    said = known.say(known.codes.sent[-1][1], "inform")
    assert "utter_balance" not in said.responses and known.form == "card_loss_form"
    known.say("尾号6688", "inform", card_tail="6688")
    said = known.say("确认", "affirm")
    assert said.responses[-1] == "utter_also_wanted" and titles(said)[-1] == "查询余额"


def test_a_lost_card_needs_no_word_that_joins(known: Dialogue) -> None:
    said = known.say(
        "我卡丢了，你们几点关门", "branch", clauses={"我卡丢了": "card_loss", "你们几点关门": "branch"}
    )
    assert said.responses[0] == "utter_card_loss_urgent" and known.slots.get("also_wanted") is None


def test_a_question_about_losing_a_card_does_not_freeze_it(visitor: Dialogue) -> None:
    said = visitor.say(
        "卡丢了怎么挂失，补卡要多久",
        "ask_card_use",
        clauses={"卡丢了怎么挂失": "card_loss", LOST: "ask_card_use"},
    )
    assert visitor.form is None and "utter_card_loss_urgent" not in said.responses


def test_a_lost_card_alone_is_as_before(known: Dialogue) -> None:
    said = known.say("我卡丢了，急死了", "card_loss", clauses={"我卡丢了": "card_loss", "急死了": "abuse"})
    assert said.responses[0] == "utter_card_loss_urgent"


def test_a_complaint_that_sounds_like_fraud_is_a_complaint(known: Dialogue) -> None:
    known.say(
        "你们银行骗人，我要投诉", "complaint", clauses={"你们银行骗人": "fraud", "我要投诉": "complaint"}
    )
    assert known.form == "complaint_form"


def test_a_person_for_a_fraud_is_urgent(visitor: Dialogue, database: Database) -> None:
    visitor.say("我被骗了，快转人工", "fraud", clauses={"我被骗了": "fraud", "转人工": "human"})
    with database.reading() as session:
        assert session.query(Conversation).one().queue_reason == "fraud"


def test_a_person_first_the_rest_by_button(visitor: Dialogue) -> None:
    said = visitor.say("查余额，另外转人工", "human", clauses={"查余额": "balance", "转人工": "human"})
    assert said.responses == ["utter_handoff_next", "utter_also_wanted"] and titles(said)[-1] == "查询余额"


def test_within_a_form_nothing_is_split(known: Dialogue) -> None:
    known.say("我要投诉", "complaint")
    known.say(
        "柜员态度差，还有年费多少乱收", "complaint", clauses={"柜员态度差": "complaint", FEE: "ask_card_use"}
    )
    assert known.slots.get("also_wanted") is None and known.slots["complaint_what"]


def test_with_an_image_nothing_is_split(visitor: Dialogue) -> None:
    said = visitor.say("查余额，另外年费多少", "nlu_fallback", image=True, clauses=BOTH)
    assert said.responses == ["utter_image_received"]


def test_a_title_with_an_and_is_one_question(visitor: Dialogue) -> None:
    said = visitor.say("挂失和补卡", "card_loss", clauses={"挂失": "card_loss", "补卡": "ask_card_use"})
    assert "挂失和补卡的答案" in said.text


def test_the_same_turn_twice_says_the_same(start: Start) -> None:
    visitor = start(user="again")
    tracker = visitor.message("查余额，另外年费多少", "balance")
    slots = dict(visitor.slots)
    first = visitor.turn(tracker)
    visitor.slots, visitor.form = slots, None
    assert visitor.turn(tracker).text == first.text
