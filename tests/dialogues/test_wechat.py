"""The same assistant in a 公众号: real bot, real app, WeChat's servers faked."""

import asyncio
import re
import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from integrations.crm.conversations import handoff, repository, ticket_progress
from integrations.crm.customers.identity import bound_customer_id
from integrations.crm.models import Attachment, Conversation, Customer, Rating, Ticket
from tests.dialogues.conftest import Person
from tests.dialogues.test_handoff import agent
from tests.fakes import wechat_messages as messages
from tests.system import System
from tests.wechat.messenger_server import eventually
from tests.wechat.server import links, picture

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


class Follower:
    """Somebody with a phone."""

    def __init__(self, system: System, openid: str) -> None:
        self.system, self.openid, self.phone = system, openid, system.wechat.phone(openid)

    def say(self, text: str) -> str:
        """What the phone shows after it."""
        return self.push(messages.text(self.openid, text))

    def push(self, message: dict[str, object]) -> str:
        before = len(self.phone.shown)
        asyncio.run(self.system.wechat.push(message))

        def shown() -> str:
            parts = [one.content for one in self.phone.shown[before:] if one.kind in ("text", "msgmenu")]
            return "\n".join(part if isinstance(part, str) else part["head_content"] for part in parts)

        return eventually(shown, 30)  # type: ignore[no-any-return]

    def tap(self, title: str) -> str:
        """Tap a line or an item of the last message that has it."""
        items = {words: id_ for id_, words in self.phone.menu_items().items()}
        for text in self.phone.texts():
            items |= links(text)
        return self.push(messages.text(self.openid, title, items[title]))

    @property
    def conversation(self) -> str:
        with self.system.database.reading() as session:
            found = repository.latest_of_visitor(
                session, "wechat", self.system.wechat.account.appid, self.openid
            )
            assert found is not None
            return found.public_id


@pytest.fixture
def customer(system: System) -> Follower:
    return Follower(system, f"o-{uuid.uuid4().hex}")


def bound(system: System, openid: str) -> int | None:
    with system.database.reading() as session:
        return bound_customer_id(session, "wechat", system.wechat.account.appid, openid)


def test_a_complaint_from_the_welcome_to_the_rating(system: System, customer: Follower) -> None:
    assert "欢迎关注" in customer.push(messages.subscribe(customer.openid))
    said = customer.tap("我要投诉")
    said = customer.say(STORY)
    for _ in range(9):
        if "确认" in said and "TS" not in said and "材料" not in said:
            break
        if "材料" in said:
            customer.push(system.wechat.picture(customer.openid, picture()))
        said = customer.say(next(answer for question, answer in ANSWERS.items() if question in said))
    number = re.search(r"TS\d{12}", customer.say("确认"))
    assert number, customer.phone.texts()
    with system.database.reading() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number[0])).one()
        evidence = session.scalar(select(func.count(Attachment.id)).where(Attachment.ticket_id == ticket.id))
    assert evidence == 1

    assert "人工" in customer.say("转人工")
    person, now = agent(system), datetime.now(UTC)
    with system.database.transaction() as session:
        handoff.take(session, customer.conversation, person, now)
    eventually(lambda: any("小李已接入" in text for text in customer.phone.texts()))
    with system.database.transaction() as session:
        handoff.answer(session, customer.conversation, person, "您好，我来处理。", "wechat-answer-1", now)
    eventually(lambda: customer.phone.texts()[-1] == "您好，我来处理。")
    with system.database.transaction() as session:
        found = session.get_one(Ticket, ticket.id)
        ticket_progress.respond(session, found, "已联系网点核实，3个工作日内答复您。", agent=person, now=now)
    eventually(lambda: number[0] in customer.phone.texts()[-1])
    with system.database.transaction() as session:
        handoff.close(session, customer.conversation, person, now)
    eventually(lambda: "5分" in customer.phone.menu_items().values())
    customer.tap("5分")
    with system.database.reading() as session:
        rated = session.scalar(
            select(Rating.score).join(Conversation).where(Conversation.public_id == customer.conversation)
        )
    assert rated == 5
    assert system.wechat.service_faults == []


def test_verified_bound_and_one_customer_on_two_channels(
    system: System, customer: Follower, person: Person
) -> None:
    assert "核实身份" in customer.say("查余额")
    customer.say(person.phone)
    customer.say(person.tail)
    assert "账户余额" in customer.say(system.last_code(person.phone))
    with system.database.reading() as session:
        number = session.get_one(Customer, bound(system, customer.openid)).number
    assert number == person.number
    assert "已解除绑定" in customer.say("公众号解绑")
    assert bound(system, customer.openid) is None
    assert "核实身份" in customer.say("查余额")


def test_the_nearest_branch_of_a_place(customer: Follower) -> None:
    said = customer.push(messages.location(customer.openid, 30.6573, 104.0832, "成都市锦江区红星路"))
    assert "锦江支行" in said and "公里" in said


def test_speech_and_menus_are_understood(customer: Follower, system: System) -> None:
    assert "活期" in customer.push(system.wechat.recording(customer.openid, b"#!AMR", "存款利率是多少"))
    assert "挂失" in customer.push(messages.click(customer.openid, "我要挂失"))
