"""Journeys around the customer in the staff console, with a real browser."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from integrations.crm.customers import profiles
from integrations.crm.models import AuditEntry, Message, Recommendation
from integrations.crm.recommendations import model_file
from tests.browser.console_desk import Pages, take, waiting
from tests.console.customers import account as add_account
from tests.console.customers import (
    assessed,
    likely_to_leave,
    managed_by,
    movement,
    rich_customer,
)
from tests.console.world import World, running_world

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running console."""
    with running_world(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture(autouse=True)
def no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MODEL_FILE", tmp_path / "model.npz")


@pytest.fixture
def pages(world: World, browser: Browser) -> Iterator[Pages]:
    """Windows of different people; errors in the browser fail the test."""
    opened = Pages(world, browser)
    yield opened
    for context in browser.contexts:
        context.close()
    assert opened.errors == []


def no_sideways_scrolling(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_from_the_search_to_the_whole_customer(world: World, pages: Pages) -> None:
    customer = rich_customer(world, "上官云")
    movement(world, add_account(world, customer), world.clock(), 1_234_500)
    assessed(world, customer, 4)
    with world.database.transaction() as session:
        profiles.recompute(session, [customer.id], world.clock())
    phone = customer.contact_points[0].value
    page = pages.of(world.staff("supervisor", "王主管"), "/console/customers")
    page.get_by_label("姓名、客户号或手机号").fill(phone)
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert phone not in page.url and phone not in page.locator("table").inner_text()
    page.click("tbody a")
    expect(page.locator("h1")).to_have_text("上官*")
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.locator(".assessment-valid")).to_have_text("有效")
    page.click("summary:has-text('以表格查看')")
    expect(page.locator(".activity tbody tr").last).to_contain_text("¥12,345.00")

    page.click("[data-do=reveal]")
    page.click("button:has-text('确定')")
    expect(page.get_by_text("请写明用途（至少 2 个字）")).to_be_visible()
    page.get_by_label("用途").fill("回访核对")
    page.keyboard.press("Enter")
    expect(page.locator(".revealed")).to_contain_text(phone)
    page.click("[data-do=hide]")
    expect(page.locator(".customer-side")).not_to_contain_text(phone)
    with world.look() as session:
        query = select(AuditEntry.action).where(AuditEntry.target_id == str(customer.id))
        assert list(session.scalars(query.order_by(AuditEntry.id))) == ["customer.open", "customer.reveal"]


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_pages_fit_the_screen(world: World, pages: Pages, width: int) -> None:
    customer = rich_customer(world)
    likely_to_leave(world, customer, 0.9, "最近两个月没有主动交易")
    world.ticket(customer, "ATM取款未出钞已扣款")
    page = pages.of(world.staff("supervisor"), f"/console/customers/{customer.number}")
    page.set_viewport_size({"width": width, "height": 844})
    for path in (f"customers/{customer.number}", "customers", "warnings"):
        page.goto(f"{world.base}/console/{path}")
        expect(page.locator("h1")).to_be_visible()
        assert no_sideways_scrolling(page), path


def test_an_agent_offers_a_product_and_is_stopped(world: World, pages: Pages) -> None:
    customer = rich_customer(world, "司徒明")
    agent = world.staff("agent", "小李")
    public_id = world.conversation("有什么推荐", customer=customer)
    world.verified(public_id)
    world.wants_person(public_id)
    page = pages.of(agent)
    take(page, public_id)
    page.click("[data-do=offers]")
    offers = page.locator(".offer-list li")
    expect(offers.first).to_be_visible()
    name = offers.first.locator("b").inner_text()
    page.locator("[data-do=offer]").first.dblclick()
    expect(page.locator(".from-agent .card b")).to_have_text(name)
    expect(page.locator(".offer-list")).to_have_count(0)
    with world.look() as session:
        shown = session.scalars(select(Recommendation).where(Recommendation.customer_id == customer.id))
        assert [(one.surface, one.outcome) for one in shown] == [("agent", "shown")]

    page.fill("#composer", "您可以看看云川进取权益一年期")
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有客户的风险测评结果")).to_be_visible()
    expect(page.locator("#composer")).to_have_value("您可以看看云川进取权益一年期")  # given back
    page.click("[data-do=offers]")
    expect(offers.first).to_be_visible()
    world.ticket(customer, "吞卡")  # meanwhile
    page.locator("[data-do=offer]").first.click()
    expect(page.get_by_text("不能推荐产品：客户有未办结的投诉。")).to_be_visible()
    expect(page.locator(".from-agent .card")).to_have_count(1)
    with world.look() as session:
        assert session.scalar(select(Message.id).where(Message.text.contains("进取权益"))) is None

    with page.context.expect_page() as opened:
        page.click(".facts .overview a")
    expect(opened.value.locator("h1")).to_have_text("司徒*")
    expect(opened.value.get_by_text("客户有未办结的投诉")).to_be_visible()


def test_an_unknown_visitor_is_offered_nothing(world: World, pages: Pages) -> None:
    public_id = waiting(world, "你好")
    page = pages.of(world.staff("agent"))
    take(page, public_id)
    expect(page.locator(".facts .overview")).to_have_count(0)
    page.click("[data-do=offers]")
    expect(page.get_by_text("客户尚未核验身份，不能推荐产品")).to_be_visible()


def test_a_manager_exports_their_warnings(world: World, pages: Pages) -> None:
    manager, customer = world.staff("agent", "小赵"), rich_customer(world, "欧阳静")
    managed_by(world, customer, manager)
    likely_to_leave(world, customer, 0.87, "活期余额比半年前减少六成")
    page = pages.of(manager, "/console/warnings")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("87%")
    with page.expect_download() as download:
        page.click("button:has-text('导出 CSV')")
    assert re.fullmatch(r"流失预警-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[0] for row in rows[1:]] == [customer.number]
    page.click("tbody a")
    expect(page.locator("h1")).to_have_text("欧阳*")


def test_anothers_customer_is_nowhere(world: World, pages: Pages) -> None:
    customer = rich_customer(world)
    page = pages.of(world.staff("agent"), f"/console/customers/{customer.number}")
    expect(page.locator("h1")).to_have_text("找不到客户")
    page.goto(world.base + "/console/customers")
    page.get_by_label("姓名、客户号或手机号").fill(customer.number)
    page.click("button:has-text('查询')")
    expect(page.get_by_text("没有找到符合条件的客户")).to_be_visible()
