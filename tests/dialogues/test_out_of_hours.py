"""Nobody is at the desk: a message is left and becomes a ticket."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from integrations.crm.conversations.repository import get_conversation
from integrations.crm.models import Ticket
from integrations.crm.settings import SHANGHAI
from tests.dialogues.chat import Chat
from tests.system import System, make_settings


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system whose desk opens in twelve hours, for one."""
    folder = tmp_path_factory.mktemp("closed")
    opens = (datetime.now(SHANGHAI) + timedelta(hours=12)).hour
    running = System(folder, make_settings(folder, service_hours=f"{opens:02d}:00-{opens:02d}:59"))
    running.start()
    yield running
    running.stop()


def left(system: System, chat: Chat) -> list[Ticket]:
    with system.database.reading() as session:
        conversation = get_conversation(session, chat.conversation)
        assert conversation.holder == "bot"
        return list(session.scalars(select(Ticket).where(Ticket.conversation_id == conversation.id)))


def test_a_visitor_leaves_a_message_and_a_phone(closed: System) -> None:
    chat = Chat(closed)
    said = chat.say("转人工")
    assert "不在人工服务时间" in said and "留言" in said.buttons
    assert "留言的内容" in chat.say("我要留言")
    assert "手机号" in chat.say("想咨询房贷提前还款，请明天上午回电")
    said = chat.say("１３９ ５５５５ ０００７")
    [ticket] = left(closed, chat)
    assert ticket.kind == "left_message" and ticket.number in said
    assert ticket.details == {"text": "想咨询房贷提前还款，请明天上午回电", "phone": "13955550007"}


def test_a_known_customer_is_not_asked_for_a_phone(closed: System) -> None:
    chat = Chat(closed, "6000000001")
    chat.say("人工")
    chat.say("我要留言")
    assert "留言已提交" in chat.say("请帮我查一下上个月的手续费")
    assert [ticket.title for ticket in left(closed, chat)] == ["请帮我查一下上个月的手续费"]


def test_no_message_is_left_after_all(closed: System) -> None:
    chat = Chat(closed)
    chat.say("我要留言")
    chat.say("取消")
    assert left(closed, chat) == []


def test_the_phone_may_be_left_out(closed: System) -> None:
    chat = Chat(closed)
    chat.say("我要留言")
    chat.say("你们网点的空调太冷了，调高点")
    assert "留言已提交" in chat.say("跳过")
    assert left(closed, chat)[0].details["phone"] is None
