"""What the desk shows of a conversation on WeChat: the window, what didn't get through, other threads."""

import pytest

from integrations.console import desk, desk_actions
from integrations.console.frame import spoken
from integrations.console.rendering import render
from integrations.crm.conversations import channel_accounts, outbox, repository
from integrations.crm.conversations.errors import AlreadyTaken, CannotSend, ConversationNotFound
from integrations.crm.models import Staff
from tests.console.world import World


def facts(room: World, agent: Staff, public_id: str) -> str:
    with room.look() as session:
        thread = desk.open_thread(session, agent, public_id, room.clock())
        return render("facts.html", f=thread.facts)


def wrote(room: World, public_id: str, push: str) -> None:
    """A push of the customer came in."""
    with room.database.transaction() as session:
        conversation = repository.lock_conversation(session, public_id)
        outbox.note_interaction(session, conversation, push, "message", room.clock())


def answer(room: World, agent: Staff, public_id: str, text: str, number: int) -> None:
    with room.database.transaction() as session:
        desk_actions.answer(session, public_id, agent, text, f"id-{number:08d}", room.clock())


def test_the_window_is_shown_and_counts_down(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation(channel="wechat")
    wrote(room, public_id, "m1")
    room.taken(public_id, agent)
    assert "还可发送 4 条" in facts(room, agent, public_id)  # 「客服已接入」 is on its way
    answer(room, agent, public_id, "您好", 1)
    assert "还可发送 3 条" in facts(room, agent, public_id)


def test_a_closed_window_is_told_before_anything_is_stored(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation(channel="wechat")
    room.taken(public_id, agent)
    assert "48小时内没有来过消息" in facts(room, agent, public_id)
    with pytest.raises(CannotSend) as refused:
        answer(room, agent, public_id, "您好", 1)
    assert "请电话联系" in spoken(refused.value)


def test_an_account_without_rights_and_its_problem(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation(channel="wechat")
    room.taken(public_id, agent)
    with room.database.transaction() as session:
        row = channel_accounts.account_row(session, "wechat", "default")
        row.may_send, row.problem = False, "40164 invalid ip <b>"
    html = facts(room, agent, public_id)
    assert "下次来消息时送达" in html and "40164 invalid ip &lt;b&gt;" in html
    answer(room, agent, public_id, "您好", 1)


def test_what_has_not_got_through(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation(channel="wechat")
    wrote(room, public_id, "m1")
    room.taken(public_id, agent)
    with room.database.transaction() as session:
        conversation = repository.lock_conversation(session, public_id)
        parcel = outbox.take(session, conversation, room.clock())[0]
        outbox.settle(session, conversation, parcel.item_id, "failed", room.clock(), error="not_following")
    assert "1 条未送达：客户已取消关注" in facts(room, agent, public_id)


def test_the_web_has_no_window(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation("你好")
    room.taken(public_id, agent)
    assert "微信发送" not in facts(room, agent, public_id)


def test_one_customer_on_two_channels(room: World) -> None:
    agent, customer = room.staff("agent"), room.customer()
    web = room.conversation("网页上的话", customer=customer)
    wechat = room.conversation("微信里的话", customer=customer, channel="wechat")
    stranger = room.conversation("别人的话", customer=room.customer("王芳"))
    with pytest.raises(ConversationNotFound):
        facts(room, agent, web)
    room.taken(wechat, agent)
    assert web in facts(room, agent, wechat)
    with room.look() as session:
        thread = desk.open_thread(session, agent, web, room.clock())
    assert not thread.head.mine and any("网页上的话" in line.text for line in thread.lines)
    with pytest.raises(ConversationNotFound):
        facts(room, agent, stranger)


def test_another_agents_thread_of_the_same_customer_may_be_read(room: World) -> None:
    agent, colleague, customer = room.staff("agent"), room.staff("agent"), room.customer()
    web, wechat = (
        room.conversation("一", customer=customer),
        room.conversation(customer=customer, channel="wechat"),
    )
    room.taken(web, colleague)
    with pytest.raises(AlreadyTaken):
        facts(room, agent, web)
    room.taken(wechat, agent)
    assert facts(room, agent, web)
