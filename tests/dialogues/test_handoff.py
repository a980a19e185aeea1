"""A person: the queue, the bot meanwhile, a message out of hours, the rating at the end."""

from datetime import UTC, datetime

from sqlalchemy import select

from integrations.crm.conversations import handoff
from integrations.crm.conversations.repository import get_conversation
from integrations.crm.models import Rating, Staff
from tests.dialogues.chat import Chat
from tests.system import System


def holder(system: System, chat: Chat) -> str:
    with system.database.reading() as session:
        return get_conversation(session, chat.conversation).holder


def agent(system: System) -> Staff:
    with system.database.transaction() as session:
        found = session.scalars(select(Staff).where(Staff.username == "dialogue-agent")).first()
        if found:
            return found
        found = Staff(
            username="dialogue-agent",
            display_name="小李",
            role="agent",
            password_hash="x",
            must_change_password=False,
            failed_sign_ins=0,
            active=True,
            created_at=datetime.now(UTC),
        )
        session.add(found)
        return found


def test_queue_place_and_the_bot_meanwhile(system: System, chat: Chat) -> None:
    assert "人工" in chat.say("我要跟真人说话").text
    assert holder(system, chat) == "queued"
    assert "活期" in chat.say("存款利率是多少")
    assert holder(system, chat) == "queued"
    assert "位" in chat.say("前面还有几个人")
    assert "退出排队" in chat.say("不等了")
    assert holder(system, chat) == "bot"


def test_the_bot_is_silent_while_a_person_answers(system: System, chat: Chat) -> None:
    chat.say("转人工")
    person = agent(system)
    with system.database.transaction() as session:
        handoff.take(session, chat.conversation, person, datetime.now(UTC))
    seq = chat.send("存款利率是多少")
    with system.database.transaction() as session:
        handoff.answer(session, chat.conversation, person, "您好，我是小李。", "answer-1", datetime.now(UTC))
        handoff.hand_back(session, chat.conversation, person, datetime.now(UTC))
    assert "活期" in chat.say("存款利率是多少")
    senders = [m["from"] for m in chat.messages(after=seq)]
    assert senders[:3] == ["agent", "system", "customer"]


def test_the_conversation_is_rated_at_its_end(system: System, chat: Chat) -> None:
    chat.say("存款利率是多少")
    chat.say("再见")
    chat.say("评价5分")
    with system.database.reading() as session:
        conversation = get_conversation(session, chat.conversation)
        rating = session.scalars(select(Rating).where(Rating.conversation_id == conversation.id)).one()
    assert rating.score == 5
