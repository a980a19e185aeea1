"""Who may open a customer's page, and what is never shown without a reason."""

from urllib.parse import quote

import pytest
from sqlalchemy import select

from integrations.console import customer360
from integrations.console.rendering import render
from integrations.crm.conversations import handoff
from integrations.crm.customers.errors import CustomerNotFound, ReasonRequired
from integrations.crm.customers.periods import today
from integrations.crm.models import (
    AuditEntry,
    Card,
    Customer,
    Staff,
)
from tests.console.customers import (
    MARKUP,
    account,
    html_of,
    managed_by,
    opened,
)
from tests.console.world import World


def found(room: World, reader: Staff, text: str) -> list[str]:
    with room.look() as session:
        return [row.number for row in customer360.search(session, reader, text)]


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
