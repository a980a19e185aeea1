"""Articles about products: shown to whom they suit, and why not to others."""

from functools import partial

import pytest

from integrations.crm.bank.catalogue import product_by_code, read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer
from tests.actions.assessments import GROWTH, STABLE, assess, shelf
from tests.actions.conftest import Start
from tests.actions.dialogue import Dialogue, Said
from tests.actions.offers import payloads, refuse


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
    known: Dialogue, database: Database, customer: Customer, level: int
) -> None:
    assess(database, customer, level)
    for code, product in read_products().items():
        if product.risk is None:
            continue
        shown = "utter_enquiry_answer" in read(known, code).responses
        assert not shown or (product.risk <= level and not product.private)
        if product.risk > level and not product.private and "standard" in product.tiers:
            assert known.say(f"{product.name}是什么", "ask_wealth").responses[0] == "utter_product_too_risky"


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
    known = start(customer, knowledge=shelf({"稳一点": {"risk-levels": 0.25, stable: 0.2}}))
    assert not any("稳盈" in one["title"] for one in known.say("稳一点", "ask_wealth").buttons)
    assert read(known, STABLE).responses[0] == "utter_enquiry_answer"


def test_whether_a_product_suits_me_is_its_article_or_why_not(assessed: Dialogue) -> None:
    said = assessed.say("稳盈90天理财适合我吗", "recommendation")
    assert said.responses[0] == "utter_enquiry_answer"
    said = assessed.say("云川优选混合一年定开适合我吗", "recommendation")
    assert said.responses[0] == "utter_product_too_risky"
