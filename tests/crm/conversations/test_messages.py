"""What is acknowledged is stored once, in order, without secrets."""

import threading

import pytest

from integrations.crm.conversations import repository, service
from integrations.crm.conversations.errors import ConversationNotFound, EmptyMessage, MessageTooLong
from integrations.crm.conversations.ledger import take_ledger
from integrations.crm.conversations.service import Reply
from tests.crm.conversations.conftest import Desk


def test_a_message_is_stored_and_waits_for_the_bot(desk: Desk) -> None:
    name = desk.conversation()
    receipt = desk.receive(name, "查余额")
    assert (receipt.message.seq, receipt.message.turn, receipt.duplicate) == (1, "pending", False)


def test_twenty_requests_with_one_id_are_one_message(desk: Desk) -> None:
    name = desk.conversation()
    receipts = [desk.receive(name, "你好", "one-id") for _ in range(20)]
    assert [r.duplicate for r in receipts] == [False] + [True] * 19
    assert len(desk.messages(name)) == 1


def test_simultaneous_messages_get_consecutive_numbers(desk: Desk) -> None:
    name = desk.conversation()
    threads = [threading.Thread(target=desk.receive, args=(name, "你好", f"id-{i}")) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [message.seq for message in desk.messages(name)] == list(range(1, 13))


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200f", "\ud800"])
def test_nothing_readable_is_refused(desk: Desk, text: str) -> None:
    name = desk.conversation()
    with pytest.raises(EmptyMessage):
        desk.receive(name, text)
    assert desk.messages(name) == []


def test_the_longest_message_is_stored_whole_and_a_longer_one_refused(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "投" * 10_000)
    assert len(desk.messages(name)[0].text) == 10_000
    with pytest.raises(MessageTooLong):
        desk.receive(name, "投" * 10_001)


@pytest.mark.parametrize(
    "text", ["👍🎉", "<script>alert(1)</script>", "'; DROP TABLE messages;--", "/restart", "السلام עולם"]
)
def test_odd_text_is_kept_as_it_is(desk: Desk, text: str) -> None:
    name = desk.conversation()
    desk.receive(name, text)
    assert desk.messages(name)[0].text == text


def test_secrets_are_not_stored(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "我的密码是135790，CVV 123")
    assert "135790" not in desk.messages(name)[0].text


def test_another_visitors_conversation_does_not_exist(desk: Desk) -> None:
    name = desk.conversation("alice")
    with desk.database.reading() as session, pytest.raises(ConversationNotFound):
        repository.get_conversation(session, name, external_user="bob")


def test_a_visitor_comes_back_to_the_same_conversation(desk: Desk) -> None:
    assert desk.conversation("alice") == desk.conversation("alice") != desk.conversation("bob")


def test_shown_messages_close_their_outbox_rows(desk: Desk) -> None:
    name = desk.conversation()
    for number in range(3):
        with desk.database.transaction() as session:
            conversation = repository.lock_conversation(session, name)
            service.send(
                session, conversation, Reply("好"), sender="bot", external_id=f"r{number}", now=desk.now
            )
    with desk.database.transaction() as session:
        conversation = repository.lock_conversation(session, name)
        assert service.mark_shown(session, conversation, 2, desk.now) == 2
        assert service.mark_shown(session, conversation, 2, desk.now) == 0
    with desk.database.reading() as session:
        ledger = take_ledger(session)
        assert (ledger.replies, ledger.shown, ledger.gaps, ledger.without_outbox) == (3, 2, 0, 0)


def test_the_ledger_sees_what_is_missing(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, "你好")
    turn = desk.claim(name)
    assert turn
    desk.complete(turn)  # no reply at all
    desk.receive(name, "在吗")
    with desk.database.transaction() as session:
        repository.lock_conversation(session, name).last_seq += 1
    with desk.database.reading() as session:
        ledger = take_ledger(session)
    assert (ledger.received, ledger.unanswered, ledger.waiting, ledger.gaps) == (2, 1, 1, 1)
