"""Whatever process is killed and whatever part fails: nothing lost, doubled or reordered, and no silence."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import func, select

from integrations.crm.conversations.repository import get_conversation, latest_of_visitor
from integrations.crm.conversations.service import Reply, send
from integrations.crm.models import Message, OutboxItem, Ticket
from tests.dialogues.chat import Chat
from tests.gateway.fault_proxy import FaultProxy
from tests.system import System, free_port, make_settings
from tests.wechat.messenger_server import eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

APOLOGY = "没能处理您刚才的消息"


@pytest.fixture(scope="module")
def proxy_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, proxy_port: int) -> Iterator[System]:
    """A system of its own, its bot calling actions through the proxy."""
    folder = tmp_path_factory.mktemp("faults")
    settings = make_settings(folder, action_url=f"http://127.0.0.1:{proxy_port}/actions", turn_seconds=14)
    system = System(folder, settings)
    system.start()
    yield system
    system.stop()


@pytest.fixture(scope="module")
def proxy(system: System, proxy_port: int) -> Iterator[FaultProxy]:
    with FaultProxy(proxy_port, f"{system.base}/actions") as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def ledger(system: System, proxy: FaultProxy) -> Iterator[None]:
    """After every fault everything is answered once and in order."""
    proxy.mode = "pass"
    yield
    proxy.mode = "pass"
    system.wait_ready()
    deadline = time.monotonic() + 60
    while system.ledger().waiting and time.monotonic() < deadline:
        time.sleep(0.2)
    ledger = system.ledger()
    assert (ledger.waiting, ledger.unanswered, ledger.without_outbox, ledger.gaps) == (0, 0, 0, 0)


@pytest.fixture
def chat(system: System, ledger: None) -> Chat:
    return Chat(system)


def tickets(system: System) -> int:
    with system.database.reading() as session:
        return session.scalar(select(func.count(Ticket.id))) or 0


@contextmanager
def locked(system: System) -> Iterator[None]:
    """Another program holds the database's write lock."""
    path = system.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def test_bot_killed_while_a_turn_is_in_flight(system: System, chat: Chat) -> None:
    assert chat.say("你好").text
    seq = chat.send("存款利率是多少")
    system.kill(system.bot)
    system.bot.start()
    assert chat.wait_reply(seq).text


def test_a_long_absence_of_the_bot_gets_an_honest_message_and_a_person_is_reachable(
    system: System, chat: Chat
) -> None:
    system.kill(system.bot)
    try:
        said = chat.say("存款利率是多少")
        assert APOLOGY in said and "转人工" in said.buttons
        assert "人工客服" in chat.say("转人工")
    finally:
        system.bot.start()
        system.wait_ready()
    with system.database.reading() as session:
        assert get_conversation(session, chat.conversation).holder == "queued"
    assert chat.say("存款利率是多少").text


def test_a_form_survives_the_death_of_the_bot(system: System, chat: Chat) -> None:
    chat.say("我要投诉")
    system.kill(system.bot)
    system.bot.start()
    system.wait_ready()
    said = chat.say("昨天ATM吞了我的钱没人管，等了两个小时")
    assert APOLOGY not in said
    assert "投诉没有提交" in chat.say("取消")


def test_app_killed_right_after_the_commit_answers_after_its_restart(system: System, chat: Chat) -> None:
    seq = chat.send("信用卡年费怎么收")
    system.kill(system.app)
    system.app.start()
    system.wait_ready()
    assert chat.wait_reply(seq).text


def test_app_killed_before_the_commit_stores_nothing_and_the_repeat_is_one_message(
    system: System, chat: Chat
) -> None:
    chat.say("你好")
    before = system.ledger().received
    failed: list[Exception] = []

    def send() -> None:
        try:
            chat.send("信用卡年费怎么收", "the-same-id")
        except httpx.HTTPError as error:
            failed.append(error)

    with locked(system):
        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(1.0)
        system.kill(system.app)
        sender.join()
    assert failed, "an unacknowledged message must look unsent"
    system.app.start()
    system.wait_ready()
    assert system.ledger().received == before
    seq = chat.send("信用卡年费怎么收", "the-same-id")
    assert chat.send("信用卡年费怎么收", "the-same-id") == seq
    assert chat.wait_reply(seq).text
    assert system.ledger().received == before + 1


@pytest.mark.parametrize("mode", ["fail", "hang", "garbage"])
def test_a_broken_action_endpoint(system: System, chat: Chat, proxy: FaultProxy, mode: str) -> None:
    proxy.mode = mode
    said = chat.say("存款利率是多少")
    assert APOLOGY in said
    proxy.mode = "pass"
    assert APOLOGY not in chat.say("存款利率是多少")


def test_a_short_failure_of_actions_is_not_even_noticed(
    system: System, chat: Chat, proxy: FaultProxy
) -> None:
    proxy.mode = "fail"
    seq = chat.send("存款利率是多少")
    time.sleep(1.5)
    proxy.mode = "pass"
    assert APOLOGY not in chat.wait_reply(seq)


@pytest.mark.parametrize("mode", ["fail", "hang"])
def test_a_complaint_is_never_half_made(system: System, proxy: FaultProxy, mode: str) -> None:
    """Trap 1: the form's action fails in the middle; no ticket, no success message, nothing lost."""
    chat = Chat(system)
    before = tickets(system)
    chat.say("我要投诉")
    proxy.mode = mode
    said = chat.say("昨天在手机银行转账两次都失败，还扣了我手续费50元")
    assert APOLOGY in said and "登记" not in said.text
    assert tickets(system) == before
    proxy.mode = "pass"
    assert APOLOGY not in chat.say("昨天在手机银行转账两次都失败，还扣了我手续费50元")
    assert tickets(system) == before


def test_a_locked_database_for_ten_seconds(system: System, chat: Chat) -> None:
    chat.say("你好")
    replies: list[str] = []
    with locked(system):
        sender = threading.Thread(target=lambda: replies.append(chat.say("存款利率是多少").text))
        sender.start()
        time.sleep(10)
    sender.join()
    assert replies and replies[0]


def test_twenty_requests_with_one_id_get_one_reply(system: System, chat: Chat) -> None:
    threads = [threading.Thread(target=chat.send, args=("存款利率是多少", "one-id")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chat.wait_reply(1)
    time.sleep(1)
    messages = chat.messages()
    assert sum(1 for m in messages if m["from"] == "customer") == 1
    assert len({m["seq"] for m in messages}) == len(messages)
    assert all(m["reply_to"] == 1 for m in messages if m["from"] == "bot")


def test_wechat_gets_its_answer_once_though_the_app_dies_between_storing_and_sending(system: System) -> None:
    phone = system.wechat.phone("o-killed")
    system.kill(system.bot)
    pushed = asyncio.run(system.wechat.say("o-killed", "存款利率是多少"))
    assert pushed.delivered and pushed.reply is None
    system.kill(system.app)
    system.bot.start()
    system.app.start()
    system.wait_ready()
    eventually(lambda: phone.texts() or phone.menu_items(), 60)
    time.sleep(3)
    assert len([one for one in phone.shown if one.kind in ("text", "msgmenu")]) == 1
    assert system.wechat.service_faults == []


def test_what_wechat_may_have_got_before_the_app_died_is_not_sent_again(system: System) -> None:
    phone = system.wechat.phone("o-unsure")
    asyncio.run(system.wechat.say("o-unsure", "你好"))
    conversation = wechat_conversation(system, "o-unsure")
    system.wechat.inject("message/custom/send", "hang")
    before = len(system.wechat.api.calls_to("/cgi-bin/message/custom/send"))
    with system.database.transaction() as session:
        found = get_conversation(session, conversation)
        send(
            session, found, Reply("通知"), sender="system", external_id="notice-unsure", now=datetime.now(UTC)
        )
    eventually(lambda: len(system.wechat.api.calls_to("/cgi-bin/message/custom/send")) > before, 30)
    system.kill(system.app)
    system.app.start()
    system.wait_ready()
    eventually(lambda: delivery(system, "notice-unsure") == "unknown", 60)
    assert "通知" not in phone.texts()


def wechat_conversation(system: System, openid: str) -> str:
    with system.database.reading() as session:
        found = latest_of_visitor(session, "wechat", system.wechat.account.appid, openid)
        assert found is not None
        return found.public_id


def delivery(system: System, external_id: str) -> str | None:
    query = (
        select(OutboxItem.status)
        .join(Message, Message.id == OutboxItem.message_id)
        .where(Message.external_id == external_id)
    )
    with system.database.reading() as session:
        return session.scalar(query)
