"""What suits the customer: asked for in their own words, with the questionnaire, to the appointment."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select

from integrations.crm.bank.catalogue import read_products
from integrations.crm.conversations.repository import get_conversation
from integrations.crm.models import Customer, MarketingChoice, Recommendation, RiskAssessment, Ticket
from integrations.crm.recommendations import service as recommendations
from integrations.crm.recommendations.risk_assessment import expiry, questions
from tests.dialogues.chat import Chat, Said
from tests.dialogues.conftest import Person
from tests.system import System


@pytest.fixture
def person(system: System, people: Iterator[Person]) -> Person:
    """A customer to whom something may be offered, without a risk assessment."""
    for one in people:
        with system.database.transaction() as session:
            customer_id = session.scalars(select(Customer.id).where(Customer.number == one.number)).one()
            if recommendations.silence(session, customer_id, datetime.now(UTC)) is None:
                session.execute(delete(RiskAssessment).where(RiskAssessment.customer_id == customer_id))
                return one
    raise AssertionError("nobody is left")


@pytest.fixture
def careful(system: System, verified: Chat, person: Person) -> Chat:
    """They are verified, and C2 (稳健型)."""
    now = datetime.now(UTC)
    with system.database.transaction() as session:
        session.add(
            RiskAssessment(
                customer_id=id_of(system, person),
                source_key=uuid.uuid4().hex,
                level=2,
                score=40,
                answers={},
                channel="branch",
                taken_at=now,
                expires_at=expiry(now),
            )
        )
    return verified


def id_of(system: System, person: Person) -> int:
    with system.database.reading() as session:
        return session.scalars(select(Customer.id).where(Customer.number == person.number)).one()


def offered(said: Said) -> list[str]:
    """Codes of the products on cards."""
    codes = {product.name: code for code, product in read_products().items()}
    return [codes[card["title"]] for card in said.cards if card["kind"] == "product"]


def payload(said: Said, title: str) -> str:
    """What the first button with this title says."""
    buttons = [one for message in said.messages for one in message.get("buttons") or []]
    return next(str(one["payload"]) for one in buttons if one["title"] == title)


@pytest.mark.parametrize(
    "text",
    [
        "有什么理财推荐",
        "存款到期了怎么办呀",
        "手里有二十万闲钱，放你们这买点啥好",
        "有没有适合我的产品，推荐推荐",
    ],
)
def test_wishes_for_advice_are_understood(careful: Chat, text: str) -> None:
    said = careful.say(text)
    assert offered(said)
    for code in offered(said):
        product = read_products()[code]
        assert (product.risk or 0) <= 2 and not product.private


@pytest.mark.parametrize("text", ["理财保本吗", "风险测评在哪里做", "基金怎么赎回几天到账"])
def test_questions_stay_questions(chat: Chat, text: str) -> None:
    said = chat.say(text)
    assert "来源：" in said and "核实身份" not in said


def test_a_stranger_is_verified_and_then_served(chat: Chat, person: Person) -> None:
    assert "核实身份" in chat.say("给我推荐几款理财产品")
    said = chat.verify(person.phone, person.tail)
    assert "开始风险测评" in said.buttons


def test_from_the_card_to_the_appointment(system: System, careful: Chat, person: Person) -> None:
    said = careful.say("推荐几款理财")
    code = offered(said)[0]
    assert "理财非存款、产品有风险、投资须谨慎" in said
    assert "来源：" in careful.say(payload(said, "了解更多"))
    assert "什么时间" in careful.say(payload(said, "预约经理"))
    said = careful.say("明天下午三点")
    with system.database.reading() as session:
        conversation = get_conversation(session, careful.conversation)
        ticket = session.scalars(select(Ticket).where(Ticket.conversation_id == conversation.id)).one()
        shown = session.scalars(
            select(Recommendation).where(
                Recommendation.product_code == code, Recommendation.conversation_id == conversation.id
            )
        ).one()
    assert ticket.number in said and ticket.kind == "appointment"
    assert ticket.details["product_code"] == code and "明天下午" in ticket.details["preferred_time"]
    assert (shown.outcome, shown.ticket_id) == ("accepted", ticket.id)


def test_what_was_turned_down_stays_away(careful: Chat) -> None:
    said = careful.say("有什么理财推荐")
    code = offered(said)[0]
    assert "不再向您推荐" in careful.say(payload(said, "不感兴趣"))
    assert code not in offered(careful.say("有什么理财推荐"))


def test_the_questionnaire_in_words_and_back(system: System, verified: Chat, person: Person) -> None:
    verified.say("有什么理财推荐")
    assert "第1题" in verified.say("开始风险测评")
    assert "第2题" in verified.say("B")
    assert "第1题" in verified.say("上一题")
    assert "第2题" in verified.say("第一个")
    assert "第3题" in verified.say("我选a")
    for _ in questions()[2:]:
        said = verified.say("选B")
    assert "请核对" in said
    said = verified.say("确认")
    assert "测评完成" in said and offered(said)
    with system.database.reading() as session:
        made = session.scalars(
            select(RiskAssessment).where(RiskAssessment.customer_id == id_of(system, person))
        ).one()
    assert made.answers["age"] == "A" and made.channel == "web"
    assert all((read_products()[code].risk or 0) <= made.level for code in offered(said))


def test_leaving_the_questionnaire_keeps_nothing(system: System, verified: Chat, person: Person) -> None:
    verified.say("我要做风险测评")
    verified.say("选A")
    assert "没有保存" in verified.say("算了，不做了")
    with system.database.reading() as session:
        query = select(RiskAssessment).where(RiskAssessment.customer_id == id_of(system, person))
        assert session.scalars(query).all() == []


@pytest.mark.parametrize("text", ["别再推荐了", "不要再给我推销东西了", "以后不想收到产品推荐"])
def test_no_means_no_until_it_is_taken_back(system: System, careful: Chat, person: Person, text: str) -> None:
    assert "关闭产品推荐" in careful.say(text)
    said = careful.say("有什么理财推荐")
    assert not offered(said) and "恢复推荐" in said.buttons
    assert "恢复" in careful.say("恢复推荐")
    assert offered(careful.say("看看适合我的产品"))
    with system.database.reading() as session:
        choices = session.scalars(
            select(MarketingChoice.granted)
            .where(MarketingChoice.customer_id == id_of(system, person))
            .order_by(MarketingChoice.id.desc())
            .limit(2)
        ).all()
    assert list(choices) == [True, False]


def test_nothing_is_sold_during_a_complaint(careful: Chat) -> None:
    careful.say("我要投诉")
    for text in ("昨天在支行柜台排队两个小时没人管", "道歉", "没有了", "确认"):
        said = careful.say(text)
    assert "投诉已提交" in said
    said = careful.say("有什么理财推荐")
    assert not offered(said) and "投诉" in said


@pytest.mark.parametrize("code", ["YC-W101", "YC-F309"])
def test_a_products_article_needs_an_assessment(chat: Chat, code: str) -> None:
    said = chat.say(f"{read_products()[code].name}怎么样")
    assert "来源：" not in said or read_products()[code].name not in said
    assert "开始风险测评" in said.buttons


@pytest.mark.parametrize("text", ["约个客户经理", "我想预约理财经理聊聊"])
def test_a_stranger_can_ask_to_be_called(chat: Chat, text: str) -> None:
    assert "什么时间" in chat.say(text)
    assert "手机号" in chat.say("都可以")
    assert "预约已提交" in chat.say("13812345678")
