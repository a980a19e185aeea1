"""Articles about products: shown to whom they suit, and why not to others."""

from functools import partial

import pytest

from actions import suitability
from integrations.crm.bank.catalogue import product_by_code, read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer
from integrations.crm.recommendations.suitability import ABOUT_OFFERING, Refusal
from tests.actions.assessments import GROWTH, PRIVATE, STABLE, assess, shelf
from tests.actions.conftest import Start, verify
from tests.actions.dialogue import Dialogue, Said
from tests.actions.offers import complain, outcomes, payloads, products_of, refuse
from tests.builders import make_account

DEPOSIT, LARGE_DEPOSIT = "YC-D001", "YC-D102"


@pytest.fixture
def start(start: Start) -> Start:
    """All of them can read about every product."""
    return partial(start, knowledge=shelf())


def read(dialogue: Dialogue, code: str) -> Said:
    return dialogue.say(f"{read_products()[code].name}是什么", "ask_wealth")


def test_a_stranger_reads_about_deposits_but_not_about_wealth(visitor: Dialogue) -> None:
    assert read(visitor, "YC-D001").responses[0] == "utter_enquiry_answer"
    said = read(visitor, STABLE)
    assert said.responses == ["utter_product_not_assessed"]
    assert {"开始风险测评", "理财有哪些风险等级"} <= set(payloads(said)) and "的答案" not in said.text


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_articles_follow_the_assessment(
    verified: Dialogue, database: Database, customer: Customer, level: int
) -> None:
    assess(database, customer, level)
    for code, product in read_products().items():
        if product.risk is None:
            continue
        shown = "utter_enquiry_answer" in read(verified, code).responses
        assert not shown or (product.risk <= level and not product.private)
        if product.risk > level and not product.private and "standard" in product.tiers:
            assert read(verified, code).responses[0] == "utter_product_too_risky"


def test_what_is_private_is_not_even_named(assessed: Dialogue) -> None:
    said = read(assessed, "YC-W501")
    assert said.responses == ["utter_product_private"] and "私享" not in said.text


@pytest.mark.parametrize(
    ("code", "response"),
    [
        ("YC-W301", "utter_product_too_risky"),
        ("YC-K603", "utter_product_tier"),
        ("YC-K605", "utter_product_age"),
        ("YC-D102", "utter_product_minimum"),
    ],
)
def test_why_not(assessed: Dialogue, code: str, response: str) -> None:
    said = read(assessed, code)
    assert said.responses[0] == response and "的答案" not in said.text
    assert product_by_code(code).name in said.text  # type: ignore[union-attr]


def test_a_question_that_names_no_product_is_not_led_to_one(
    start: Start, customer: Customer, database: Database
) -> None:
    """The likeliest article is about a product that doesn't suit them: it isn't named, nor on a button."""
    assess(database, customer, 2)
    growth, levels = read_products()[GROWTH].article, "risk-levels"
    table = {"收益高的": {growth: 0.9, levels: 0.3}, "有高的吗": {growth: 0.4, levels: 0.3}}
    known = start(customer, knowledge=shelf(table))
    for text in table:
        said = known.say(text, "ask_wealth")
        assert "进取" not in said.text and not any("进取" in one["title"] for one in said.buttons)
        assert "理财有哪些风险等级" in [*payloads(said), *said.text.split("的答案")]


def test_after_an_opt_out_no_product_is_suggested_but_questions_are_answered(
    start: Start, customer: Customer, database: Database
) -> None:
    assess(database, customer, 2)
    with database.transaction() as session:
        refuse(session, customer)
    stable = read_products()[STABLE].article
    verified = start(customer, knowledge=shelf({"稳一点": {"risk-levels": 0.25, stable: 0.2}}))
    verify(verified)
    assert not any("稳盈" in one["title"] for one in verified.say("稳一点", "ask_wealth").buttons)
    assert read(verified, STABLE).responses[0] == "utter_enquiry_answer"


def silenced(database: Database, customer: Customer, why: str) -> None:
    if why == "complaint":
        complain(database, customer)
    else:
        with database.transaction() as session:
            refuse(session, customer)


@pytest.mark.parametrize("why", ["complaint", "opt-out"])
@pytest.mark.parametrize("score", [0.9, 0.4])
@pytest.mark.parametrize("is_verified", [True, False])
@pytest.mark.parametrize("code", [STABLE, DEPOSIT])
def test_who_is_offered_nothing_is_not_led_to_a_product_they_did_not_name(
    start: Start,
    customer: Customer,
    database: Database,
    why: str,
    score: float,
    is_verified: bool,
    code: str,
) -> None:
    """RULES.md: an article that they didn't ask for would be an offer; their own question is none."""
    assess(database, customer, 2)
    silenced(database, customer, why)
    product = read_products()[code]
    dialogue = start(customer, knowledge=shelf({"稳一点的": {product.article: score, "risk-levels": 0.2}}))
    if is_verified:
        verify(dialogue)
    said = dialogue.say("稳一点的", "ask_wealth")
    assert product.name not in said.text + "".join(payloads(said))
    shown = read(dialogue, code).responses[0] == "utter_enquiry_answer"
    assert shown is (is_verified or code == DEPOSIT)


def test_there_are_words_for_every_reason_against_a_product_that_was_asked_for() -> None:
    assert set(suitability._RESPONSES) == set(Refusal) - ABOUT_OFFERING


@pytest.mark.parametrize("code", [DEPOSIT, LARGE_DEPOSIT, STABLE, GROWTH, PRIVATE, "YC-K603", "YC-K605"])
def test_being_named_tells_nothing_of_what_the_bank_knows(
    start: Start, customer: Customer, database: Database, code: str
) -> None:
    """Balance, age, tier and assessment are told to nobody but the customer, who has to be verified."""
    said = read(start(user="nobody"), code)
    poor = read(start(customer, user="before"), code)
    with database.transaction() as session:
        make_account(session, customer, balance_fen=500_000_000)
        session.merge(customer).tier = "vip"
    assess(database, customer, 5)
    rich = read(start(customer, user="after"), code)
    assert said.texts == poor.texts == rich.texts


def test_a_verification_that_has_ended_tells_nothing_either(assessed: Dialogue) -> None:
    assert read(assessed, LARGE_DEPOSIT).responses[0] == "utter_product_minimum"
    assessed.later(hours=2)
    assert read(assessed, LARGE_DEPOSIT).responses[0] == "utter_enquiry_answer"


def test_only_a_verified_customers_reading_is_a_click(assessed: Dialogue, database: Database) -> None:
    code = products_of(assessed.say("推荐一种存款方式", "recommendation"))[0]
    assessed.later(hours=2)
    assert read(assessed, code).responses[0] == "utter_enquiry_answer"
    assert outcomes(database)[code] == "shown"


def test_who_was_assessed_before_reads_on_after_the_verification(
    known: Dialogue, database: Database, customer: Customer
) -> None:
    assess(database, customer, 2)
    assert read(known, STABLE).responses == ["utter_product_not_assessed"]
    known.say("开始风险测评", "risk_assessment")
    known.say("6688", "inform", card_tail="6688")
    said = known.say(known.codes.sent[-1][1], "inform")
    assert "utter_enquiry_answer" in said.responses and known.form is None
    known.say("重新做风险测评", "risk_assessment")
    assert known.form == "risk_assessment_form"


def test_whether_a_product_suits_me_is_its_article_or_why_not(assessed: Dialogue) -> None:
    said = assessed.say("稳盈90天理财适合我吗", "recommendation")
    assert said.responses[0] == "utter_enquiry_answer"
    said = assessed.say("云川优选混合一年定开适合我吗", "recommendation")
    assert said.responses[0] == "utter_product_too_risky"
