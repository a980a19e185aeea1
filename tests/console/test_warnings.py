"""Early warnings: who sees whom, and an export that is audited, suitable and harmless."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.event import listen

from integrations.console import warnings_list
from integrations.console.rendering import render
from integrations.console.warnings_csv import harmless, to_csv
from integrations.console.warnings_list import Warned
from integrations.crm.customers.churn_settings import read_churn_rules
from integrations.crm.customers.churn_warnings import COMPLAINT_FIRST, SERVICE_ONLY, UNDER_AGE
from integrations.crm.models import AuditEntry, Customer, Recommendation, Staff
from integrations.crm.recommendations import service as recommendations
from integrations.crm.recommendations.service import RISK_WORDS
from tests.console.customers import (
    MARKUP,
    WORTH_FEN,
    assessed,
    likely_to_leave,
    managed_by,
    opts_out,
    rated_products,
    rich_customer,
)
from tests.console.world import World


def listed(room: World, viewer: Staff, page: int = 1) -> warnings_list.Warnings:
    with room.database.transaction() as session:
        return warnings_list.warnings(session, viewer, page, room.clock())


def exported(room: World, viewer: Staff, key: str = "k1") -> tuple[Warned, ...]:
    with room.database.transaction() as session:
        return warnings_list.export(session, viewer, key, room.clock())


def leaving(room: World, name: str = "林晓雯", probability: float = 0.8) -> Customer:
    customer = rich_customer(room, name)
    likely_to_leave(room, customer, probability, "两个月没有交易")
    return customer


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def numbers(rows: Sequence[Warned]) -> list[str]:
    return [row.number for row in rows]


def test_the_dearest_loss_first_and_nobody_below_the_threshold(room: World) -> None:
    least = read_churn_rules().warn_from_percent / 100
    low, high, mid = (leaving(room, probability=p) for p in (least - 0.01, 0.93, least))
    found = listed(room, room.staff("supervisor"))
    assert numbers(found.rows) == [high.number, mid.number]
    assert [row.at_risk_fen for row in found.rows] == [round(p * WORTH_FEN) for p in (0.93, least)]
    assert found.count == 2 and low.number not in render("warnings.html", f=found, own=False, limit=300)


def test_an_agent_sees_their_own_customers_only(room: World) -> None:
    mine, other, agent = leaving(room), leaving(room), room.staff("agent")
    managed_by(room, mine, agent)
    managed_by(room, other, room.staff("agent"))
    assert numbers(listed(room, agent).rows) == [mine.number] == numbers(exported(room, agent))
    assert set(numbers(listed(room, room.staff("admin")).rows)) == {mine.number, other.number}
    assert listed(room, room.staff("agent")).rows == ()


def test_an_empty_list_says_why(room: World) -> None:
    customer, supervisor = rich_customer(room), room.staff("supervisor")
    for probability, words in ((None, "还没有流失预测"), (0.01, "没有需要预警的客户")):
        likely_to_leave(room, customer, probability)
        found = listed(room, supervisor)
        html = render("warnings.html", f=found, own=False, limit=warnings_list.LIMIT)
        assert words in html and "导出 CSV" not in html


def test_pages(room: World) -> None:
    for _ in range(warnings_list.PAGE + 1):
        customer = room.customer()
        likely_to_leave(room, customer, 0.8)
    supervisor = room.staff("supervisor")
    first, second, beyond = (listed(room, supervisor, page) for page in (1, 2, 99))
    assert (len(first.rows), len(second.rows), first.pages) == (warnings_list.PAGE, 1, 2)
    assert numbers(beyond.rows) == numbers(second.rows)
    assert not set(numbers(first.rows)) & set(numbers(second.rows))
    assert listed(room, supervisor, -5).page == 1


def test_what_to_offer_or_why_nothing(room: World) -> None:
    calm, cross, silent, young = leaving(room), leaving(room), leaving(room), leaving(room)
    room.ticket(cross, "吞卡")
    opts_out(room, silent)
    with room.database.transaction() as session:
        session.get_one(Customer, young.id).birth_date = room.clock().date() - timedelta(days=17 * 365)
    rows = {row.number: row for row in listed(room, room.staff("supervisor")).rows}
    assert rows[calm.number].offer is not None
    assert (rows[cross.number].offer, rows[cross.number].advice) == (None, COMPLAINT_FIRST)
    assert (rows[silent.number].offer, rows[silent.number].advice) == (None, SERVICE_ONLY)
    assert (rows[young.number].offer, rows[young.number].advice) == (None, UNDER_AGE)
    with room.look() as session:
        assert session.scalar(select(Recommendation.id)) is None  # looking is no impression


def queries_of_a_page(room: World, viewer: Staff) -> int:
    statements: list[str] = []
    with room.database.reading() as session:
        listen(session.connection(), "before_cursor_execute", lambda *event: statements.append(event[2]))
        found = warnings_list.warnings(session, viewer, 1, room.clock())
    assert all(row.offer for row in found.rows)
    return len(statements)


def test_the_number_of_queries_does_not_grow_with_the_rows(room: World) -> None:
    supervisor, counts = room.staff("supervisor"), []
    for _ in range(2):
        leaving(room), leaving(room)
        counts.append(queries_of_a_page(room, supervisor))
    assert counts[0] == counts[1] <= 6


def test_an_export_is_recorded_and_audited(room: World) -> None:
    calm, cross, supervisor = leaving(room), leaving(room), room.staff("supervisor")
    room.ticket(cross, "吞卡")
    rows = exported(room, supervisor)
    assert set(numbers(rows)) == {calm.number, cross.number}
    with room.look() as session:
        shown = session.scalars(select(Recommendation)).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "warnings.export")).one()
    assert (shown.customer_id, shown.surface) == (calm.id, "export")
    assert entry.actor == f"staff:{supervisor.username}"
    assert entry.data == {"customers": 2, "offers": 1}


@pytest.mark.parametrize("state", ["valid", "expired", "missing"])
def test_risk_against_tolerance_in_an_export(
    room: World, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """金融机构产品适当性管理办法 [S]: R1–R5 against C1–C5; the bank sells nothing but the one product."""
    supervisor, products = room.staff("supervisor"), rated_products()
    levels = {}
    for level in range(1, 6):
        customer = leaving(room)
        if state != "missing":
            assessed(room, customer, level, valid=timedelta(seconds=-1 if state == "expired" else 900))
        levels[customer.number] = level
    for risk, product in products.items():
        only = {product.code: product}
        monkeypatch.setattr(recommendations, "read_products", lambda only=only: only)
        for row in exported(room, supervisor, f"k{risk}"):
            expected = state == "valid" and risk <= levels[row.number]
            assert (row.offer is not None) == expected, (risk, levels[row.number], state)
            if row.offer is not None:
                assert row.offer.risk_words == RISK_WORDS


def test_the_file_is_masked_and_opens_in_excel(room: World) -> None:
    customer, supervisor = leaving(room, "欧阳晓雯"), room.staff("supervisor")
    data = to_csv(exported(room, supervisor))
    assert data.startswith(b"\xef\xbb\xbf")
    head, row = table(data)
    assert len(head) == len(row) == 12
    phone = customer.contact_points[0].value
    assert row[:3] == [customer.number, "欧阳**", f"{phone[:3]}****{phone[-4:]}"]
    text = data.decode()
    assert phone not in text and "晓雯" not in text and customer.id_number not in text


def test_no_cell_is_a_formula(room: World) -> None:
    customer, manager = rich_customer(room, "=cmd|' /C calc'!A0"), room.staff("agent", "@SUM(1+1)")
    managed_by(room, customer, manager)
    likely_to_leave(room, customer, 0.9, '=HYPERLINK("http://x","点我")', "\t=1", "-1")
    row = table(to_csv(exported(room, room.staff("supervisor"))))[1]
    assert [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert row[1].startswith("'=") and row[6].startswith("'=HYPERLINK") and row[8] == "'@SUM(1+1)"


@given(st.text(alphabet='=+-@＝＋－＠\t\r\n ,"\u3000\u200b\ufeffa云1;|', max_size=12))
def test_harmless_cells_survive_a_spreadsheet(cell: str) -> None:
    safe = harmless(cell)
    assert safe in (cell, f"'{cell}")
    assert not safe.strip(" \u3000\u200b\ufeff").startswith(
        ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
    )


def test_markup_is_text(room: World) -> None:
    customer, supervisor = rich_customer(room, MARKUP), room.staff("supervisor")
    managed_by(room, customer, room.staff("agent", MARKUP))
    likely_to_leave(room, customer, 0.9, MARKUP)
    html = render("warnings.html", f=listed(room, supervisor), own=False, limit=300)
    assert "<img src=x" not in html and html.count("&lt;img src=x") >= 2


def test_export_over_http(world: World) -> None:
    agent, customer, other = world.staff("agent"), leaving(world), leaving(world)
    managed_by(world, customer, agent)
    client = world.client(agent)
    answer = client.post("/console/warnings/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    assert "attachment" in answer.headers["content-disposition"]
    rows = table(answer.content)[1:]
    assert customer.number in [row[0] for row in rows] and other.number not in answer.text
    assert world.client().post("/console/warnings/export").status_code == 303
    evil = client.post("/console/warnings/export", headers={"Origin": "https://evil.example"})
    assert evil.status_code == 403 and customer.number not in evil.text
    assert client.get("/console/warnings/export").status_code in (404, 405)


@pytest.mark.parametrize("page", ["0", "-1", "abc", "9" * 30, "１", "1.5", ""])
def test_bad_pages_are_harmless(world: World, page: str) -> None:
    assert world.client(world.staff("admin")).get("/console/warnings", params={"p": page}).status_code == 200
