"""A complaint from report to withdrawal (银保监会令2020年第3号 Art. 13, 15 [V])."""

import io
import re

import httpx
from PIL import Image
from sqlalchemy import select

from integrations.crm.customers.profiles import benefits
from integrations.crm.models import Attachment, Ticket
from tests.dialogues.chat import Chat, Said
from tests.dialogues.conftest import Person
from tests.system import System

STORY = "昨天在锦江支行的ATM取了1000块，钱没出来但是扣款了"


def number_in(said: Said) -> str:
    found = re.search(r"TS\d{12}", said.text)
    assert found, said.text
    return found[0]


def ticket(system: System, number: str) -> Ticket:
    with system.database.reading() as session:
        return session.scalars(select(Ticket).where(Ticket.number == number)).one()


def complain(chat: Chat) -> Said:
    """A complaint told in one message, the rest answered as asked; returns the summary."""
    chat.say("我要投诉")
    said = chat.say(STORY)
    for _ in range(8):
        if said.cards:
            return said
        answers = {
            "怎样解决": "把1000元退给我",
            "材料": "没有了",
            "怎么称呼": "张女士",
            "联系电话": "13912345678",
        }
        answers |= {"多少金额": "1000元", "什么时候": "昨天", "渠道": "ATM"}
        said = chat.say(next(answer for question, answer in answers.items() if question in said))
    raise AssertionError(said.text)


def test_a_known_customer_is_asked_only_what_the_bank_does_not_know(system: System, known: Chat) -> None:
    known.say("我要投诉")
    said = known.say(STORY)
    questions = []
    while not said.cards:
        questions.append(said.text)
        said = known.say("没有了" if "材料" in said else "把1000元退给我")
    asked = "\n".join(questions)
    assert not any(word in asked for word in ("什么时候", "多少金额", "怎么称呼", "联系电话"))
    assert "1,000" in said and "ATM" in said
    done = known.say("确认")
    stored = ticket(system, number_in(done))
    assert (stored.kind, stored.status) == ("complaint", "open")
    assert stored.customer_id is not None
    assert "首次回复" in done and "办结" in done
    assert stored.first_response_due and stored.resolve_due
    assert (stored.resolve_due - stored.created_at).total_seconds() == 48 * 3600
    # The night's job may have changed the customer's tier, and with it the promise.
    promised = {benefits(tier).first_response_hours * 3600 for tier in ("vip", "important", "standard")}
    assert (stored.first_response_due - stored.created_at).total_seconds() in promised


def test_a_visitor_leaves_name_and_phone(system: System, chat: Chat) -> None:
    complain(chat)
    stored = ticket(system, number_in(chat.say("确认")))
    assert "张女士" in str(stored.details) and "13912345678" in str(stored.details)


def test_correction_before_submitting(system: System, known: Chat) -> None:
    complain(known)
    said = known.say("金额写错了，是500元")
    assert "500" in said and said.cards
    stored = ticket(system, number_in(known.say("确认")))
    assert "1000" not in str(stored.details.get("amount", "")) and "500" in str(stored.details)


def test_nothing_is_filed_without_confirmation(system: System, known: Chat) -> None:
    before = _count(system)
    complain(known)
    assert "没有提交" in known.say("算了不投诉了")
    assert _count(system) == before


def test_the_second_complaint_is_not_the_first(system: System, known: Chat) -> None:
    """Trap 3: slots keep old values."""
    complain(known)
    first = number_in(known.say("确认"))
    known.say("我还要投诉另外一件事")
    said = known.say("上周五客户经理一直打电话推销理财，态度很差")
    while not said.cards:
        said = known.say("没有了" if "材料" in said else "跳过" if "金额" in said else "别再打电话了")
    second = number_in(known.say("确认"))
    assert first != second
    assert "ATM" not in str(ticket(system, second).details)


def test_evidence_belongs_to_the_ticket(system: System, known: Chat) -> None:
    known.say("我要投诉")
    said = known.say(STORY)
    while "材料" not in said:
        said = known.say("把1000元退给我")
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    response = httpx.post(
        f"{system.base}/chat/conversations/{known.conversation}/images",
        files={"file": ("receipt.png", picture.getvalue(), "image/png")},
        data={"id": "picture-1"},
        headers=known.auth,
        timeout=30,
        trust_env=False,
    )
    assert response.status_code in (200, 201, 202), response.text
    known.wait_reply(response.json()["seq"])
    said = known.say("没有了")
    assert said.cards
    number = number_in(known.say("确认"))
    with system.database.reading() as session:
        stored = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        assert session.scalars(select(Attachment).where(Attachment.ticket_id == stored.id)).all()


def test_progress_addition_and_withdrawal(system: System, verified: Chat) -> None:
    complain(verified)
    number = number_in(verified.say("确认"))
    assert number in verified.say("我的投诉处理得怎么样了")
    assert number in verified.say(f"查一下{number}的进度")
    said = verified.say("我要补充投诉内容")
    if "补充的内容" not in said:
        said = verified.say(number)
    assert number in verified.say("当时机器编号是A1023，有监控可以查")
    said = verified.say("我要撤销投诉")
    assert "确认撤销" in said
    assert "已撤销" in verified.say("确认")
    stored = ticket(system, number)
    assert stored.status == "withdrawn" and stored.resolved_at


def test_another_customers_complaint_is_not_found(system: System, verified: Chat, people: object) -> None:
    other = Chat(system)
    complain(other)
    number = number_in(other.say("确认"))
    assert "没有找到" in verified.say(f"查投诉{number}的进度")


def test_a_wish_for_a_person_is_not_taken_as_the_story(system: System, chat: Chat, person: Person) -> None:
    """Trap 2: `from_text` would have stored it as what happened."""
    before = _count(system)
    chat.say("我要投诉")
    assert "人工" in chat.say("转人工").text
    assert _count(system) == before


def _count(system: System) -> int:
    with system.database.reading() as session:
        return len(session.scalars(select(Ticket.id)).all())
