"""The customer's chat page in a real browser."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.widget_pages import PHONE, open_chat, say, visitor_token
from tests.web_chat.server import ChatServer

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]


@pytest.fixture
def page(browser: Browser, server: ChatServer) -> Iterator[Page]:
    """The chat page, connected. Errors of its scripts fail the test."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1100, "height": 800})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
    open_chat(opened, server.base)
    yield opened
    context.close()
    assert problems == []


def test_a_question_is_answered(page: Page) -> None:
    expect(page.get_by_text("我是云川银行的智能助手")).to_be_visible()
    say(page, "你好")
    expect(page.locator(".qt-from-customer .qt-bubble")).to_have_text("你好")
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：你好")
    expect(page.locator(".qt-state")).to_have_count(0)
    expect(page.locator(".qt-time:visible")).to_contain_text("今天")


def test_enter_chooses_a_word_while_an_input_method_composes(page: Page) -> None:
    field = page.get_by_label("请输入您的问题")
    field.fill("ni hao")
    for settings in ({"isComposing": True}, {"keyCode": 229}):
        field.dispatch_event("keydown", {"key": "Enter", "bubbles": True, **settings})
    expect(page.locator(".qt-from-customer")).to_have_count(0)
    field.press("Shift+Enter")
    assert field.input_value() == "ni hao\n"
    field.press("Enter")
    expect(page.locator(".qt-from-customer")).to_have_count(1)


def test_what_customers_and_articles_say_stays_text(page: Page) -> None:
    say(page, "<img src=x onerror=alert(1)> 费用")
    expect(page.locator(".qt-from-customer .qt-bubble")).to_have_text("<img src=x onerror=alert(1)> 费用")
    answer = page.locator(".qt-from-bot .qt-bubble").last
    expect(answer.locator("ol > li")).to_have_count(2)
    expect(answer.locator("strong")).to_have_text("不超过1.5%")
    expect(answer.locator("a")).to_have_attribute("href", "https://bank.example/fee")
    expect(answer.locator("a")).to_have_attribute("rel", "noopener noreferrer")
    expect(answer.locator(".qt-source")).to_have_text("参考：基金费用")
    expect(page.locator(".qt-log img")).to_have_count(0)


def test_a_card_shows_its_rows_and_old_buttons_go(page: Page) -> None:
    page.get_by_role("button", name="查余额").click()
    card = page.locator(".qt-card")
    expect(card.get_by_role("heading")).to_have_text("储蓄卡（尾号6688）")
    expect(card.locator("dt")).to_have_text(["可用余额", "账户状态"])
    expect(card.locator("dd")).to_have_text(["¥53,208.16", "<b>正常</b>"])
    expect(page.get_by_role("button", name="贷款试算")).to_have_count(0)
    expect(page.get_by_role("button", name="转账进度")).to_be_visible()
    card.get_by_role("button", name="查看明细").click()
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：查交易明细")
    expect(page.get_by_role("button", name="转账进度")).to_have_count(0)
    expect(card.get_by_role("button")).to_have_count(0)


def test_typing_is_shown_until_the_answer(page: Page, server: ChatServer) -> None:
    server.delay = 0.8
    say(page, "你好")
    expect(page.get_by_role("status").filter(has_text="智能助手正在回复")).to_be_visible()
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：你好")
    expect(page.locator(".qt-typing")).to_be_hidden()


def test_a_reload_resumes_where_it_was(page: Page) -> None:
    say(page, "第一句")
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：第一句")
    page.reload()
    expect(page.locator(".qt-from-customer .qt-bubble")).to_have_text(["第一句"])
    expect(page.locator(".qt-from-bot .qt-bubble")).to_have_count(2)
    say(page, "第二句")
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：第二句")


def test_two_tabs_show_the_same(page: Page, server: ChatServer) -> None:
    other = page.context.new_page()
    open_chat(other, server.base)
    say(page, "你好")
    for tab in (page, other):
        expect(tab.locator(".qt-from-customer .qt-bubble")).to_have_text(["你好"])
        expect(tab.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：你好")


def test_a_message_without_a_line_fails_and_is_sent_again_under_its_id(
    page: Page, server: ChatServer
) -> None:
    say(page, "一")
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：一")
    server.stop()
    expect(page.get_by_text("正在重新连接")).to_be_visible()
    say(page, "二")
    resend = page.get_by_role("button", name="发送失败，点此重发")
    expect(resend).to_be_visible(timeout=15_000)
    server.start()
    expect(page.locator(".qt[data-state=online]")).to_be_visible(timeout=20_000)
    resend.click()
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：二")
    expect(page.locator(".qt-from-customer .qt-bubble")).to_have_text(["一", "二"])
    expect(resend).to_have_count(0)


def test_a_short_break_is_bridged_without_a_tap(page: Page, server: ChatServer) -> None:
    server.stop()
    say(page, "断线时发的")
    server.start()
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：断线时发的", timeout=15_000)
    expect(page.locator(".qt-from-customer")).to_have_count(1)


def test_an_unsent_message_survives_a_reload(page: Page, server: ChatServer) -> None:
    conversation = server.session(token=visitor_token(page, server))["conversation"]
    page.evaluate(
        "([name, saved]) => sessionStorage.setItem(`qiantai:outbox:${name}`, JSON.stringify(saved))",
        [conversation, [{"id": "kept", "text": "没发出去"}]],
    )
    page.reload()
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：没发出去")
    page.reload()
    expect(page.locator(".qt-from-customer .qt-bubble")).to_have_text(["没发出去"])


def test_being_offline_is_said(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.get_by_text("网络已断开")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("网络已断开")).to_be_hidden(timeout=10_000)
    say(page, "回来了")
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：回来了")


def test_the_head_shows_who_answers(page: Page, server: ChatServer) -> None:
    expect(page.locator(".qt-status")).to_have_text("智能助手在线")
    page.get_by_role("button", name="转人工").click()
    expect(page.locator(".qt-from-customer .qt-bubble")).to_have_text("转人工")
    conversation = server.session(token=visitor_token(page, server))["conversation"]
    server.take(conversation)
    expect(page.locator(".qt-status")).to_have_text("客服林晓为您服务")
    server.agent_says(conversation, "您好 <b>林晓</b>", "a-1")
    expect(page.locator(".qt-from-agent .qt-bubble")).to_have_text("您好 <b>林晓</b>")
    expect(page.locator(".qt-from-agent .qt-name")).to_have_text("客服林晓")


def test_large_letters_are_remembered(page: Page) -> None:
    bubble = page.locator(".qt-from-bot .qt-bubble").first
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    assert bubble.evaluate(size) == 16
    page.get_by_role("button", name="大字版").click()
    assert bubble.evaluate(size) > 20
    page.reload()
    expect(page.locator(".qt[data-large]")).to_be_visible()
    page.get_by_role("button", name="标准字").click()
    assert page.locator(".qt-from-bot .qt-bubble").first.evaluate(size) == 16


def test_an_image_is_previewed_sent_and_seen_again(page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "photo.jpg"
    Image.new("RGB", (800, 600), "teal").save(picture)
    page.locator("input[type=file]").set_input_files(picture)
    expect(page.get_by_alt_text("即将发送的图片")).to_be_visible()
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_alt_text("即将发送的图片")).to_have_count(0)
    page.locator("input[type=file]").set_input_files(picture)
    page.locator(".qt-preview-send").click()
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：［图片］")
    page.reload()
    seen = page.locator(".qt-from-customer .qt-picture")
    expect(seen).to_have_js_property("naturalWidth", 800)


def test_an_image_that_was_not_taken_can_be_sent_again(
    page: Page, server: ChatServer, tmp_path: Path
) -> None:
    picture = tmp_path / "photo.png"
    Image.new("RGB", (300, 300), "teal").save(picture)
    page.route("**/images", lambda route: route.abort(), times=1)
    page.locator("input[type=file]").set_input_files(picture)
    page.locator(".qt-preview-send").click()
    page.get_by_role("button", name="发送失败，点此重发").click()
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：［图片］")
    expect(page.locator(".qt-from-customer")).to_have_count(1)


def test_a_file_that_is_no_image_is_refused_at_once(page: Page, tmp_path: Path) -> None:
    fake = tmp_path / "fake.png"
    fake.write_bytes(b"<html><script>alert(1)</script></html>")
    page.locator("input[type=file]").set_input_files(fake)
    expect(page.get_by_role("alert")).to_contain_text("不是可以发送的图片")


def test_an_image_over_the_limit_is_made_smaller(page: Page, tmp_path: Path) -> None:
    noise = Image.effect_noise((2600, 2600), 90)
    data = io.BytesIO()
    noise.save(data, "PNG")
    picture = tmp_path / "large.png"
    picture.write_bytes(data.getvalue())
    assert picture.stat().st_size > 5 * 1024 * 1024
    page.locator("input[type=file]").set_input_files(picture)
    page.locator(".qt-preview-send").click()
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：［图片］", timeout=20_000)


def test_the_log_is_told_to_screen_readers(page: Page) -> None:
    log = page.get_by_role("log", name="聊天记录")
    expect(log).to_have_attribute("aria-live", "polite")
    for name in ("发送图片", "发送", "转人工", "大字版"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)


def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, server: ChatServer) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_chat(page, server.base)
    say(page, "长" * 300 + "https://bank.example/" + "a" * 200)
    say(page, "余额")
    expect(page.locator(".qt-card")).to_be_visible()
    page.get_by_role("button", name="大字版").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.locator(".qt-log").evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    box = page.locator(".qt-composer").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"] + 1
    small = "nodes => nodes.filter(n => n.offsetParent && n.offsetHeight < 40).map(n => n.className)"
    assert page.locator(".qt button").evaluate_all(small) == []
    context.close()
