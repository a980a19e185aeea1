"""Loss and fraud: frozen at once after confirmation, a receipt, and what comes next."""

from sqlalchemy import select

from integrations.crm.conversations.repository import get_conversation
from integrations.crm.models import Card, Ticket
from tests.dialogues.chat import Chat
from tests.dialogues.conftest import Person
from tests.system import System


def card_status(system: System, person: Person) -> str:
    with system.database.reading() as session:
        return str(session.scalars(select(Card.status).where(Card.tail == person.tail)).first())


def tickets_of(system: System, chat: Chat) -> list[Ticket]:
    with system.database.reading() as session:
        conversation = get_conversation(session, chat.conversation)
        return list(session.scalars(select(Ticket).where(Ticket.conversation_id == conversation.id)))


def test_a_lost_card_is_frozen_once_confirmed(system: System, verified: Chat, person: Person) -> None:
    assert "确认" in verified.say(f"我尾号{person.tail}的卡丢了")
    assert card_status(system, person) == "active"
    said = verified.say("确认")
    ticket = tickets_of(system, verified)[0]
    assert ticket.number in said and ticket.kind == "card_loss"
    assert "书面挂失" in said
    assert card_status(system, person) == "frozen"


def test_not_confirmed_is_not_frozen(system: System, verified: Chat, person: Person) -> None:
    verified.say(f"挂失尾号{person.tail}的卡")
    assert "没有挂失" in verified.say("不用了，卡找到了")
    assert card_status(system, person) == "active"


def test_an_unverified_customer_gets_the_hotline_at_once(system: System, chat: Chat) -> None:
    said = chat.say("我的银行卡被偷了！！")
    assert "95718" in said and "人工" in said.text


def test_loss_after_verification_goes_on_by_itself(system: System, chat: Chat, person: Person) -> None:
    chat.say("银行卡不见了怎么办，快帮我挂失")
    said = chat.verify(person.phone, person.tail)
    assert "挂失" in said
    said = chat.say(f"尾号{person.tail}")
    assert "确认" in said
    assert "已挂失" in chat.say("确认")


def test_fraud_freezes_warns_and_queues_first(system: System, verified: Chat, person: Person) -> None:
    said = verified.say("我被骗了，刚给骗子转了两万")
    assert "96110" in said
    verified.say("全部冻结")
    said = verified.say("确认")
    assert "已冻结" in said and "人工" in said.text
    assert card_status(system, person) == "frozen"
    assert [t.kind for t in tickets_of(system, verified)] == ["fraud"]
    with system.database.reading() as session:
        conversation = get_conversation(session, verified.conversation)
        assert (conversation.holder, conversation.queue_reason) == ("queued", "fraud")


def test_a_repeated_confirmation_makes_one_ticket(system: System, verified: Chat, person: Person) -> None:
    verified.say(f"尾号{person.tail}的卡丢了，挂失")
    verified.say("确认")
    verified.say("确认")
    assert len(tickets_of(system, verified)) == 1


def test_a_second_thought_about_the_card(system: System, verified: Chat, person: Person) -> None:
    verified.say("挂失")
    said = verified.say("尾号0000")
    assert "没有尾号0000" in said
    assert "确认" in verified.say(f"不对，是尾号{person.tail}")
