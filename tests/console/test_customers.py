"""Who may open a customer's page, what stands on it, and what does not get onto it."""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select

from integrations.console import customer360
from integrations.console.customer_holdings import activity, month_starts
from integrations.console.rendering import render
from integrations.crm.conversations import feedback, handoff, repository
from integrations.crm.customers import profiles
from integrations.crm.customers.errors import CustomerNotFound, ReasonRequired
from integrations.crm.customers.periods import today
from integrations.crm.models import (
    AuditEntry,
    Card,
    Customer,
    Holding,
    Recommendation,
    Staff,
    Ticket,
    TierChange,
)
from integrations.crm.recommendations import service as recommendations
from integrations.crm.settings import SHANGHAI
from tests.console.customers import (
    MARKUP,
    account,
    assessed,
    likely_to_leave,
    managed_by,
    movement,
    opts_out,
    rich_customer,
)
from tests.console.world import World


def opened(room: World, reader: Staff, customer: Customer | str) -> customer360.Customer360:
    number = customer if isinstance(customer, str) else customer.number
    with room.database.transaction() as session:
        return customer360.open_customer(session, reader, number, room.clock())


def found(room: World, reader: Staff, text: str) -> list[str]:
    with room.look() as session:
        return [row.number for row in customer360.search(session, reader, text)]


def html_of(page: customer360.Customer360) -> str:
    return (
        render("customer_head.html", p=page.person)
        + render("customer_who.html", p=page.person, revealed=None)
        + render("customer_side.html", c=page)
        + render("activity_table.html", months=page.months)
        + render("customer_main.html", c=page)
    )


def readers(room: World, customer: Customer) -> list[str]:
    with room.look() as session:
        query = select(AuditEntry.actor).where(
            AuditEntry.action == "customer.open", AuditEntry.target_id == str(customer.id)
        )
        return list(session.scalars(query))


def test_an_agent_opens_whom_they_serve_or_have_served(room: World) -> None:
    customer, agent, other = room.customer(), room.staff("agent"), room.staff("agent")
    public_id = room.conversation("你好", customer=customer)
    room.wants_person(public_id)
    with pytest.raises(CustomerNotFound):  # waiting is not yet being served
        opened(room, agent, customer)
    room.taken(public_id, agent)
    assert opened(room, agent, customer).person.number == customer.number
    with room.database.transaction() as session:
        handoff.hand_back(session, public_id, session.get_one(Staff, agent.id), room.clock())
    assert opened(room, agent, customer)
    with pytest.raises(CustomerNotFound):
        opened(room, other, customer)
    assert readers(room, customer) == [f"staff:{agent.username}"] * 2


def test_a_dedicated_manager_opens_their_own(room: World) -> None:
    customer, agent = room.customer(), room.staff("agent", "小李")
    managed_by(room, customer, agent)
    assert opened(room, agent, customer).person.manager == "小李"
    managed_by(room, customer, None)
    with pytest.raises(CustomerNotFound):
        opened(room, agent, customer)


@pytest.mark.parametrize("role", ["supervisor", "admin"])
def test_supervisors_and_admins_open_any(room: World, role: str) -> None:
    customer, reader = room.customer(), room.staff(role)
    assert opened(room, reader, customer)
    assert readers(room, customer) == [f"staff:{reader.username}"]


@pytest.mark.parametrize(
    "number", ["", "C99999999", "' OR 1=1 --", "%", "\x00", "６０", "C" * 500, "../staff", "<b>", "\ud800"]
)
def test_numbers_of_nobody(room: World, number: str) -> None:
    room.customer()
    with pytest.raises(CustomerNotFound):
        opened(room, room.staff("supervisor"), number)
    with room.look() as session:
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "customer.open")) is None


def test_search_by_name_number_and_phone(room: World) -> None:
    customer, supervisor = room.customer("欧阳晓雯"), room.staff("supervisor")
    phone = customer.contact_points[0].value
    for text in ("欧阳", customer.number, phone, f" {phone} "):
        assert found(room, supervisor, text) == [customer.number]
    for text in ("", "晓雯", phone[:7], "%", "_", "\x00", "欧阳\x00x", MARKUP):
        assert found(room, supervisor, text) == []


def test_an_agents_search_tells_nothing_of_others(room: World) -> None:
    mine, other, agent = room.customer("王芳"), room.customer("王芬"), room.staff("agent")
    room.taken(room.conversation(customer=mine), agent)
    room.taken(room.conversation(customer=other), room.staff("agent"))
    assert found(room, agent, "王") == [mine.number]
    assert found(room, agent, other.number) == []
    assert found(room, agent, other.contact_points[0].value) == []
    assert found(room, agent, "") == [mine.number]  # those served last
    assert set(found(room, room.staff("admin"), "王")) == {mine.number, other.number}


def test_nothing_unmasked_reaches_page_or_search(room: World) -> None:
    customer, supervisor = room.customer("欧阳晓雯"), room.staff("supervisor")
    with room.database.transaction() as session:
        session.add(
            Card(
                customer_id=customer.id,
                number="6229990000001234",
                tail="1234",
                kind="debit",
                product="云川借记卡",
                issued_on=today(room.clock()),
            )
        )
    account(room, customer, number="7100123456789012")
    with room.look() as session:
        listed = render(
            "customers.html", rows=customer360.search(session, supervisor, "欧阳"), text="欧阳", limit=50
        )
    html = html_of(opened(room, supervisor, customer)) + listed
    assert "欧阳**" in html and "622999******1234" in html
    secrets = ("晓雯", customer.id_number, customer.contact_points[0].value)
    for secret in (*secrets, "6229990000001234", "7100123456789012"):
        assert secret not in html


def test_reveal_needs_a_reason_and_is_audited(room: World) -> None:
    customer, agent, other = room.customer(), room.staff("agent"), room.staff("agent")
    room.taken(room.conversation(customer=customer), agent)
    now = room.clock()
    with room.database.transaction() as session:
        for reason in ("", " \n ", "核"):
            with pytest.raises(ReasonRequired):
                customer360.reveal(session, agent, customer.number, reason, now)
        with pytest.raises(CustomerNotFound):
            customer360.reveal(session, other, customer.number, "回访核对", now)
        reason = "回访核对，客户密码123456" + "长" * 200
        shown = customer360.reveal(session, agent, customer.number, reason, now)
    assert shown["phone"] == customer.contact_points[0].value
    assert shown["id_number"] == customer.id_number
    with room.look() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.reveal")).one()
    assert entry.actor == f"staff:{agent.username}"
    assert entry.data["reason"].startswith("回访核对")
    assert "123456" not in entry.data["reason"]
    assert len(entry.data["reason"]) <= customer360.REASON_MAX + 20


def test_markup_from_everywhere_is_text(room: World) -> None:
    customer, agent = room.customer(MARKUP), room.staff("supervisor", MARKUP)
    managed_by(room, customer, agent)
    likely_to_leave(room, customer, 0.9, MARKUP)
    public_id = room.conversation(customer=customer)
    room.taken(public_id, agent)
    room.ticket(customer, MARKUP)
    now = room.clock()
    with room.database.transaction() as session:
        conversation = repository.lock_conversation(session, public_id)
        feedback.rate(session, conversation, score=1, comment=MARKUP, source_key="r1", now=now)
        session.add_all(
            [
                Recommendation(
                    customer_id=customer.id,
                    source_key="s1",
                    product_code=MARKUP[:30],
                    surface="bot",
                    place=1,
                    reason=MARKUP,
                    shown_at=now,
                ),
                Holding(
                    customer_id=customer.id,
                    product_code="X",
                    product_name=MARKUP,
                    kind="wealth",
                    amount_fen=1,
                    since=today(now),
                ),
                TierChange(
                    customer_id=customer.id,
                    dimension="value",
                    before=MARKUP,
                    after="vip",
                    reason=MARKUP,
                    at=now,
                ),
            ]
        )
    html = html_of(opened(room, agent, customer))
    html += render("customer_who.html", p=opened(room, agent, customer).person, revealed={
        "name": MARKUP, "phone": MARKUP, "id_number": MARKUP, "email": MARKUP,
    })  # fmt: skip
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x") >= 10


def test_expired_assessment_is_marked(room: World) -> None:
    customer, supervisor = room.customer(), room.staff("supervisor")
    assert "未测评" in html_of(opened(room, supervisor, customer))
    assessed(room, customer, 3, valid=timedelta(seconds=60))
    page = opened(room, supervisor, customer)
    assert page.assessment.state == "valid" and "C3 平衡型" in html_of(page)
    room.clock.ahead = timedelta(seconds=61)
    page = opened(room, supervisor, customer)
    assert page.assessment.state == "expired"
    assert "已过期" in html_of(page) and "重新测评前不能推荐" in html_of(page)
    assert all(offer.product.risk is None for offer in page.advice.offers)


def test_tiers_with_reasons_and_what_follows(room: World) -> None:
    customer, supervisor = rich_customer(room), room.staff("supervisor")
    assert opened(room, supervisor, customer).tiers.now == ()
    with room.database.transaction() as session:
        profiles.recompute(session, [customer.id], room.clock())
    page = opened(room, supervisor, customer)
    assert [tier.dimension for tier in page.tiers.now] == ["value", "behaviour", "risk", "lifecycle"]
    assert all(tier.reason and tier.since for tier in page.tiers.now)
    assert len(page.tiers.moves) >= 4
    html = html_of(page)
    for tier in page.tiers.now:
        assert tier.reason is not None and tier.reason in html
    assert page.tiers.strategy is not None and page.tiers.strategy.goal in html


def test_activity_counts_months_of_shanghai(room: World) -> None:
    customer, other = room.customer(), room.customer("王芳")
    mine, theirs = account(room, customer), account(room, other)
    day = datetime(2026, 11, 20, tzinfo=SHANGHAI).date()
    for at, fen in (
        (datetime(2025, 11, 30, 23, 59, 59, tzinfo=SHANGHAI), 7),  # a month too early
        (datetime(2025, 12, 1, tzinfo=SHANGHAI), 100),
        (datetime(2026, 2, 28, 23, 59, 59, tzinfo=SHANGHAI), -250),
        (datetime(2026, 3, 1, tzinfo=SHANGHAI), -30),
        (datetime(2026, 11, 20, 23, 59, 59, tzinfo=SHANGHAI), 5),
        (datetime(2026, 11, 21, tzinfo=SHANGHAI), 9),  # tomorrow
    ):
        movement(room, mine, at, fen)
    movement(room, theirs, datetime(2026, 3, 2, tzinfo=SHANGHAI), 1_000)
    with room.look() as session:
        months = {row.name: row for row in activity(session, customer.id, day)}
    assert list(months) == [f"{first:%Y-%m}" for first in month_starts(day, 12)]
    assert len(months) == 12
    got = {name: (row.in_fen, row.out_fen, row.count) for name, row in months.items() if row.count}
    assert got == {
        "2025-12": (100, 0, 1),
        "2026-02": (0, 250, 1),
        "2026-03": (0, 30, 1),
        "2026-11": (5, 0, 1),
    }


def test_links_only_where_the_reader_may_go(room: World) -> None:
    customer, agent, other = room.customer(), room.staff("agent"), room.staff("agent")
    mine, theirs = room.conversation(customer=customer), room.conversation(customer=customer)
    room.taken(theirs, other)
    managed_by(room, customer, agent)
    links = [talk.link for talk in opened(room, agent, customer).history.talks]
    assert links == [None, None]
    assert opened(room, room.staff("admin"), customer).history.talks[0].link is None
    room.taken(mine, agent)  # serving the customer now, all their threads may be read
    links = [talk.link for talk in opened(room, agent, customer).history.talks]
    assert sorted(link or "" for link in links) == sorted(f"/console/desk?c={one}" for one in (mine, theirs))
    supervisor = opened(room, room.staff("supervisor"), customer).history.talks
    assert {talk.link for talk in supervisor} == {f"/console/review/{one}" for one in (mine, theirs)}


def test_history_tells_satisfaction_and_the_fate_of_offers(room: World) -> None:
    customer, supervisor = rich_customer(room), room.staff("supervisor")
    public_id, now = room.conversation(customer=customer), room.clock()
    with room.database.transaction() as session:
        conversation = repository.lock_conversation(session, public_id)
        for number, score in enumerate((5, 2)):
            feedback.rate(session, conversation, score=score, comment=None, source_key=f"r{number}", now=now)
        offer = recommendations.recommend(
            session, customer.id, now=now, surface="bot", source_key="turn-1", limit=1
        )[0]
        recommendations.record_outcome(session, customer.id, offer.product.code, "declined", now)
    page = opened(room, supervisor, customer)
    assert (page.history.rated, page.history.average) == (2, 3.5)
    shown = page.history.shown[0]
    assert (shown.product, shown.reason, shown.outcome) == (offer.product.name, offer.reason, "declined")
    html = html_of(page)
    assert "平均 3.5 分" in html and "不感兴趣" in html
    assert offer.product.code not in {one.product.code for one in page.advice.offers}


def test_looking_makes_no_impression(room: World) -> None:
    customer = rich_customer(room)
    assert opened(room, room.staff("supervisor"), customer).advice.offers
    with room.look() as session:
        assert session.scalar(select(Recommendation.id)) is None


def test_nothing_is_advised_against_a_complaint_or_an_opt_out(room: World) -> None:
    customer, supervisor = rich_customer(room), room.staff("supervisor")
    room.ticket(customer, "吞卡")
    page = opened(room, supervisor, customer)
    assert page.advice.offers == () and "客户有未办结的投诉" in html_of(page)
    with room.database.transaction() as session:
        session.scalars(select(Ticket)).one().status = "resolved"
    assert opened(room, supervisor, customer).advice.offers
    opts_out(room, customer)
    page = opened(room, supervisor, customer)
    assert page.advice.offers == () and page.person.marketing is False
    assert "客户已拒绝营销推荐" in html_of(page)


def test_pages_over_http(world: World) -> None:
    customer, agent = world.customer("欧阳晓雯"), world.staff("agent")
    client = world.client(agent)
    for number in (customer.number, "C00000000", quote("<img src=x>"), "%00"):
        answer = client.get(f"/console/customers/{number}")
        assert answer.status_code == 404
        assert "找不到客户" in answer.text and "<img src" not in answer.text
    assert readers(world, customer) == []
    world.taken(world.conversation(customer=customer), agent)
    answer = client.get(f"/console/customers/{customer.number}")
    assert answer.status_code == 200
    assert "欧阳**" in answer.text and customer.contact_points[0].value not in answer.text
    assert readers(world, customer) == [f"staff:{agent.username}"]
    assert world.client().get(f"/console/customers/{customer.number}").status_code == 303
