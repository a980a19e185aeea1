"""One customer, one agent and one supervisor on the whole running system, each in a window of their own.

With QIANTAI_SCREENSHOTS=docs/images it also makes the pictures of the README.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from integrations.crm.staff.service import create_staff
from tests.system import System

pytestmark = [
    pytest.mark.live,
    pytest.mark.browser,
    pytest.mark.xdist_group("system"),
    pytest.mark.timeout(240),
]

NEW_PASSWORD = "correct-horse-battery"
CUSTOMER, PHONE, TAIL = "6000000003", "13900000003", "8800"
_SLOW = 20_000  # milliseconds until a page has shown what it should


@pytest.fixture
def window(browser: Browser) -> Iterator["Windows"]:
    windows = Windows(browser)
    yield windows
    for context in browser.contexts:
        context.close()
    assert windows.errors == []


class Windows:
    """Opens pages with nothing in common; an error in a page fails the test."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.errors: list[str] = []

    def __call__(self, width: int, height: int) -> Page:
        context = self.browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        context.set_default_timeout(_SLOW)
        expect.set_options(timeout=_SLOW)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("QIANTAI_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(600)
        page.screenshot(path=Path(folder) / f"{name}.png")


def sign_in(system: System, page: Page, username: str, name: str, role: str) -> None:
    """First sign-in of a new member of staff: one-time password, then their own."""
    with system.database.transaction() as session:
        _, password = create_staff(
            session, username=username, display_name=name, role=role, actor="test", now=datetime.now(UTC)
        )
    page.goto(f"{system.base}/console")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("button.primary")
    page.fill("[name=current]", password)
    page.fill("[name=new]", NEW_PASSWORD)
    page.fill("[name=repeated]", NEW_PASSWORD)
    page.click("button.primary")
    page.get_by_role("link", name="返回首页").click()


def say(page: Page, text: str, answer: str) -> None:
    page.get_by_label("请输入您的问题").fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_text(answer).last).to_be_visible()


def test_customer_agent_and_supervisor(system: System, window: Windows) -> None:
    customer = window(1180, 860)
    customer.goto(f"{system.base}/demo?customer={CUSTOMER}")
    customer.get_by_role("button", name="在线客服").click()
    say(customer, "查一下我的余额", "末四位")
    say(customer, TAIL, "验证码已发送")
    say(customer, system.last_code(PHONE), "存款合计")
    picture(customer, "widget")

    page = window(900, 860)
    page.goto(f"{system.base}/")
    say(page, "你好", "智能助手")
    say(page, "银行卡被ATM吞了怎么办", "来源")
    say(page, "存款利率是多少", "活期存款")
    picture(page, "chat")
    phone = window(390, 780)
    phone.goto(f"{system.base}/")
    say(phone, "贷款30万，20年，利率3.5%，等额本息每月还多少", "1,739.88")
    picture(phone, "phone")

    say(customer, "我要找人工", "人工")
    agent = window(1440, 860)
    sign_in(system, agent, "journey-agent", "小李", "agent")
    entry = agent.locator(".entry-main").filter(has_text="王").first
    entry.click()
    agent.click(".thread-head [data-do=take]")
    expect(customer.get_by_text("小李").last).to_be_visible()
    agent.fill("#composer", "您好，我是小李，请问有什么可以帮您？")
    agent.keyboard.press("Enter")
    expect(customer.get_by_text("您好，我是小李，请问有什么可以帮您？")).to_be_visible()
    customer.get_by_label("请输入您的问题").fill("想问一下大额存单还有额度吗")
    customer.keyboard.press("Enter")
    expect(agent.locator(".message.from-customer .bubble").last).to_have_text("想问一下大额存单还有额度吗")
    picture(agent, "desk")

    agent.click("[data-do=close]")
    agent.wait_for_timeout(500)
    agent.click("[data-do=close]")
    expect(customer.get_by_text("本次会话已结束")).to_be_visible()
    customer.get_by_role("button", name="5分").click()
    expect(customer.get_by_text("评价5分").last).to_be_visible()

    supervisor = window(1440, 860)
    sign_in(system, supervisor, "journey-supervisor", "张敏", "supervisor")
    supervisor.goto(f"{system.base}/console/review?text=大额存单还有额度")
    supervisor.get_by_role("link", name="查看").first.click()
    expect(supervisor.get_by_text("想问一下大额存单还有额度吗")).to_be_visible()
    expect(supervisor.locator("main.transcript")).to_contain_text("查余额")
    picture(supervisor, "review")


def test_a_visitor_is_not_doubled_by_a_reload(system: System, window: Windows) -> None:
    page = window(900, 800)
    page.goto(f"{system.base}/")
    say(page, "存款利率是多少", "活期存款")
    before = page.get_by_text("活期存款").count()
    page.reload()
    expect(page.get_by_text("活期存款").last).to_be_visible()
    assert page.get_by_text("活期存款").count() == before
    say(page, "你是谁", "机器人")
