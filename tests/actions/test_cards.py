"""Lost cards and fraud: fast, sure, and never somebody else's card."""

import pytest

from integrations.crm.database import Database
from integrations.crm.models import Card, Conversation, Customer, Ticket
from tests.actions.dialogue import Dialogue
from tests.builders import make_card, make_customer


def statuses(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {card.tail: card.status for card in session.query(Card)}


def kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return [ticket.kind for ticket in session.query(Ticket).order_by(Ticket.id)]


def test_chosen_confirmed_frozen(verified: Dialogue, database: Database) -> None:
    said = verified.say("我的卡丢了", "card_loss")
    assert {"title": "储蓄卡（尾号6688）", "payload": "尾号6688的储蓄卡"} in said.buttons
    assert (
        "尾号6688" in verified.say("尾号6688的储蓄卡", "inform", card_tail="6688", product_line="储蓄卡").text
    )
    assert statuses(database)["6688"] == "active"
    said = verified.say("确认", "affirm")
    assert "已立即冻结" in said.text and "GS202611200001" in said.text and "书面挂失" in said.text
    assert statuses(database) == {"6688": "frozen", "1024": "active"}
    assert verified.slots["card_loss_cards"] is None


def test_a_named_card_needs_only_the_confirmation(verified: Dialogue) -> None:
    assert "尾号1024" in verified.say("我的信用卡掉了", "card_loss", product_line="信用卡").text
    assert verified.slots["requested_slot"] == "confirm"


def test_not_this_card_but_the_other(verified: Dialogue, database: Database) -> None:
    verified.say("我的信用卡掉了", "card_loss", product_line="信用卡")
    assert "尾号6688" in verified.say("不是，是尾号6688那张", "deny", card_tail="6688").text
    verified.say("确认", "affirm")
    assert statuses(database) == {"6688": "frozen", "1024": "active"}


def test_all_cards_by_one_word_and_by_place(verified: Dialogue, database: Database) -> None:
    verified.say("我的卡丢了", "card_loss")
    verified.say("第二张", "inform", ordinal=2)
    assert verified.slots["requested_slot"] == "confirm"
    verified.say("取消", "cancel")
    verified.say("我的卡丢了", "card_loss")
    verified.say("全部挂失", "card_loss")
    verified.say("确认", "affirm")
    assert set(statuses(database).values()) == {"frozen"}
    assert "已冻结" in verified.say("我的卡丢了", "card_loss").text


@pytest.mark.parametrize(("text", "intent"), [("不", "deny"), ("取消", "cancel")])
def test_refused_the_card_still_works(verified: Dialogue, database: Database, text: str, intent: str) -> None:
    verified.say("我的卡丢了", "card_loss", card_tail="6688")
    assert "没有挂失" in verified.say(text, intent).text
    assert statuses(database)["6688"] == "active" and not kinds(database)


def test_unverified_help_comes_first(visitor: Dialogue) -> None:
    said = visitor.say("我的卡丢了", "card_loss")
    assert "95718" in said.text and "人工" in said.text and "手机号" in said.text


def test_unverified_what_was_said_is_kept(visitor: Dialogue, database: Database) -> None:
    visitor.say("我尾号6688的卡被偷了", "card_loss", card_tail="6688")
    visitor.say("13900000001", "inform", phone="13900000001")
    said = visitor.say(visitor.codes.sent[-1][1], "inform")
    assert "即将挂失：储蓄卡（尾号6688）" in said.text
    visitor.say("确认", "affirm")
    with database.reading() as session:
        assert session.query(Card).filter_by(tail="6688").one().frozen_reason == "stolen"


@pytest.mark.parametrize("intent", ["card_loss", "fraud"])
def test_a_person_is_urgent_before_verification(visitor: Dialogue, database: Database, intent: str) -> None:
    visitor.say("出事了", intent)
    assert "优先接入" in visitor.say("人工", "human").text
    with database.reading() as session:
        assert session.query(Conversation).one().queue_reason == intent


def test_another_customers_card_is_never_frozen(verified: Dialogue, database: Database) -> None:
    with database.transaction() as session:
        other = make_card(session, make_customer(session), "7777")
    verified.say("我的卡丢了", "card_loss", card_tail="7777")
    assert verified.slots["requested_slot"] == "card"
    verified.slots |= {"card_loss_cards": [other.id], "card_loss_confirmed": True}
    verified.form = None
    verified.run("action_card_loss_submit", {**verified.message("确认", "affirm"), "slots": verified.slots})
    assert statuses(database)["7777"] == "active"


def test_once_however_often_the_turn_runs(verified: Dialogue, database: Database) -> None:
    verified.say("我的卡丢了", "card_loss", card_tail="6688")
    tracker, slots = verified.message("确认", "affirm"), dict(verified.slots)
    first = verified.turn(tracker)
    verified.slots, verified.form = slots, "card_loss_form"
    assert verified.turn(tracker).text == first.text
    assert kinds(database) == ["card_loss"]


def test_the_level_is_checked_again_at_the_end(verified: Dialogue, database: Database) -> None:
    verified.say("我的卡丢了", "card_loss", card_tail="6688")
    verified.later(hours=1)
    said = verified.say("确认", "affirm")
    assert "末四位" in said.text
    assert statuses(database)["6688"] == "active"


def test_fraud_freezes_reports_and_puts_first(
    verified: Dialogue, database: Database, customer: Customer
) -> None:
    said = verified.say("我刚刚被骗了2万", "fraud", amount="20000")
    assert "110" in said.text and "96110" in said.text
    verified.say("全部冻结", "fraud")
    said = verified.say("确认", "affirm")
    assert "FX202611200001" in said.text and "证据" in said.text and "优先接入" in said.text
    assert set(statuses(database).values()) == {"frozen"}
    with database.reading() as session:
        ticket, conversation = session.query(Ticket).one(), session.query(Conversation).one()
        assert ticket.priority == "urgent" and ticket.details["amount"] == "20000"
        assert conversation.queue_reason == "fraud" and conversation.holder == "queued"


def test_fraud_without_freezing_is_reported_all_the_same(verified: Dialogue, database: Database) -> None:
    verified.say("我被骗了", "fraud")
    said = verified.say("先不冻结", "deny")
    assert "没有冻结" in said.text and kinds(database) == ["fraud"]
    assert set(statuses(database).values()) == {"active"}


def test_fraud_interrupts_a_complaint(verified: Dialogue, database: Database) -> None:
    verified.say("我要投诉", "complaint")
    said = verified.say("我的卡被盗刷了", "fraud")
    assert verified.form == "fraud_form" and "先不办了" in said.text
    assert verified.slots["complaint_what"] is None
