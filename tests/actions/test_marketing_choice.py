"""Who hears of no product: during a complaint, after an opt-out, as a minor."""

from functools import partial

import pytest

from integrations.crm.database import Database
from integrations.crm.models import Customer, MarketingChoice
from tests.actions.assessments import shelf
from tests.actions.conftest import Start, verify
from tests.actions.dialogue import NOON, Dialogue
from tests.actions.offers import ASK, complain, outcomes, payloads, products_of, refuse
from tests.actions.test_marketing_words import REFUSED, UNCLEAR


def choices(database: Database) -> list[bool]:
    with database.reading() as session:
        return [one.granted for one in session.query(MarketingChoice).order_by(MarketingChoice.id)]


@pytest.fixture
def start(start: Start) -> Start:
    """All of them can read about every product."""
    return partial(start, knowledge=shelf())


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
    assert choices(database) == [False]


def test_a_minor_is_offered_nothing(start: Start, database: Database, customer: Customer) -> None:
    with database.transaction() as session:
        session.merge(customer).birth_date = NOON.date().replace(year=2012)
    minor = start(customer)
    verify(minor)
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
    assert choices(database) == [granted]


def test_what_is_not_plain_is_asked(known: Dialogue, database: Database) -> None:
    said = known.say("设置产品推荐", "marketing_choice")
    assert said.responses == ["utter_marketing_which"]
    assert choices(database) == []


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_is_never_consent(known: Dialogue, database: Database, text: str) -> None:
    assert known.say(text, "marketing_choice").responses == ["utter_marketing_off"]
    assert choices(database) == [False]


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_is_unclear_is_asked_and_grants_nothing(
    assessed: Dialogue, database: Database, text: str
) -> None:
    said = assessed.say(text, "marketing_choice")
    assert said.responses == ["utter_marketing_which"] and not said.cards
    assert choices(database) == []


@pytest.mark.parametrize(
    ("answer", "intent", "granted"),
    [("是的", "affirm", [True]), ("不要", "deny", [False]), ("没有", "deny", [False]), ("谢谢", "thank", [])],
)
def test_the_answer_to_that_question_counts(
    known: Dialogue, database: Database, answer: str, intent: str, granted: list[bool]
) -> None:
    known.say("谁允许你们推荐的", "marketing_choice")
    known.say(answer, intent)
    assert choices(database) == granted


def test_a_yes_that_takes_itself_back_is_no_consent(
    assessed: Dialogue, database: Database, customer: Customer
) -> None:
    with database.transaction() as session:
        refuse(session, customer)
    assessed.say(ASK, "recommendation")
    assessed.say("好吧，那就不恢复了", "affirm")
    assert choices(database)[-1] is False


@pytest.mark.parametrize("text", [*REFUSED, "谁允许你们推荐的", "凭什么给我推荐"])
def test_who_speaks_against_it_gets_no_cards(assessed: Dialogue, database: Database, text: str) -> None:
    said = assessed.say(text, "recommendation")
    assert not said.cards and outcomes(database) == {}
    assert said.responses[0] in ("utter_marketing_off", "utter_marketing_which")


def test_a_refusal_among_other_wishes(assessed: Dialogue, database: Database) -> None:
    clauses = {"查余额": "balance", "别再推荐了": "recommendation"}
    said = assessed.say("查余额，另外别再推荐了", "balance", clauses=clauses)
    assert "存款合计" in said.text and "已为您关闭" in said.text
    assert choices(database) == [False] and outcomes(database) == {}


@pytest.mark.parametrize("text", ["别再推荐了", "不想看到推荐", "推荐先停了吧", "把推荐都关掉", "保持不推荐"])
def test_a_plain_no_is_never_taken_for_a_wish(assessed: Dialogue, database: Database, text: str) -> None:
    said = assessed.say(text, "recommendation")
    assert not said.cards and outcomes(database) == {}
    assert said.responses == ["utter_marketing_off"]


@pytest.mark.parametrize("text", ["再推荐几个", "根据我的情况推荐产品", "给我推荐只基金", "换一批推荐"])
def test_a_wish_is_never_taken_for_a_choice(assessed: Dialogue, database: Database, text: str) -> None:
    assert products_of(assessed.say(text, "marketing_choice"))
    assert choices(database) == []


def test_a_strangers_choice_needs_a_name(visitor: Dialogue) -> None:
    assert "手机号" in visitor.say("别再推荐了", "marketing_choice").text
