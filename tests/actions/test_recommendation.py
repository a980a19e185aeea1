"""Recommendations: who hears of which product, and what becomes of it."""

from datetime import timedelta
from functools import partial

import pytest

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer, Recommendation, RecommendationEvent
from integrations.crm.recommendations import impressions
from integrations.crm.recommendations.service import RISK_WORDS
from tests.actions.assessments import PRIVATE, STABLE, assess, shelf
from tests.actions.conftest import PHONE, Start, verify
from tests.actions.dialogue import NOON, Dialogue, Said
from tests.actions.offers import ASK, outcomes, payloads, products_of


@pytest.fixture
def start(start: Start) -> Start:
    """All of them can read about every product."""
    return partial(start, knowledge=shelf())


def test_a_stranger_is_verified_first_and_then_hears_of_products(
    visitor: Dialogue, database: Database, customer: Customer
) -> None:
    assess(database, customer, 2)
    assert "核实身份" in visitor.say(ASK, "recommendation").text
    visitor.say(PHONE, "inform", phone=PHONE)
    visitor.say("6688", "inform", card_tail="6688")
    said = visitor.say(visitor.codes.sent[-1][1], "inform")
    assert products_of(said)


def test_the_reason_tells_of_holdings_so_that_being_named_is_not_enough(known: Dialogue) -> None:
    said = known.say(ASK, "recommendation")
    assert "核实身份" in said.text and not said.cards


def test_cards_carry_terms_reason_and_risk_words(assessed: Dialogue, database: Database) -> None:
    said = assessed.say(ASK, "recommendation")
    codes = products_of(said)
    assert 1 <= len(codes) <= 3
    for card, code in zip(said.cards, codes, strict=True):
        product = read_products()[code]
        assert product.kind == "wealth" and product.risk is not None and product.risk <= 2
        assert dict(card["rows"])["风险等级"].startswith(f"R{product.risk}") and "起购金额" in dict(
            card["rows"]
        )
        assert RISK_WORDS in card["note"]
    assert all(text.strip("：") for text in said.texts)
    assert outcomes(database) == dict.fromkeys(codes, "shown")


def test_buttons_say_which_product(assessed: Dialogue) -> None:
    said = assessed.say(ASK, "recommendation")
    name = read_products()[products_of(said)[0]].name
    assert payloads(said)[:3] == [f"{name}是什么", f"预约{name}", f"对{name}不感兴趣"]
    assert [one["title"] for one in said.buttons][:3] == ["了解更多", "预约经理", "不感兴趣"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("推荐张信用卡", {"credit_card"}),
        ("推荐只基金", {"fund"}),
        ("推荐一款保险", {"insurance"}),
        ("推荐个贷款", {"loan"}),
        ("推荐一种存款方式", {"deposit"}),
        ("存款到期了怎么办", {"deposit", "wealth"}),
        ("想投资，帮我参考参考", {"fund", "wealth"}),
    ],
)
def test_the_words_narrow_the_kinds(assessed: Dialogue, text: str, kinds: set[str]) -> None:
    said = assessed.say(text, "recommendation")
    assert products_of(said) and {read_products()[code].kind for code in products_of(said)} <= kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("还有别的推荐吗", None), ("还有别的理财吗", {"wealth"}), ("换一批存款看看", {"deposit"})],
)
def test_others_were_not_shown_yet(assessed: Dialogue, text: str, kinds: set[str] | None) -> None:
    first = products_of(assessed.say("适合我的产品", "recommendation"))
    second = products_of(assessed.say(text, "recommendation"))
    assert second and not set(first) & set(second)
    assert kinds is None or {read_products()[code].kind for code in second} == kinds


def test_others_of_the_same_kind_until_none_is_left(assessed: Dialogue, database: Database) -> None:
    shown = products_of(assessed.say(ASK, "recommendation"))
    while more := products_of(said := assessed.say("还有别的理财产品吗", "recommendation")):
        assert not set(shown) & set(more)
        assert all((read_products()[code].risk or 9) <= 2 for code in more)
        last, shown = more, [*shown, *more]
    assert len(shown) > 3 and set(outcomes(database)) == set(shown)
    assert said.responses == ["utter_recommendation_no_more"] and "预约客户经理" in payloads(said)
    assessed.say("第一个不感兴趣", "not_interested", ordinal=1)
    assert outcomes(database)[last[0]] == "declined"


def test_who_asks_anew_may_see_the_same_again(assessed: Dialogue) -> None:
    first = products_of(assessed.say(ASK, "recommendation"))
    assessed.later(minutes=10)
    assert products_of(assessed.say(ASK, "recommendation")) == first


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_nothing_riskier_than_the_assessment(
    verified: Dialogue, database: Database, customer: Customer, level: int
) -> None:
    """RULES.md, suitability: R1–R5 against C1–C5; private placements never."""
    assess(database, customer, level)
    for text in (ASK, "推荐只基金", "推荐一款保险", "适合我的产品"):
        for code in products_of(verified.say(text, "recommendation")):
            product = read_products()[code]
            assert (product.risk or 0) <= level and not product.private


@pytest.mark.parametrize(
    ("taken_ago", "words"), [(None, "先了解您的风险承受能力"), (timedelta(days=400), "已过12个月有效期")]
)
def test_without_an_assessment_deposits_and_the_questionnaire(
    verified: Dialogue, database: Database, customer: Customer, taken_ago: timedelta | None, words: str
) -> None:
    if taken_ago is not None:
        assess(database, customer, 5, NOON - taken_ago)
    said = verified.say(ASK, "recommendation")
    assert {read_products()[code].kind for code in products_of(said)} == {"deposit"}
    assert words in said.text or "要先了解" in said.text
    assert payloads(said)[-1] == "开始风险测评"


def test_an_assessment_ends_in_the_middle_of_the_dialogue(
    verified: Dialogue, database: Database, customer: Customer
) -> None:
    assess(database, customer, 2, NOON - timedelta(days=365) + timedelta(minutes=2))
    assert "wealth" in {
        read_products()[code].kind for code in products_of(verified.say(ASK, "recommendation"))
    }
    verified.later(minutes=5)
    said = verified.say(ASK, "recommendation")
    assert {read_products()[code].kind for code in products_of(said)} == {"deposit"}
    assert "已过12个月有效期" in said.text


def test_cards_need_no_assessment(verified: Dialogue) -> None:
    said = verified.say("推荐张信用卡", "recommendation")
    assert products_of(said) and "测评" not in said.text


def test_the_same_turn_again_shows_nothing_twice(assessed: Dialogue, database: Database) -> None:
    tracker = assessed.message(ASK, "recommendation")
    first, second = assessed.turn(tracker), assessed.turn(tracker)
    assert products_of(first) == products_of(second)
    with database.reading() as session:
        assert session.query(Recommendation).count() == len(products_of(first))


def test_reading_about_it_is_a_click(assessed: Dialogue, database: Database) -> None:
    code = products_of(assessed.say(ASK, "recommendation"))[0]
    said = assessed.say(f"{read_products()[code].name}是什么", "nlu_fallback")
    assert said.responses[0] == "utter_enquiry_answer"
    assert f"预约{read_products()[code].name}" in payloads(said)
    assert outcomes(database)[code] == "clicked"


@pytest.mark.parametrize("intent", ["not_interested", "complaint", "nlu_fallback", "deny", "ask_wealth"])
def test_a_products_button_works_whatever_the_classifier_thinks(
    assessed: Dialogue, database: Database, intent: str
) -> None:
    code = products_of(assessed.say(ASK, "recommendation"))[0]
    said = assessed.say(f"对{read_products()[code].name}不感兴趣", intent)
    assert said.responses == ["utter_not_interested_product"] and assessed.form is None
    assert outcomes(database)[code] == "declined"
    assert code not in products_of(assessed.say(ASK, "recommendation"))


def test_declined_by_place_by_kind_and_all(assessed: Dialogue, database: Database) -> None:
    first, second, third = products_of(assessed.say("适合我的产品", "recommendation"))
    assessed.say("第二个不感兴趣", "not_interested", ordinal=2)
    assert outcomes(database)[second] == "declined"
    assessed.say("最后一个也不要", "not_interested", ordinal=-1)
    assert outcomes(database)[third] == "declined" and outcomes(database)[first] == "shown"
    assessed.say("都不感兴趣", "not_interested")
    assert outcomes(database)[first] == "declined"


def test_a_kind_that_was_not_shown_declines_nothing(assessed: Dialogue, database: Database) -> None:
    codes = products_of(assessed.say("推荐张信用卡", "recommendation"))
    assert assessed.say("我对保险没有兴趣", "not_interested").responses == ["utter_not_interested"]
    assert outcomes(database) == dict.fromkeys(codes, "shown")
    assessed.say("信用卡我都不要", "not_interested")
    assert outcomes(database) == dict.fromkeys(codes, "declined")


def test_an_ordinal_out_of_range_is_no_product(assessed: Dialogue, database: Database) -> None:
    assessed.say(ASK, "recommendation")
    assert assessed.say("第九个不感兴趣", "not_interested", ordinal=9).responses == [
        "utter_not_interested_all"
    ]


def test_not_interested_in_nothing_in_particular(visitor: Dialogue, database: Database) -> None:
    assert visitor.say("不感兴趣", "not_interested").responses == ["utter_not_interested"]
    assert outcomes(database) == {}


def not_interested_in(dialogue: Dialogue, code: str) -> Said:
    return dialogue.say(f"对{read_products()[code].name}不感兴趣", "not_interested")


def test_what_was_never_offered_is_not_offered_for_half_a_year_either(
    assessed: Dialogue, database: Database
) -> None:
    """The words promise it of a product whose article was read, or that was only named."""
    assessed.say(f"{read_products()[STABLE].name}是什么", "ask_wealth")
    assert "半年内不再" in not_interested_in(assessed, STABLE).text
    assert outcomes(database) == {STABLE: "declined"}
    while codes := products_of(assessed.say("还有别的理财产品吗", "recommendation")):
        assert STABLE not in codes


def test_a_second_refusal_begins_the_half_year_anew(
    assessed: Dialogue, database: Database, customer: Customer
) -> None:
    not_interested_in(assessed, STABLE)
    for days, declined in ((170, True), (170, True), (190, False)):
        assessed.later(days=days)
        verify(assessed)
        assess(database, customer, 2, assessed.now)
        seen = set()
        while codes := products_of(assessed.say("换一批理财看看", "recommendation")):
            seen |= set(codes)
        assert (STABLE in seen) is not declined
        assert "半年内不再" in not_interested_in(assessed, STABLE).text
    with database.reading() as session:
        assert session.query(RecommendationEvent).filter_by(kind="declined").count() == 4


@pytest.mark.parametrize("who", ["a stranger", "known", "no longer verified"])
def test_nothing_is_promised_to_whom_nothing_is_kept_for(
    start: Start, customer: Customer, database: Database, who: str
) -> None:
    dialogue = start(None if who == "a stranger" else customer)
    if who == "no longer verified":
        verify(dialogue)
        dialogue.later(hours=2)
    said = not_interested_in(dialogue, STABLE)
    assert said.responses == ["utter_not_interested"] and "半年" not in said.text
    assert outcomes(database) == {}


def test_a_private_product_is_not_named_in_a_refusal_either(assessed: Dialogue, database: Database) -> None:
    said = not_interested_in(assessed, PRIVATE)
    assert said.responses == ["utter_not_interested"] and "私享" not in said.text
    assert outcomes(database) == {}


def test_the_same_refusal_again_is_stored_once(
    assessed: Dialogue, database: Database, customer: Customer
) -> None:
    tracker = assessed.message(f"对{read_products()[STABLE].name}不感兴趣", "not_interested")
    assert assessed.turn(tracker).texts == assessed.turn(tracker).texts
    with database.reading() as session:
        [kept] = impressions.history(session, customer.id)
        assert [one.kind for one in kept.events] == ["declined"]
