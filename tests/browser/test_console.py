"""Journeys through the staff console with a real browser."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from integrations.crm.conversations.service import Reply
from integrations.crm.models import AuditEntry, Message, Staff
from tests.browser.console_desk import Pages, entry, sent, take, waiting
from tests.console.world import PASSWORD, World, running_world

pytestmark = pytest.mark.browser
TAKEN = re.compile("已由 小[李王] 接待")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running console."""
    with running_world(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture
def pages(world: World, browser: Browser) -> Iterator[Pages]:
    """Windows of different people; errors in the browser fail the test."""
    opened = Pages(world, browser)
    yield opened
    for context in browser.contexts:
        context.close()
    assert opened.errors == []


def test_agent_from_sign_in_to_close(world: World, pages: Pages) -> None:
    agent = world.staff("agent", "小李")
    world.conversation("不该看到的会话")
    public_id = waiting(world, "我尾号8821的卡还有多少钱")
    page = pages.blank()
    page.goto(world.base + "/console")
    page.fill("[name=username]", agent.username)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    expect(page.locator(entry(page, public_id))).to_contain_text("我尾号8821的卡还有多少钱")
    assert "不该看到的会话" not in page.content()
    take(page, public_id)
    expect(page.locator(".message.from-customer .bubble")).to_have_text("我尾号8821的卡还有多少钱")
    expect(page.locator(".facts .understood")).to_contain_text("查余额")

    world.says(public_id, "人呢")
    expect(page.locator(".message.from-customer .bubble").nth(1)).to_have_text("人呢")
    page.fill("#composer", "您好，我来为您查。")
    page.keyboard.press("Enter")
    expect(page.locator(".message.from-agent .bubble")).to_have_text("您好，我来为您查。")
    expect(page.locator("#composer")).to_have_value("")

    page.click("[data-do=hand_back]")
    page.wait_for_timeout(500)
    page.click("[data-do=hand_back]")
    expect(page.locator(".blank-notice")).to_have_text("已交回助手")

    world.wants_person(public_id)
    take(page, public_id)
    page.dblclick("[data-do=close]")  # asks, and a double click is no answer
    expect(page.locator("[data-do=close]")).to_have_text("再点一次结束")
    page.wait_for_timeout(500)
    page.click("[data-do=close]")
    expect(page.locator(".state-closed")).to_be_visible()
    expect(page.locator("#composer")).to_be_hidden()
    with world.look() as session:
        query = select(AuditEntry.action).where(AuditEntry.target_id == public_id).order_by(AuditEntry.id)
        assert list(session.scalars(query)) == [
            "conversation.taken",
            "conversation.handed_back",
            "conversation.taken",
            "conversation.closed",
        ]


def test_two_agents_race(world: World, pages: Pages) -> None:
    public_id = waiting(world, "谁来接我")
    first = pages.of(world.staff("agent", "小李"))
    second = pages.of(world.staff("agent", "小王"))
    for page in (first, second):
        expect(page.locator(entry(page, public_id))).to_be_visible()
    first.evaluate(f"emitEvent('console', {{do: 'take', id: '{public_id}'}})")
    second.evaluate(f"emitEvent('console', {{do: 'take', id: '{public_id}'}})")
    notice = [page.get_by_text(TAKEN) for page in (first, second)]
    for page in (first, second):
        expect(page.locator("#composer").or_(page.get_by_text(TAKEN)).filter(visible=True)).to_have_count(1)
    assert sorted(one.count() for one in notice) == [0, 1]
    for page in (first, second):
        expect(page.locator(".desk-lists [data-do=take]" + f'[data-id="{public_id}"]')).to_have_count(0)
    with world.look() as session:
        query = select(AuditEntry.id).where(
            AuditEntry.target_id == public_id, AuditEntry.action == "conversation.taken"
        )
        assert len(session.scalars(query).all()) == 1


def test_reading_along_is_told_when_a_colleague_takes_it(world: World, pages: Pages) -> None:
    public_id = waiting(world, "请问")
    page = pages.of(world.staff("agent", "小王"), f"/console/desk?c={public_id}")
    expect(page.locator(".thread-note")).to_be_visible()
    world.taken(public_id, world.staff("agent", "小李"))
    expect(page.locator(".blank-notice")).to_have_text("已由 小李 接待")
    expect(page.locator(".desk")).not_to_contain_text("请问")


def test_enter_sends_but_not_while_composing(world: World, pages: Pages) -> None:
    public_id = waiting(world, "你好")
    page = pages.of(world.staff("agent"))
    take(page, public_id)
    page.click("#composer")
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    page.evaluate(
        """for (const init of [{isComposing: true}, {keyCode: 229}])
        document.querySelector('#composer').dispatchEvent(
          new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, ...init}))"""
    )
    expect(page.locator("#composer")).to_have_value("nihao")
    session.send("Input.insertText", {"text": "你好呀"})
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    expect(page.locator("#composer")).to_have_value("你好呀\n第二行")
    page.keyboard.press("Enter")
    expect(page.locator(".from-agent .bubble")).to_have_text("你好呀\n第二行")
    assert sent(world, "你好呀\n第二行") == 1


def test_double_click_and_lost_answer_make_one_message(world: World, pages: Pages) -> None:
    agent, public_id = world.staff("agent"), waiting(world, "你好")
    world.taken(public_id, agent)
    page = pages.of(agent, f"/console/desk?c={public_id}")  # as after a reload
    page.fill("#composer", "只发一次")
    page.dblclick("#send")
    expect(page.locator(".from-agent .bubble")).to_have_count(1)
    assert sent(world, "只发一次") == 1
    # The same id once more, as after a break of the line.
    with world.look() as session:
        row = session.scalars(select(Message).where(Message.text == "只发一次")).one()
    again = {
        "do": "send",
        "id": public_id,
        "text": "只发一次",
        "message": row.external_id.removeprefix("agent:"),
    }
    page.evaluate("data => emitEvent('console', data)", again)
    page.wait_for_timeout(500)
    assert sent(world, "只发一次") == 1


def test_drafts_stay_with_their_conversation_and_phrases_are_inserted(world: World, pages: Pages) -> None:
    one, two = waiting(world, "第一个"), waiting(world, "第二个")
    page = pages.of(world.staff("agent"))
    take(page, one)
    page.fill("#composer", "写到一半")
    take(page, two)
    expect(page.locator("#composer")).to_have_value("")
    page.click("[data-phrase] >> nth=1")
    expect(page.locator("#composer")).to_have_value("好的，请您稍等，我马上为您查询。")
    page.click(entry(page, one))
    expect(page.locator("#composer")).to_have_value("写到一半")
    page.reload()
    expect(page.locator("#composer")).to_have_value("写到一半")


def test_unread_marks_and_title(world: World, pages: Pages) -> None:
    one, two = waiting(world, "第一位"), waiting(world, "第二位")
    page = pages.of(world.staff("agent"))
    take(page, one)
    take(page, two)
    world.says(one, "还在吗")
    expect(page.locator(".unread-mark")).to_have_text("1")
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    page.click(entry(page, one))
    expect(page.locator(".unread-mark")).to_have_count(0)


def test_cards_images_and_markup(world: World, pages: Pages) -> None:
    public_id = world.conversation('<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>')
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), (20, 90, 160)).save(picture, "PNG")
    world.says(public_id, "", picture.getvalue())
    card = {"kind": "ticket", "title": "<b>投诉</b>", "rows": [["金额", "¥500.00"]]}
    world.bot_answers(public_id, Reply(card=card, buttons=[{"title": "确认", "payload": "确认"}]))
    world.wants_person(public_id)
    page = pages.of(world.staff("agent"), f"/console/desk?c={public_id}")
    expect(page.locator(".card b")).to_have_text("<b>投诉</b>")
    expect(page.locator(".message .bubble").first).to_contain_text("<script>window.hacked=1</script>")
    expect(page.locator(".choices")).to_have_text("确认")
    image = page.locator(".picture img")
    expect(image).to_be_visible()
    assert image.evaluate("node => node.decode().then(() => node.naturalWidth)") == 60
    assert page.evaluate("window.hacked") is None


def test_ended_session_leaves_the_desk_before_anything_is_done(world: World, pages: Pages) -> None:
    agent, public_id = world.staff("agent"), waiting(world, "你好")
    page = pages.of(agent)
    expect(page.locator(entry(page, public_id))).to_be_visible()
    with world.database.transaction() as session:
        session.get_one(Staff, agent.id).active = False
    page.click(f'.take[data-id="{public_id}"]')
    page.wait_for_url("**/console/sign-in?note=ended")
    with world.look() as session:
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.target_id == public_id)) is None


def test_supervisor_finds_and_reads(world: World, pages: Pages) -> None:
    public_id = world.conversation("我要投诉ATM吞卡", customer=world.customer("郑和平"))
    world.says(public_id, "在吗")
    world.bot_fails(public_id)
    page = pages.of(world.staff("supervisor", "王主管"), "/console/review")
    page.fill("[name=text]", "ATM吞卡")
    page.fill("[name=customer]", "郑和平")
    page.click(".filters button")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("郑**")
    page.click("tbody a")
    page.wait_for_url(f"**/console/review/{public_id}?**")
    expect(page.locator(".understood").first).to_contain_text("查余额")
    expect(page.locator(".message.failed")).to_contain_text("应答失败")
    page.click(".crumb a")
    expect(page.locator("[name=text]")).to_have_value("ATM吞卡")
    page.click("nav >> text=审计日志")
    expect(page.locator("tbody tr").first).to_contain_text("查阅会话记录")


def test_admin_creates_resets_and_switches_off(world: World, pages: Pages) -> None:
    page = pages.of(world.staff("admin", "陈管理"), "/console/staff")
    page.click("button:has-text('新建员工')")
    page.get_by_label("用户名").fill("zhang.san")
    page.get_by_label("姓名").fill("张三")
    page.click("button:has-text('创建')")
    first = page.locator("#one-time").inner_text()
    page.click("button:has-text('我已记下')")
    row = page.locator("tr", has_text="zhang.san")
    expect(row).to_contain_text("待改密")
    row.get_by_text("重置密码").click()
    page.click("button:has-text('确定')")
    expect(page.locator("#one-time")).not_to_have_text(first)
    second = page.locator("#one-time").inner_text()
    page.click("button:has-text('我已记下')")
    row.get_by_text("停用").click()
    page.click("button:has-text('确定')")
    expect(row).to_contain_text("已停用")
    answer = world.client().post("/console/sign-in", data={"username": "zhang.san", "password": second})
    assert answer.status_code == 401
    with world.look() as session:
        query = select(AuditEntry.action).where(AuditEntry.target_id == "zhang.san").order_by(AuditEntry.id)
        assert list(session.scalars(query)) == ["staff.create", "staff.reset_password", "staff.deactivate"]
