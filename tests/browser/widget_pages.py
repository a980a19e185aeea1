"""The chat in a browser, as both of its test modules need it."""

from playwright.sync_api import Page, ViewportSize, expect

from integrations.crm.conversations.service import Reply
from integrations.crm.conversations.turns import Turn
from tests.web_chat.server import ChatServer

PHONE: ViewportSize = {"width": 360, "height": 740}
CARD = {
    "kind": "account",
    "title": "储蓄卡（尾号6688）",
    "subtitle": "上海分行",
    "rows": [["可用余额", "¥53,208.16"], ["账户状态", "<b>正常</b>"]],
    "note": "数据截至今天",
    "buttons": [{"title": "查看明细", "payload": "查交易明细"}],
}
ARTICLE = (
    "费用如下：\n\n1. 申购费**不超过1.5%**\n2. 赎回费见 https://bank.example/fee 。\n\n"
    "<img src=x onerror=alert(1)>"
)


def answer(turn: Turn) -> list[Reply]:
    """What the stand-in for the bot says in these tests."""
    if "余额" in turn.text:
        return [
            Reply("已为您查到：", buttons=[{"title": "转账进度", "payload": "查转账进度"}]),
            Reply(card=CARD),
        ]
    if "费用" in turn.text:
        return [Reply(ARTICLE, article={"id": "fund-fees", "title": "基金费用"})]
    return [Reply(f"收到：{turn.text}")]


def open_chat(page: Page, address: str) -> None:
    """Load the page and wait until its line stands."""
    page.goto(address)
    expect(page.locator(".qt[data-state=online]")).to_be_visible()


def say(page: Page, text: str) -> None:
    """Write and press Enter."""
    page.get_by_label("请输入您的问题").fill(text)
    page.keyboard.press("Enter")


def visitor_token(page: Page, server: ChatServer) -> str:
    """What the browser remembers of the visitor."""
    return str(page.evaluate("origin => localStorage.getItem(`qiantai:token:${origin}`)", server.base))
