"""The queue, taking, handing back, closing."""

from datetime import UTC, datetime

import pytest

from integrations.crm.conversations import handoff, repository
from integrations.crm.conversations.errors import AlreadyTaken, NotHolding
from integrations.crm.conversations.handoff_note import Attempt, handoff_note
from integrations.crm.conversations.handoff_request import asks_for_person
from integrations.crm.conversations.service_hours import is_open, spoken
from tests.crm.conversations.conftest import Desk


def test_place_in_the_queue(desk: Desk) -> None:
    places = []
    for user in ("a", "b", "c"):
        places.append(desk.request_person(desk.conversation(user)).ahead)
        desk.later(seconds=1)
    assert places == [0, 1, 2]


def test_urgent_and_important_customers_come_first(desk: Desk) -> None:
    plain = desk.conversation("plain")
    vip = desk.conversation("vip", desk.customer("C2", "vip"))
    stolen = desk.conversation("stolen")
    for name, reason in ((plain, "requested"), (vip, "requested"), (stolen, "fraud")):
        desk.request_person(name, reason)
        desk.later(seconds=1)
    with desk.database.reading() as session:
        assert [c.public_id for c in repository.queue(session)] == [stolen, vip, plain]


def test_asking_again_keeps_the_place_and_a_better_reason_improves_it(desk: Desk) -> None:
    first, second = desk.conversation("a"), desk.conversation("b")
    desk.request_person(first)
    desk.later(seconds=5)
    desk.request_person(second)
    desk.later(seconds=5)
    assert desk.request_person(second).ahead == 1
    assert desk.request_person(second, "fraud").ahead == 0
    assert desk.request_person(second).ahead == 0


@pytest.mark.parametrize(("hour", "accepted"), [(12, False), (13, True), (21, False), (3, False)])
def test_outside_service_hours_only_urgent_lanes_queue(desk: Desk, hour: int, accepted: bool) -> None:
    desk.now = datetime(2026, 11, 20, (hour - 8) % 24, 0, tzinfo=UTC)
    name = desk.conversation()
    assert desk.request_person(name).accepted is accepted
    assert desk.request_person(name, "fraud").accepted is True


def test_service_hours_to_the_second(desk: Desk) -> None:
    periods = desk.settings.service_periods()
    assert spoken(periods) == "08:30–12:00、13:00–21:00"
    assert not is_open(periods, datetime(2026, 11, 20, 0, 29, 59, tzinfo=UTC))
    assert is_open(periods, datetime(2026, 11, 20, 0, 30, tzinfo=UTC))
    assert is_open(periods, datetime(2026, 11, 20, 3, 59, 59, tzinfo=UTC))
    assert not is_open(periods, datetime(2026, 11, 20, 4, 0, tzinfo=UTC))


def test_of_two_agents_one_wins_and_the_other_is_told(desk: Desk) -> None:
    name = desk.conversation()
    first, second = desk.staff("li"), desk.staff("wang")
    with desk.database.transaction() as session:
        handoff.take(session, name, first, desk.now)
    with desk.database.transaction() as session, pytest.raises(AlreadyTaken) as refused:
        handoff.take(session, name, second, desk.now)
    assert refused.value.data == {"agent": "坐席li"}


def test_while_a_person_answers_the_bot_gets_no_turns(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "第一")
    agent = desk.staff("li")
    with desk.database.transaction() as session:
        handoff.take(session, name, agent, desk.now)
    assert desk.receive(name, "第二").message.turn == "human"
    assert desk.claim(name) is None


def test_only_the_holder_answers_hands_back_and_closes(desk: Desk) -> None:
    name = desk.conversation()
    agent, other = desk.staff("li"), desk.staff("wang")
    with desk.database.transaction() as session:
        handoff.take(session, name, agent, desk.now)
        handoff.answer(session, name, agent, "您好", "m1", desk.now)
        handoff.answer(session, name, agent, "您好", "m1", desk.now)
        for action in (handoff.hand_back, handoff.close):
            with pytest.raises(NotHolding):
                action(session, name, other, desk.now)
    assert [m.sender for m in desk.messages(name)] == ["system", "agent"]


def test_a_closed_conversation_reopens_with_the_bot(desk: Desk) -> None:
    name = desk.conversation()
    agent = desk.staff("li")
    with desk.database.transaction() as session:
        handoff.take(session, name, agent, desk.now)
        handoff.close(session, name, agent, desk.now)
    assert desk.get(name).holder == "closed"
    assert desk.receive(name, "还有问题").message.turn == "pending"
    assert (desk.get(name).holder, desk.get(name).bot_session) == ("bot", 2)


def test_leaving_the_queue(desk: Desk) -> None:
    name = desk.conversation()
    desk.request_person(name)
    with desk.database.transaction() as session:
        conversation = repository.lock_conversation(session, name)
        assert handoff.leave_queue(session, conversation) is True
        assert handoff.leave_queue(session, conversation) is False
    assert desk.get(name).holder == "bot"


def test_the_note_lasts_as_long_as_the_waiting_and_the_talk(desk: Desk) -> None:
    name, agent = desk.conversation(), desk.staff("li")
    desk.request_person(name, "not_understood", note="问「年费」：助手没有找到答案")
    desk.request_person(name)
    assert desk.get(name).handoff_note == "问「年费」：助手没有找到答案"
    with desk.database.transaction() as session:
        handoff.take(session, name, agent, desk.now)
    assert desk.get(name).handoff_note
    with desk.database.transaction() as session:
        handoff.hand_back(session, name, agent, desk.now)
    assert desk.get(name).handoff_note is None


def test_a_new_wait_does_not_show_an_old_note(desk: Desk) -> None:
    name, agent = desk.conversation(), desk.staff("li")
    desk.request_person(name, "not_understood", note="问「年费」：助手没有找到答案")
    with desk.database.transaction() as session:
        handoff.take(session, name, agent, desk.now)
        handoff.close(session, name, agent, desk.now)
    desk.receive(name, "人工")
    desk.request_person(name)
    assert desk.get(name).handoff_note is None


def test_the_note_names_question_titles_and_outcome() -> None:
    note = handoff_note(
        [
            Attempt("年费\u200b多少", ("储蓄卡年费", "信用卡年费"), "none_fits"),
            Attempt("长" * 70, (), "not_understood"),
        ]
    )
    first, second = note.split("\n")
    assert first == "问「年费多少」：已给出《储蓄卡年费》、《信用卡年费》，客户表示都不是"
    assert second == f"问「{'长' * 60}…」：助手没有找到答案"


@pytest.mark.parametrize("text", ["人工", "转人工", "我要人工客服", "找真人", "请转人工服务", "叫个活人！"])
def test_a_plain_wish_for_a_person(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize("text", ["人工智能是什么", "人工费多少", "转账给客服", "查余额", ""])
def test_other_words_are_no_wish_for_a_person(text: str) -> None:
    assert not asks_for_person(text)
