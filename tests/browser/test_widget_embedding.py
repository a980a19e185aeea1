"""The chat on a page of another origin, by one script tag."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.widget_pages import PHONE, say, visitor_token
from tests.web_chat.server import ChatServer

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

HOST_PAGE = """<!doctype html><html lang="zh-CN"><head><title>某银行</title>
<style>* {{ color: red !important; font-size: 40px }} button {{ display: none }}</style></head>
<body><h1>网上银行</h1>
<script src="{base}/chat/widget.js" data-bank-token="{token}" async></script></body></html>"""


@pytest.fixture
def bank(server: ChatServer, tmp_path: Path) -> Iterator[ChatServer]:
    """The bank's own site on another origin."""
    folder = tmp_path / "bank"
    folder.mkdir()
    pages = {
        "/": HOST_PAGE.format(base=server.base, token=server.bank_token()),
        "/guest": HOST_PAGE.format(base=server.base, token=""),
        "/expired": HOST_PAGE.format(base=server.base, token=server.bank_token(hours=-1)),
    }
    # The chat's own page at / gives way to the bank's.
    started = ChatServer(folder, pages={f"/bank{path}": text for path, text in pages.items()})
    yield started
    started.close()


def _widget(browser: Browser, address: str, viewport: ViewportSize | None = None) -> Page:
    page = browser.new_context(locale="zh-CN", viewport=viewport or {"width": 1200, "height": 800}).new_page()
    page.goto(address)
    expect(page.get_by_role("button", name="打开在线客服")).to_be_visible()
    return page


def test_one_script_tag_brings_the_chat_to_another_origin(
    browser: Browser, server: ChatServer, bank: ChatServer
) -> None:
    page = _widget(browser, f"{bank.base}/bank/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="在线客服")
    expect(dialog).to_be_visible()
    expect(page.get_by_label("请输入您的问题")).to_be_focused()
    page.keyboard.type("你好")
    page.keyboard.press("Enter")
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：你好")
    assert server.session(bank_token=server.bank_token())["messages"][0]["text"] == "你好"
    red = page.locator(".qt-from-bot .qt-bubble").last.evaluate("node => getComputedStyle(node).color")
    assert red != "rgb(255, 0, 0)"
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('token'))") == []
    page.context.close()


def test_escape_closes_and_new_messages_are_counted(
    browser: Browser, server: ChatServer, bank: ChatServer
) -> None:
    page = _widget(browser, f"{bank.base}/bank/guest")
    launcher = page.get_by_role("button", name="打开在线客服")
    launcher.click()
    say(page, "你好")
    expect(page.locator(".qt-from-bot .qt-bubble").last).to_have_text("收到：你好")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_be_focused()
    conversation = server.session(token=visitor_token(page, server))["conversation"]
    server.take(conversation)
    server.agent_says(conversation, "您好", "a-1")
    expect(page.locator(".qt-badge")).to_have_text("2")
    expect(page.get_by_role("button", name="2 条新消息")).to_be_visible()
    page.reload()
    expect(page.locator(".qt-badge")).to_have_text("2")
    launcher.click()
    page.get_by_role("button", name="关闭聊天窗口").click()
    expect(page.locator(".qt-badge")).to_be_hidden()
    page.context.close()


def test_on_a_phone_the_widget_fills_the_screen(browser: Browser, bank: ChatServer) -> None:
    page = _widget(browser, f"{bank.base}/bank/guest", PHONE)
    page.get_by_role("button", name="打开在线客服").click()
    expect(page.locator(".qt[data-state=online]")).to_be_visible()
    time.sleep(0.3)  # the panel rises for 0.18 s
    box = page.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, **PHONE}
    page.context.close()


def test_an_expired_sign_in_is_said(browser: Browser, bank: ChatServer) -> None:
    page = _widget(browser, f"{bank.base}/bank/expired")
    page.get_by_role("button", name="打开在线客服").click()
    expect(page.get_by_text("登录已过期，请刷新页面后继续")).to_be_visible()
    page.context.close()
