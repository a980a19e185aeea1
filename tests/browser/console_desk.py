"""Windows on the staff console and what people do in them, for the journeys."""

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from integrations.console.access import COOKIE
from integrations.crm.models import Message, Staff
from tests.console.world import World


class Pages:
    """Opens a window of its own for each person."""

    def __init__(self, world: World, browser: Browser) -> None:
        self.world = world
        self.browser = browser
        self.errors: list[str] = []

    def blank(self) -> Page:
        context = self.browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(30_000)
        return page

    def of(self, staff: Staff, path: str = "/console/desk") -> Page:
        page = self.blank()
        token = self.world.client(staff).cookies[COOKIE]
        page.context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": token,
                    "domain": "127.0.0.1",
                    "path": "/console",
                    "sameSite": "Strict",
                }
            ]
        )
        page.goto(self.world.base + path)
        return page


def entry(page: Page, public_id: str) -> str:
    return f'.entry-main[data-id="{public_id}"]'


def waiting(world: World, *texts: str, reason: str = "requested") -> str:
    public_id = world.conversation(*texts)
    world.wants_person(public_id, reason)
    return public_id


def sent(world: World, text: str) -> int:
    with world.look() as session:
        return len(session.scalars(select(Message.id).where(Message.text == text)).all())


def take(page: Page, public_id: str) -> None:
    page.click(entry(page, public_id))
    page.click(".thread-head [data-do=take]")
    expect(page.locator("#composer")).to_be_visible()
