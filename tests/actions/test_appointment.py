"""An appointment with a customer manager: about a product or none, by a customer or a stranger."""

from datetime import timedelta
from functools import partial

import pytest

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer, Recommendation, Ticket
from tests.actions.assessments import GROWTH, STABLE, assess, shelf
from tests.actions.conftest import Start
from tests.actions.dialogue import NOON, Dialogue, Said
from tests.actions.offers import outcomes, payloads
from tests.builders import make_account, make_staff

ABOUT = f"预约{read_products()[STABLE].name}"
ANNUITY = "YC-I402"  # concluded in person


@pytest.fixture
def start(start: Start) -> Start:
    """All of them can read about every product."""
    return partial(start, knowledge=shelf())


def booked(database: Database) -> Ticket:
    with database.reading() as session:
        return session.query(Ticket).filter_by(kind="appointment").one()


def test_about_a_product_that_was_recommended(assessed: Dialogue, database: Database) -> None:
    said = assessed.say("有什么理财推荐", "recommendation")
    name = said.cards[0]["title"]
    assert "什么时间" in assessed.say(f"预约{name}", "appointment").text
    said = assessed.say("明天下午", "inform")
    ticket = booked(database)
    assert ticket.title == f"预约{name}（明天下午，11月21日）" and ticket.number == "YY202611200001"
    assert ticket.details["preferred_time"] == "明天下午，11月21日" and ticket.details["phone"] is None
    assert (
        ticket.number in said.text and "客户经理会尽量在您方便的时间（明天下午，11月21日）联系您" in said.text
    )
    with database.reading() as session:
        offer = session.query(Recommendation).filter_by(product_code=ticket.details["product_code"]).one()
        assert (offer.outcome, offer.ticket_id) == ("accepted", ticket.id)


@pytest.mark.parametrize("intent", ["nlu_fallback", "cancel", "ask_wealth", "recommendation", "human"])
def test_a_products_button_works_whatever_the_classifier_thinks(assessed: Dialogue, intent: str) -> None:
    assessed.say(ABOUT, intent)
    assert assessed.form == "appointment_form" and assessed.slots["appointment_product"] == STABLE


@pytest.mark.parametrize("words", ["跳过", "都可以", "随时都行"])
def test_the_time_can_be_left_open(known: Dialogue, database: Database, words: str) -> None:
    known.say("约个客户经理", "appointment")
    known.say(words, "skip" if words == "跳过" else "inform")
    assert booked(database).details["preferred_time"] is None and booked(database).title == "预约客户经理"


def test_a_time_in_the_first_message_is_not_asked_for(known: Dialogue, database: Database) -> None:
    said = known.say("帮我约理财经理明天下午3点", "appointment")
    assert booked(database).details["preferred_time"] == "明天下午3点，11月21日" and "YY2026" in said.text


@pytest.mark.parametrize("active", [True, False])
def test_the_dedicated_manager_is_named_while_they_work_here(
    known: Dialogue, database: Database, customer: Customer, active: bool
) -> None:
    with database.transaction() as session:
        manager = make_staff(session, "zhoumin", display_name="周敏", active=active)
        session.merge(customer).manager_id = manager.id
    known.say("约个客户经理", "appointment")
    said = known.say("周五上午", "inform")
    assert ("您的客户经理周敏" in said.text) is active
    assert booked(database).details["manager"] == ("zhoumin" if active else None)


def test_a_stranger_leaves_a_number(visitor: Dialogue, database: Database) -> None:
    visitor.say("约个客户经理", "appointment")
    assert "手机号" in visitor.say("明天上午", "inform").text
    assert "没太明白" in visitor.say("123", "inform", amount="123").text
    assert "11位" in visitor.say("不想说", "nlu_fallback").text
    visitor.say("不对，改成周五上午", "wrong_answer")
    visitor.say("13812345678", "inform", phone="13812345678")
    ticket = booked(database)
    assert (
        ticket.details["phone"] == "13812345678" and ticket.details["preferred_time"] == "周五上午，11月20日"
    )
    assert ticket.customer_id is None


def test_a_product_that_is_read_about_is_what_it_is_about(assessed: Dialogue) -> None:
    assessed.say(f"{read_products()[STABLE].name}是什么", "ask_wealth")
    assessed.say("预约经理", "appointment")
    assert assessed.slots["appointment_product"] == STABLE
    assessed.say("取消", "cancel")
    assessed.say("约个信贷经理谈贷款", "appointment")
    assert assessed.slots["appointment_product"] is None, "that is about loans"


def test_by_its_place_among_the_cards(assessed: Dialogue) -> None:
    said = assessed.say("有什么理财推荐", "recommendation")
    assessed.say("预约第二个", "appointment", ordinal=2)
    code = assessed.slots["appointment_product"]
    assert read_products()[code].name == said.cards[1]["title"]


def test_what_does_not_suit_is_no_subject(assessed: Dialogue, database: Database) -> None:
    said = assessed.say(f"预约{read_products()['YC-W301'].name}", "appointment")
    assert said.responses == ["utter_product_too_risky"] and assessed.form is None
    assert assessed.say(f"预约{read_products()['YC-W501'].name}", "appointment").responses == [
        "utter_product_private"
    ]
    assessed.say("预约客户经理", "appointment")
    assert assessed.form == "appointment_form" and assessed.slots["appointment_product"] is None
    with database.reading() as session:
        assert session.query(Ticket).count() == 0


def test_without_an_assessment_it_comes_first_and_the_appointment_after(verified: Dialogue) -> None:
    assert verified.say(f"预约{read_products()[GROWTH].name}", "appointment").responses == [
        "utter_product_tier"
    ]
    assert verified.say(ABOUT, "appointment").responses == ["utter_product_not_assessed"]
    verified.say("开始风险测评", "risk_assessment")
    for letter in "AABABBBCBB":
        verified.say(f"选{letter}", "inform")
    said = verified.say("确认", "affirm")
    assert "测评完成" in said.text and "什么时间" in said.text and verified.form == "appointment_form"
    assert verified.slots["appointment_product"] == STABLE


def test_what_is_concluded_in_person_is_said_so(
    assessed: Dialogue, database: Database, customer: Customer
) -> None:
    with database.transaction() as session:
        make_account(session, customer, balance_fen=10_000_000)
    said = assessed.say("推荐一款保险", "recommendation")
    assert any("双录" in card.get("note", "") for card in said.cards)
    assert "查询网点" in [one["payload"] for one in said.buttons]
    assessed.say(f"预约{read_products()[ANNUITY].name}", "appointment")
    said = assessed.say("明天上午", "inform")
    assert "双录" in said.text and said.buttons[-1]["payload"] == "查询网点"


def test_cancelled(known: Dialogue, database: Database) -> None:
    known.say("约个客户经理", "appointment")
    assert "没有为您预约" in known.say("不约了，取消", "cancel").text
    with database.reading() as session:
        assert session.query(Ticket).count() == 0


def test_a_question_and_another_wish_on_the_way(known: Dialogue) -> None:
    known.say("约个客户经理", "appointment")
    said = known.say("理财有哪些风险等级", "ask_wealth")
    assert "的答案" in said.text and "什么时间" in said.text
    assert "先不办了" in known.say("贷款计算", "loan_calculator").text and known.form == "loan_form"


def test_a_question_about_times_is_no_time(known: Dialogue) -> None:
    known.say("约个客户经理", "appointment")
    assert "没太明白" in known.say("周末上班吗", "nlu_fallback").text


def test_during_a_complaint_the_customer_may_still_be_called(known: Dialogue, database: Database) -> None:
    known.say("我要投诉，排队两个小时没人管", "complaint")
    known.say("取消", "cancel")
    known.say("约个客户经理", "appointment")
    known.say("都可以", "inform")
    assert booked(database).status == "open"


def test_the_same_turn_again_books_once(known: Dialogue, database: Database) -> None:
    known.say("约个客户经理", "appointment")
    slots, form = dict(known.slots), known.form
    tracker = known.message("明天上午", "inform")
    known.turn(tracker)
    known.slots, known.form = slots, form
    known.turn(tracker)
    assert booked(database).number == "YY202611200001"


def test_its_progress_can_be_asked(verified: Dialogue) -> None:
    verified.say("约个客户经理", "appointment")
    verified.say("都可以", "inform")
    assert "预约单 YY202611200001" in verified.say("查询我的投诉", "complaint_progress").text


def without_product(said: Said, database: Database) -> None:
    """The manager calls all the same; neither ticket nor customer is told about the product."""
    assert said.responses[1:] == ["utter_appointment_without_product", "utter_appointment_made_for"]
    ticket = booked(database)
    assert ticket.title.startswith("预约客户经理（") and ticket.number in said.text
    assert ticket.details["product"] is None and ticket.details["product_code"] is None
    assert outcomes(database) == {}


def test_an_assessment_that_became_worse_meanwhile(
    assessed: Dialogue, database: Database, customer: Customer
) -> None:
    """RULES.md, suitability: downgraded during the chat."""
    assessed.say(ABOUT, "appointment")
    assess(database, customer, 1, NOON)
    said = assessed.say("明天上午", "inform")
    assert said.responses[0] == "utter_product_too_risky"
    without_product(said, database)


def test_an_assessment_that_ends_meanwhile(
    verified: Dialogue, database: Database, customer: Customer
) -> None:
    assess(database, customer, 2, NOON - timedelta(days=365) + timedelta(minutes=2))
    verified.say(ABOUT, "appointment")
    verified.later(minutes=3)
    said = verified.say("明天上午", "inform")
    assert said.responses[0] == "utter_product_assessment_expired" and "开始风险测评" in payloads(said)
    without_product(said, database)
    assert verified.slots.get("after_assessment") is None, "it is booked: nothing is left to do"


def test_a_product_taken_off_the_shelf_meanwhile(assessed: Dialogue, database: Database) -> None:
    assessed.say(ABOUT, "appointment")
    assessed.slots["appointment_product"] = "YC-W999"
    said = assessed.say("明天上午", "inform")
    assert said.responses[0] == "utter_product_off_sale" and "这款产品" in said.texts[0]
    without_product(said, database)
