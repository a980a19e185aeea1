"""What the desk and the review show, on SQLite and PostgreSQL, without a browser."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from integrations.console import desk, desk_actions, review
from integrations.console.read_marks import ReadMarks
from integrations.console.rendering import render
from integrations.crm.conversations import handoff, repository
from integrations.crm.conversations.errors import (
    AlreadyTaken,
    ConversationNotFound,
    EmptyMessage,
    MessageTooLong,
    NotHolding,
)
from integrations.crm.models import Message, Staff
from tests.console.world import World


def lists(room: World, agent: Staff, marks: ReadMarks | None = None) -> desk.Lists:
    with room.look() as session:
        return desk.lists(session, agent, marks or ReadMarks())


def opened(room: World, agent: Staff, public_id: str) -> desk.Thread:
    with room.look() as session:
        return desk.open_thread(session, agent, public_id, room.clock())


def answered(room: World, agent: Staff, public_id: str, text: str, message_id: str = "id-00000001") -> int:
    with room.database.transaction() as session:
        return desk_actions.answer(session, public_id, agent, text, message_id, room.clock())


def test_queue_is_urgent_first_then_by_time(room: World) -> None:
    early, late, vip, lost, fraud = (
        room.conversation("你好", customer=customer)
        for customer in (None, None, room.customer("王芳", "vip"), None, None)
    )
    for public_id, reason, minutes in (
        (late, "requested", 5),
        (early, "requested", 50),
        (vip, "requested", 1),
        (lost, "card_loss", 2),
        (fraud, "fraud", 0),
    ):
        room.wants_person(public_id, reason, minutes)
    queue = lists(room, room.staff("agent")).queue
    assert [row.public_id for row in queue] == [fraud, lost, vip, early, late]
    assert [row.place for row in queue] == [1, 2, 3, 4, 5]
    assert [row.urgent for row in queue] == [True, True, False, False, False]


def test_nothing_unmasked_reaches_the_page(room: World) -> None:
    customer = room.customer("欧阳晓雯")
    public_id = room.conversation("你好", customer=customer)
    room.wants_person(public_id)
    agent = room.staff("agent")
    thread, shown = opened(room, agent, public_id), lists(room, agent)
    html = render("facts.html", f=thread.facts) + render("head.html", h=thread.head)
    html += render("lists.html", mine=shown.mine, queue=shown.queue, here="", now=room.clock())
    assert "欧阳**" in html
    for secret in ("欧阳晓雯", customer.id_number, customer.contact_points[0].value):
        assert secret not in html


def test_unread_counts_what_came_after_the_last_answer_and_the_mark(room: World) -> None:
    agent, marks, public_id = room.staff("agent"), ReadMarks(), room.conversation("你好")
    room.wants_person(public_id)
    room.taken(public_id, agent)
    assert lists(room, agent, marks).mine[0].unread == 0
    room.says(public_id, "在吗")
    room.says(public_id, "你好？")
    assert lists(room, agent, marks).mine[0].unread == 2
    thread = opened(room, agent, public_id)
    with room.look() as session:
        marks.mark(agent.id, desk.visible(session, agent, public_id).id, thread.last_seq)
    assert lists(room, agent, marks).mine[0].unread == 0
    assert lists(room, agent, ReadMarks()).mine[0].unread == 2  # forgotten is at worst shown again
    answered(room, agent, public_id, "在的")
    assert lists(room, agent, ReadMarks()).mine[0].unread == 0


def test_who_may_open_what(room: World) -> None:
    mine, other = room.staff("agent", "小李"), room.staff("agent", "小王")
    public_id = room.conversation("你好")
    with pytest.raises(ConversationNotFound):  # the bot holds it
        opened(room, mine, public_id)
    room.wants_person(public_id)
    assert opened(room, other, public_id).head.mine is False
    room.taken(public_id, mine)
    assert opened(room, mine, public_id).head.mine is True
    with pytest.raises(AlreadyTaken) as refused:
        opened(room, other, public_id)
    assert refused.value.data["agent"] == "小李"
    with room.database.transaction() as session:
        handoff.close(session, public_id, session.get_one(Staff, mine.id), room.clock())
    assert opened(room, mine, public_id).head.holder == "closed"
    with pytest.raises(ConversationNotFound):
        opened(room, other, public_id)


def test_only_waiting_conversations_are_taken(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation("你好")
    with room.database.transaction() as session, pytest.raises(ConversationNotFound):
        desk_actions.take(session, public_id, agent, room.clock())


def test_the_same_id_is_one_message(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation("你好")
    room.wants_person(public_id)
    room.taken(public_id, agent)
    assert answered(room, agent, public_id, "您好") == answered(room, agent, public_id, "您好")
    with room.look() as session:
        assert session.scalar(select(func.count(Message.id)).where(Message.sender == "agent")) == 1


def test_what_an_agent_may_not_send(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation("你好")
    room.wants_person(public_id)
    with pytest.raises(NotHolding):
        answered(room, agent, public_id, "您好")
    room.taken(public_id, agent)
    with pytest.raises(EmptyMessage):
        answered(room, agent, public_id, " \u200b\n")
    with pytest.raises(MessageTooLong):
        answered(room, agent, public_id, "长" * 10_001)
    for message_id in ("", "short", "x" * 65, "id 00000001", "编号编号编号编号"):
        with pytest.raises(ValueError, match="message id"):
            answered(room, agent, public_id, "您好", message_id)
    with pytest.raises(NotHolding):
        answered(room, room.staff("agent"), public_id, "您好")


def test_secrets_in_an_agents_words_are_not_stored(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation("你好")
    room.wants_person(public_id)
    room.taken(public_id, agent)
    answered(room, agent, public_id, "您的卡号是6222021234567890123，验证码123456")
    text = opened(room, agent, public_id).lines[-1].text
    assert "6222021234567890123" not in text
    assert "123456，" not in text
    assert "验证码123456" not in text


def test_long_conversations_show_their_end(room: World) -> None:
    agent, public_id = room.staff("agent"), room.conversation()
    for number in range(230):
        room.says(public_id, f"第{number}句")
    room.wants_person(public_id)
    thread = opened(room, agent, public_id)
    assert len(thread.lines) == desk.SHOWN_AT_ONCE
    assert thread.earlier == 30
    assert thread.lines[-1].text == "第229句"


def test_markup_from_everywhere_is_text(room: World) -> None:
    bad = '<img src=x onerror="alert(1)">'
    public_id = room.conversation(bad)
    room.says(public_id, bad)
    room.bot_answers(public_id, understood={"intent": bad, "confidence": 1, "action": bad, "ms": 1})
    agent = room.staff("agent", bad)
    room.wants_person(public_id)
    thread = opened(room, agent, public_id)
    html = "".join(render("line.html", m=line, new_day=True) for line in thread.lines)
    html += render("facts.html", f=thread.facts)
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_a_ticket_says_once_what_it_is(room: World) -> None:
    agent, customer = room.staff("agent"), room.customer()
    public_id = room.conversation("您好", customer=customer)
    room.ticket(customer, "投诉转账迟迟不到账")
    room.ticket(customer, "转账迟迟不到账")
    room.wants_person(public_id)
    html = render("facts.html", f=opened(room, agent, public_id).facts)
    assert "<p>投诉转账迟迟不到账</p>" in html
    assert "<p>投诉 · 转账迟迟不到账</p>" in html


def test_what_the_bot_has_tried_stands_beside_the_reason(room: World) -> None:
    public_id, agent = room.conversation("年费多少"), room.staff("agent")
    tried = "问「年费多少」：已给出《<b>年费</b>》，客户表示不对\n问「阿巴」：助手没有找到答案"
    with room.database.transaction() as session:
        conversation = repository.lock_conversation(session, public_id)
        handoff.request_person(
            session, conversation, "not_understood", room.clock(), room.settings, note=tried
        )
    waiting = opened(room, agent, public_id).facts
    room.taken(public_id, agent)
    for facts in (waiting, opened(room, agent, public_id).facts):
        assert facts.note == tried
        html = render("facts.html", f=facts)
        assert "助手未能理解" in html and "已给出《&lt;b&gt;年费&lt;/b&gt;》" in html
    other = room.conversation("你好")
    room.wants_person(other)
    assert "助手已尝试" not in render("facts.html", f=opened(room, agent, other).facts)


def test_review_finds_by_words_customer_date_and_channel(room: World) -> None:
    customer = room.customer("郑和平")
    wanted = room.conversation("我的ATM吞卡了", customer=customer)
    room.conversation("今天天气")
    room.says(wanted, "在吗")
    room.bot_fails(wanted)
    agent = room.staff("agent", "小李")
    room.wants_person(wanted)
    room.taken(wanted, agent)
    today = (room.clock() + timedelta(hours=8)).date()
    with room.look() as session:
        for search in (
            review.Search(text="吞卡"),
            review.Search(customer="郑和"),
            review.Search(customer=customer.number, since=today, until=today, channel="web"),
        ):
            assert [row.public_id for row in review.search(session, search)] == [wanted]
        for search in (
            review.Search(text="%"),
            review.Search(text="吞卡", channel="wechat"),
            review.Search(text="吞卡", until=today - timedelta(days=1)),
            review.Search(text="吞卡", since=today + timedelta(days=1)),
        ):
            assert review.search(session, search) == []
        row = review.search(session, review.Search(text="吞卡"))[0]
    assert (row.failed_turns, row.agents, row.name) == (1, ("小李",), "郑**")


def test_transcript_tells_turns_and_holders(room: World) -> None:
    public_id = room.conversation("你好")
    room.says(public_id, "在吗")
    room.bot_fails(public_id)
    agent, supervisor = room.staff("agent", "小李"), room.staff("supervisor")
    room.wants_person(public_id)
    room.taken(public_id, agent)
    with room.database.transaction() as session:
        handoff.hand_back(session, public_id, session.get_one(Staff, agent.id), room.clock())
    with room.database.transaction() as session:
        found = review.open_transcript(session, supervisor, public_id, room.clock())
    assert (found.turns, found.failed_turns) == (2, 1)
    assert [change.text for change in found.changes] == ["小李 接管", "小李 交回助手"]
    html = render("transcript.html", t=found, query="")
    for part in ("查余额", "97%", "action_balance", "12 ms", "应答失败"):
        assert part in html
