"""Messages on their way through a messenger, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.conversations import channel_accounts, outbox
from integrations.crm.conversations.errors import CannotSend
from integrations.crm.conversations.outbox import LEASE
from integrations.crm.conversations.sending import check_sendable, sending_state
from integrations.crm.conversations.service import Reply, send
from integrations.crm.database import Database
from integrations.crm.models import Conversation, OutboxItem
from tests.builders import NOW, make_conversation

SECOND = timedelta(seconds=1)


def conversation(session: Session, user: str = "o-1") -> Conversation:
    return make_conversation(session, channel="wechat", account="wx1", external_user=user)


def tell(session: Session, to: Conversation, text: str) -> None:
    send(session, to, Reply(text), sender="bot", external_id=f"{to.id}:{text}", now=NOW)


def statuses(session: Session) -> list[str]:
    session.flush()
    return [row.status for row in session.query(OutboxItem).order_by(OutboxItem.id)]


def test_one_sender_takes_all_that_waits_in_order(database: Database) -> None:
    with database.transaction() as session:
        to = conversation(session)
        tell(session, to, "一")
        tell(session, to, "二")
        assert [parcel.text for parcel in outbox.take(session, to, NOW)] == ["一", "二"]
        tell(session, to, "三")
        assert outbox.take(session, to, NOW + SECOND) == []
        assert statuses(session) == ["sending", "sending", "pending"]


def test_what_was_taken_and_never_settled_may_have_arrived(database: Database) -> None:
    with database.transaction() as session:
        to = conversation(session)
        tell(session, to, "一")
        outbox.take(session, to, NOW)
        later = NOW + LEASE + SECOND
        assert outbox.waiting(session, "wechat", "wx1", later) == [to.public_id]
        assert outbox.take(session, to, later) == []
        assert statuses(session) == ["unknown"]
        assert outbox.waiting(session, "wechat", "wx1", later) == []


def test_parts_of_a_long_message_are_remembered(database: Database) -> None:
    with database.transaction() as session:
        to = conversation(session)
        tell(session, to, "一")
        parcel = outbox.take(session, to, NOW)[0]
        outbox.settle(session, to, parcel.item_id, "sending", NOW, parts_sent=1)
        outbox.settle(session, to, parcel.item_id, "pending", NOW, retry_at=NOW + 9 * SECOND)
        assert outbox.waiting(session, "wechat", "wx1", NOW) == []
        assert outbox.take(session, to, NOW) == []
        assert outbox.take(session, to, NOW, due_only=False)[0].parts_sent == 1


def test_a_final_state_stays(database: Database) -> None:
    with database.transaction() as session:
        to = conversation(session)
        tell(session, to, "一")
        parcel = outbox.take(session, to, NOW)[0]
        outbox.settle(session, to, parcel.item_id, "shown", NOW)
        outbox.settle(session, to, parcel.item_id, "pending", NOW)
        assert statuses(session) == ["shown"]


def test_only_the_accounts_own_conversations_wait_and_no_awaited_one(database: Database) -> None:
    with database.transaction() as session:
        mine, awaited = conversation(session), conversation(session, "o-2")
        other = make_conversation(session, channel="wechat", account="wx2")
        for to in (mine, awaited, other, make_conversation(session)):
            tell(session, to, "一")
        awaited.reply_awaited_until = NOW + SECOND
        session.flush()
        assert outbox.waiting(session, "wechat", "wx1", NOW) == [mine.public_id]
        assert set(outbox.waiting(session, "wechat", "wx1", NOW + 2 * SECOND)) == {
            mine.public_id,
            awaited.public_id,
        }


def test_a_push_opens_a_window_once_and_frees_what_was_held(database: Database) -> None:
    with database.transaction() as session:
        to = conversation(session)
        tell(session, to, "一")
        outbox.settle(session, to, outbox.take(session, to, NOW)[0].item_id, "held", NOW, error="quota_spent")
        outbox.note_interaction(session, to, "view-1", None, NOW)
        assert statuses(session) == ["held"]
        outbox.note_interaction(session, to, "m-1", "message", NOW)
        assert statuses(session) == ["pending"]
        assert outbox.is_known(session, "wechat", "wx1", "m-1")
        assert not outbox.is_known(session, "wechat", "wx2", "m-1")
        with pytest.raises(IntegrityError), session.begin_nested():
            outbox.note_interaction(session, to, "m-1", "message", NOW)


def test_the_window_counts_what_is_on_its_way(database: Database) -> None:
    with database.transaction() as session:
        to = conversation(session)
        with pytest.raises(CannotSend):
            check_sendable(session, to, NOW)
        outbox.note_interaction(session, to, "m-1", "message", NOW)
        for number in range(4):
            outbox.note_send(session, to, NOW + number * SECOND)
        session.flush()
        now = NOW + 9 * SECOND
        assert outbox.window_of(session, to, now).remaining == 1
        check_sendable(session, to, now)
        tell(session, to, "一")
        with pytest.raises(CannotSend) as refused:
            check_sendable(session, to, now)
        assert refused.value.data == {"reason": "quota_spent"}
        channel_accounts.account_row(session, "wechat", "wx1").may_send = False
        session.flush()
        check_sendable(session, to, now)
        state = sending_state(session, to, now)
        assert state is not None and state.remaining is None


def test_the_web_has_no_window(database: Database) -> None:
    with database.transaction() as session:
        to = make_conversation(session)
        assert sending_state(session, to, NOW) is None
        check_sendable(session, to, NOW)


def test_one_process_renews_a_token(database: Database) -> None:
    with database.transaction() as session:
        until = NOW + 15 * SECOND
        assert channel_accounts.start_refresh(session, "wechat", "wx1", NOW, until)
        assert not channel_accounts.start_refresh(session, "wechat", "wx1", NOW, until)
        assert channel_accounts.start_refresh(session, "wechat", "wx1", until + SECOND, until + 2 * SECOND)


def test_a_place_to_read_from_is_moved_on_by_one_reader_only(database: Database) -> None:
    account, until = ("wecom", "wk1"), NOW + 15 * SECOND
    with database.transaction() as session:
        channel_accounts.note_problem(session, *account, "60020")
        assert channel_accounts.move_cursor(session, *account, since=None, to="a", busy_until=until)
        assert not channel_accounts.move_cursor(session, *account, since=None, to="b", busy_until=until)
        assert not channel_accounts.start_refresh(session, *account, NOW, until)
    with database.reading() as session:
        row = channel_accounts.account_row(session, *account)
        assert (row.cursor, row.problem) == ("a", None)


def test_what_did_not_arrive_after_all_is_failed(database: Database) -> None:
    with database.transaction() as session:
        to, other = conversation(session), conversation(session, "o-2")
        for text in ("一", "二", "三"):
            tell(session, to, text)
        tell(session, other, "四")
        taken = [*outbox.take(session, to, NOW), *outbox.take(session, other, NOW)]
        for parcel in taken:
            outbox.settle(session, to, parcel.item_id, "shown", NOW)
        first, last = taken[1].item_id, taken[3].item_id
        outbox.note_loss(session, to, first, last, "wecom_fail_10", NOW)
        assert statuses(session) == ["shown", "failed", "failed", "shown"]
        assert outbox.undelivered(session, to) == ["wecom_fail_10"] * 2


def test_what_the_bot_said_while_a_person_served_elsewhere_is_not_sent_much_later(database: Database) -> None:
    with database.transaction() as session:
        to = conversation(session)
        send(session, to, Reply("旧"), sender="bot", external_id="1", now=NOW)
        send(session, to, Reply("坐席的话"), sender="agent", external_id="2", now=NOW)
        later = NOW + outbox.OVERTAKEN_AFTER + SECOND
        send(session, to, Reply("新"), sender="bot", external_id="3", now=later - 2 * SECOND)
        send(session, to, Reply("条数不够"), sender="bot", external_id="4", now=NOW)
        first, second, third, spent = outbox.take(session, to, NOW)
        for parcel in (first, second, third):
            outbox.settle(session, to, parcel.item_id, "held", NOW, error=outbox.OTHERS_SERVE)
        outbox.settle(session, to, spent.item_id, "held", NOW, error="quota_spent")
        outbox.note_interaction(session, to, "m1", "message", later)
        assert statuses(session) == ["failed", "pending", "pending", "pending"]


def test_a_sender_that_is_alive_keeps_what_it_took(database: Database) -> None:
    with database.transaction() as session:
        to = conversation(session)
        tell(session, to, "一")
        outbox.take(session, to, NOW)
        outbox.keep(session, to, NOW + 20 * SECOND)
        assert outbox.is_being_sent(session, to, NOW + LEASE + 10 * SECOND)
        assert outbox.take(session, to, NOW + LEASE + 10 * SECOND) == []
        assert statuses(session) == ["sending"]
