"""Recommendations: who hears of which product, what becomes of it, and who hears of none."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import product_by_code, read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer, MarketingChoice, Recommendation
from integrations.crm.recommendations.service import RISK_WORDS
from integrations.crm.tickets import service as tickets
from tests.actions.assessments import GROWTH, STABLE, assess, shelf
from tests.actions.conftest import PHONE, Start
from tests.actions.dialogue import NOON, Dialogue, Said
from tests.builders import make_account

ASK = "有什么理财推荐"


@pytest.fixture
def start(start: Start) -> Start:
    """All of them can read about every product."""
    return partial(start, knowledge=shelf())


@pytest.fixture
def assessed(verified: Dialogue, database: Database, customer: Customer) -> Dialogue:
    """林晓雯, verified, C2 (稳健型)."""
    assess(database, customer, 2)
    return verified


def products_of(said: Said) -> list[str]:
    """Codes of the products on the cards, in their order."""
    codes = {product.name: code for code, product in read_products().items()}
    return [codes[card["title"]] for card in said.cards if card["kind"] == "product"]


def outcomes(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {one.product_code: one.outcome for one in session.query(Recommendation)}


def payloads(said: Said) -> list[str]:
    return [one["payload"] for one in said.buttons]


def complain(database: Database, customer: Customer) -> str:
    with database.transaction() as session:
        return tickets.open_ticket(
            session,
            kind="complaint",
            source_key=f"complaint-of-{customer.id}",
            customer_id=customer.id,
            conversation_id=None,
            title="排队太久",
            details={},
            now=NOON,
        ).number


def refuse(session: Session, customer: Customer, granted: bool = False) -> None:
    session.add(MarketingChoice(customer_id=customer.id, granted=granted, source="web", at=NOON))


# ---- what is shown


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


# ---- nobody is bothered


def test_nothing_during_a_complaint(assessed: Dialogue, database: Database, customer: Customer) -> None:
    complain(database, customer)
    said = assessed.say(ASK, "recommendation")
    assert said.responses == ["utter_recommendation_complaint"] and not said.cards
    assert outcomes(database) == {}


def test_who_opted_out_is_asked_and_can_come_back(
    assessed: Dialogue, database: Database, customer: Customer
) -> None:
    with database.transaction() as session:
        refuse(session, customer)
    said = assessed.say(ASK, "recommendation")
    assert said.responses == ["utter_recommendation_opted_out"] and payloads(said)[0] == "恢复推荐"
    assert "已为您恢复" in assessed.say("好的", "affirm").text
    assert products_of(assessed.say("看看适合我的产品", "recommendation"))


def test_a_no_to_that_question_changes_nothing(
    assessed: Dialogue, database: Database, customer: Customer
) -> None:
    with database.transaction() as session:
        refuse(session, customer)
    assessed.say(ASK, "recommendation")
    assessed.say("不用", "deny")
    with database.reading() as session:
        assert [one.granted for one in session.query(MarketingChoice)] == [False]


def test_a_minor_is_offered_nothing(start: Start, database: Database, customer: Customer) -> None:
    with database.transaction() as session:
        session.merge(customer).birth_date = NOON.date().replace(year=2012)
    minor = start(customer)
    minor.say("验证身份", "verify_identity")
    minor.say("6688", "inform", card_tail="6688")
    minor.say(minor.codes.sent[-1][1], "inform")
    for text, intent in ((ASK, "recommendation"), ("做风险测评", "risk_assessment")):
        said = minor.say(text, intent)
        assert said.responses == ["utter_recommendation_no_capacity"] and minor.form is None


@pytest.mark.parametrize(
    ("text", "granted"),
    [
        ("别再推荐了", False),
        ("不要给我推销", False),
        ("把推荐关了", False),
        ("我不同意用我的信息做推荐", False),
        ("撤回营销同意", False),
        ("不要再恢复推荐", False),
        ("保持不推荐", False),
        ("暂停推荐，需要我再开", False),
        ("恢复推荐", True),
        ("之前关了推荐，现在想恢复", True),
        ("取消免打扰，可以推荐", True),
        ("我愿意接收推荐", True),
        ("以后有好产品可以推荐给我", True),
    ],
)
def test_the_choice_is_kept(known: Dialogue, database: Database, text: str, granted: bool) -> None:
    """个人信息保护法 Art 24: as easy to refuse as to accept."""
    known.say(text, "marketing_choice")
    with database.reading() as session:
        assert [one.granted for one in session.query(MarketingChoice)] == [granted]


def test_what_is_not_plain_is_asked(known: Dialogue, database: Database) -> None:
    said = known.say("设置产品推荐", "marketing_choice")
    assert said.responses == ["utter_marketing_which"]
    with database.reading() as session:
        assert session.query(MarketingChoice).count() == 0


@pytest.mark.parametrize("text", ["别再推荐了", "不想看到推荐", "推荐先停了吧", "把推荐都关掉", "保持不推荐"])
def test_a_plain_no_is_never_taken_for_a_wish(assessed: Dialogue, database: Database, text: str) -> None:
    said = assessed.say(text, "recommendation")
    assert not said.cards and outcomes(database) == {}
    assert said.responses == ["utter_marketing_off"]


@pytest.mark.parametrize("text", ["再推荐几个", "根据我的情况推荐产品", "给我推荐只基金", "换一批推荐"])
def test_a_wish_is_never_taken_for_a_choice(assessed: Dialogue, database: Database, text: str) -> None:
    assert products_of(assessed.say(text, "marketing_choice"))
    with database.reading() as session:
        assert session.query(MarketingChoice).count() == 0


def test_a_strangers_choice_needs_a_name(visitor: Dialogue) -> None:
    assert "手机号" in visitor.say("别再推荐了", "marketing_choice").text


# ---- what becomes of it


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


# ---- articles about products


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


# ---- two wishes, leaving a form, one gentle line


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
