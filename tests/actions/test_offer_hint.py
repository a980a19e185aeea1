"""Recommendations among other wishes and forms, and one gentle line after a service."""

from datetime import timedelta
from functools import partial

import pytest

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer
from tests.actions.assessments import shelf
from tests.actions.conftest import Start
from tests.actions.dialogue import NOON, Dialogue
from tests.actions.offers import ASK, complain, payloads, products_of, refuse
from tests.builders import make_account


@pytest.fixture
def start(start: Start) -> Start:
    """All of them can read about every product."""
    return partial(start, knowledge=shelf())


def test_two_wishes(assessed: Dialogue) -> None:
    clauses = {"查余额": "balance", ASK: "recommendation"}
    said = assessed.say(f"查余额，另外{ASK}", "balance", clauses=clauses)
    assert "存款合计" in said.text and products_of(said)


def test_a_form_is_left_for_a_recommendation(assessed: Dialogue) -> None:
    assessed.say("贷款计算", "loan_calculator")
    said = assessed.say(ASK, "recommendation")
    assert "先不办了" in said.text and products_of(said) and assessed.form is None


def test_a_choice_ends_a_verification_only_where_the_customer_is_known(
    known: Dialogue, start: Start, customer: Customer
) -> None:
    known.say("查余额", "balance")
    assert "已为您关闭" in known.say("别再推荐了", "marketing_choice").text
    stranger = start(user="other")
    stranger.say("查余额", "balance")
    stranger.say("别再推荐了", "marketing_choice")
    assert stranger.form == "verification_form" and stranger.slots["pending_service"] == "marketing_choice"


@pytest.fixture
def matured(database: Database, customer: Customer) -> None:
    with database.transaction() as session:
        make_account(
            session,
            customer,
            kind="time",
            balance_fen=5_000_000,
            matures_on=(NOON - timedelta(days=3)).date(),
        )


HINT = "看看到期后的选择"


@pytest.mark.usefixtures("matured")
def test_one_gentle_line_after_a_service_and_no_second(assessed: Dialogue) -> None:
    said = assessed.say("查余额", "balance")
    assert said.responses == ["utter_balance", "utter_offer_hint"] and payloads(said)[-1] == HINT
    assert assessed.say("查余额", "balance").responses == ["utter_balance"]
    assert {"deposit", "wealth"} >= {
        read_products()[code].kind for code in products_of(assessed.say(HINT, "recommendation"))
    }


@pytest.mark.usefixtures("matured")
def test_a_good_rating_may_be_followed_by_it_a_bad_one_not(
    assessed: Dialogue, start: Start, customer: Customer
) -> None:
    assert "utter_offer_hint" in assessed.say("评价5分", "rate_conversation", score=5).responses
    other = start(customer, user="other")
    assert other.say("评价5分", "rate_conversation", score=5).responses == ["utter_rating_thanks"]


@pytest.mark.usefixtures("matured")
@pytest.mark.parametrize("intent", ["complaint", "fraud", "card_loss", "abuse"])
def test_never_to_somebody_in_trouble(assessed: Dialogue, intent: str) -> None:
    assessed.say("出事了", intent)
    if assessed.form:
        assessed.say("取消", "cancel")
    assert assessed.say("查余额", "balance").responses[-1] == "utter_balance"


@pytest.mark.usefixtures("matured")
def test_never_in_a_form_nor_among_other_wishes(assessed: Dialogue) -> None:
    assessed.say("贷款计算", "loan_calculator")
    assert "utter_offer_hint" not in assessed.say("查余额", "balance").responses
    assessed.say("取消", "cancel")
    clauses = {"查余额": "balance", "查利率": "rates"}
    assert "utter_offer_hint" not in assessed.say("查余额和查利率", "balance", clauses=clauses).responses


@pytest.mark.usefixtures("matured")
def test_never_after_an_opt_out_or_with_an_open_complaint(
    assessed: Dialogue, database: Database, customer: Customer
) -> None:
    with database.transaction() as session:
        refuse(session, customer)
    assert assessed.say("查余额", "balance").responses == ["utter_balance"]
    with database.transaction() as session:
        refuse(session, customer, granted=True)
    complain(database, customer)
    assert assessed.say("查余额", "balance").responses == ["utter_balance"]


def test_no_deposit_no_line(assessed: Dialogue) -> None:
    assert assessed.say("查余额", "balance").responses == ["utter_balance"]
