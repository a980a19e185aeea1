"""The same assistant in a 公众号 and in 微信客服: real bot, real app, WeChat and WeCom faked."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from integrations.crm.conversations import handoff, repository, ticket_progress
from integrations.crm.customers.identity import bound_customer_id
from integrations.crm.models import Attachment, Conversation, Customer, Rating, Ticket
from tests.dialogues.conftest import Person
from tests.dialogues.test_handoff import agent
from tests.fakes import wechat_messages as messages
from tests.fakes.customers import Follower, KfCustomer, MessengerCustomer
from tests.system import System
from tests.wechat.messenger_server import eventually
from tests.wechat.server import picture

STORY = "昨天在锦江支行的ATM取了1000块，钱没出来但是扣款了"
ANSWERS = {
    "怎样解决": "把1000元退给我",
    "材料": "没有了",
    "怎么称呼": "张女士",
    "联系电话": "13912345678",
    "多少金额": "1000元",
    "什么时候": "昨天",
    "渠道": "ATM",
}


@dataclass
class Talk:
    """A customer's conversation with the whole system; each act returns what the phone shows after it."""

    system: System
    channel: str
    customer: MessengerCustomer
    account: str

    def say(self, text: str) -> str:
        return self.do(lambda: self.customer.say(text))

    def do(self, act: Callable[[], None]) -> str:
        before = len(self.customer.texts())
        act()
        return eventually(lambda: "\n".join(self.customer.texts()[before:]), 30)  # type: ignore[no-any-return]

    @property
    def conversation(self) -> str:
        with self.system.database.reading() as session:
            known = (self.channel, self.account, self.customer.user)
            found = repository.latest_of_visitor(session, *known)
            assert found is not None
            return found.public_id

    def bound(self) -> int | None:
        """Id of the bank's customer whom the user is bound to."""
        with self.system.database.reading() as session:
            return bound_customer_id(session, self.channel, self.account, self.customer.user)


def wechat_talk(system: System) -> Talk:
    customer = Follower(system.wechat, f"o-{uuid.uuid4().hex}")
    return Talk(system, "wechat", customer, system.wechat.account.appid)


def wecom_talk(system: System) -> Talk:
    customer = KfCustomer(system.wecom, f"wm-{uuid.uuid4().hex}")
    return Talk(system, "wecom", customer, system.wecom.account.open_kfid)


@pytest.fixture(params=[wechat_talk, wecom_talk], ids=["wechat", "wecom"])
def talk(request: pytest.FixtureRequest, system: System) -> Talk:
    """A new customer on either messenger."""
    return request.param(system)  # type: ignore[no-any-return]


def test_a_complaint_from_the_welcome_to_the_rating(system: System, talk: Talk) -> None:
    customer = talk.customer
    assert "欢迎" in talk.do(customer.arrive)
    talk.do(lambda: customer.tap("我要投诉"))
    said = talk.say(STORY)
    for _ in range(9):
        if "确认" in said and "TS" not in said and "材料" not in said:
            break
        if "材料" in said:
            talk.do(lambda: customer.send_picture(picture()))
        said = talk.say(next(answer for question, answer in ANSWERS.items() if question in said))
    number = re.search(r"TS\d{12}", talk.say("确认"))
    assert number, customer.texts()
    with system.database.reading() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number[0])).one()
        evidence = session.scalar(select(func.count(Attachment.id)).where(Attachment.ticket_id == ticket.id))
    assert evidence == 1
    assert "人工" in talk.say("转人工")
    _served_and_rated(talk, ticket.id, number[0])
    assert system.wechat.service_faults == [] and system.wecom.service_faults == []


def _served_and_rated(talk: Talk, ticket_id: int, number: str) -> None:
    """An agent answers, the ticket goes on, the customer rates."""
    database, customer = talk.system.database, talk.customer
    person, now = agent(talk.system), datetime.now(UTC)
    with database.transaction() as session:
        handoff.take(session, talk.conversation, person, now)
    eventually(lambda: any("小李已接入" in text for text in customer.texts()))
    with database.transaction() as session:
        handoff.answer(
            session, talk.conversation, person, "您好，我来处理。", f"{talk.channel}-answer-1", now
        )
    eventually(lambda: customer.texts()[-1] == "您好，我来处理。")
    with database.transaction() as session:
        found = session.get_one(Ticket, ticket_id)
        ticket_progress.respond(session, found, "已联系网点核实，3个工作日内答复您。", agent=person, now=now)
    eventually(lambda: number in customer.texts()[-1])
    with database.transaction() as session:
        handoff.close(session, talk.conversation, person, now)
    eventually(lambda: "5分" in customer.choices())
    talk.do(lambda: customer.tap("5分"))
    with database.reading() as session:
        rated = session.scalar(
            select(Rating.score).join(Conversation).where(Conversation.public_id == talk.conversation)
        )
    assert rated == 5


def test_verified_bound_and_one_customer_on_two_channels(system: System, talk: Talk, person: Person) -> None:
    assert "核实身份" in talk.say("查余额")
    talk.say(person.phone)
    talk.say(person.tail)
    assert "账户余额" in talk.say(system.last_code(person.phone))
    with system.database.reading() as session:
        number = session.get_one(Customer, talk.bound()).number
    assert number == person.number
    assert "已解除绑定" in talk.say("公众号解绑")
    assert talk.bound() is None
    assert "核实身份" in talk.say("查余额")


def test_the_nearest_branch_of_a_place(talk: Talk) -> None:
    said = talk.do(lambda: talk.customer.send_place(30.6573, 104.0832, "成都市锦江区红星路"))
    assert "锦江支行" in said and "公里" in said


def test_speech_and_menus_are_understood(system: System) -> None:
    talk = wechat_talk(system)  # 微信客服 has neither
    customer = talk.customer
    assert isinstance(customer, Follower)
    heard = system.wechat.recording(customer.user, b"#!AMR", "存款利率是多少")
    assert "活期" in talk.do(lambda: customer.push(heard))
    assert "挂失" in talk.do(lambda: customer.push(messages.click(customer.user, "我要挂失")))
