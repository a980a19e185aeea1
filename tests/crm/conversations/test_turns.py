"""One turn in flight per conversation, in order, completed once."""

from integrations.crm.conversations import handoff, turns
from integrations.crm.conversations.service import Reply
from tests.crm.conversations.conftest import Desk


def test_turns_are_claimed_in_order_and_one_at_a_time(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "第一")
    desk.receive(name, "第二")
    first = desk.claim(name)
    assert first and first.text == "第一"
    assert desk.claim(name) is None
    desk.complete(first, "好的")
    second = desk.claim(name)
    assert second and second.text == "第二"


def test_the_lease_of_a_killed_process_ends(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "你好")
    assert desk.claim(name)
    desk.later(seconds=desk.settings.turn_seconds + 14)
    assert desk.claim(name) is None
    desk.later(seconds=2)
    assert desk.claim(name)


def test_a_restart_frees_all_leases(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "你好")
    desk.claim(name)
    with desk.database.transaction() as session:
        turns.release_leases(session)
    assert desk.claim(name)


def test_completing_twice_answers_once(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "你好")
    turn = desk.claim(name)
    assert turn
    desk.complete(turn, "您好")
    desk.complete(turn, "您好")
    assert [m.sender for m in desk.messages(name)] == ["customer", "bot"]
    assert desk.messages(name)[0].understood == {"intent": "greet", "confidence": 0.9}


def test_a_failed_turn_says_so_and_the_next_one_goes_on(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "你好")
    desk.receive(name, "在吗")
    turn = desk.claim(name)
    assert turn
    with desk.database.transaction() as session:
        turns.fail(session, turn, Reply("抱歉"), "timeout", desk.now)
    assert desk.messages(name)[0].turn == "failed"
    following = desk.claim(name)
    assert following and following.text == "在吗"


def test_an_answer_that_comes_after_an_agent_took_over_is_not_sent(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "你好")
    turn = desk.claim(name)
    agent = desk.staff("li")
    with desk.database.transaction() as session:
        handoff.take(session, name, agent, desk.now)
    assert turn
    desk.complete(turn, "您好")
    assert [m.sender for m in desk.messages(name)] == ["customer", "system"]


def test_the_bot_gets_a_fresh_dialogue_name_after_a_person(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "你好")
    before = desk.claim(name)
    agent = desk.staff("li")
    with desk.database.transaction() as session:
        handoff.take(session, name, agent, desk.now)
        handoff.hand_back(session, name, agent, desk.now)
        turns.release_leases(session)
    desk.receive(name, "余额")
    after = desk.claim(name)
    assert before and after and before.sender == f"{name}.1" and after.sender == f"{name}.2"
