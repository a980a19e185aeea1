"""The same promises of the customer directory, kept by our tables and by a bank's CRM behind HTTP."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Protocol

import pytest
from sqlalchemy.orm import Session

from integrations.crm.customers import service
from integrations.crm.customers.directory import CustomerDirectory, SqlDirectory
from integrations.crm.customers.identity import bind_identity
from integrations.crm.customers.rest_client import CrmClient
from integrations.crm.customers.rest_directory import RestDirectory
from integrations.crm.database import Database
from integrations.crm.models import ContactPoint, Customer
from tests.builders import NOW, make_card
from tests.fakes.crm_server import FakeCrm
from tests.fakes.running import serve

TOKEN = "a-token-of-the-bank"
LIN: dict[str, Any] = {
    "number": "6000000001",
    "name": "林晓雯",
    "gender": "female",
    "birth_date": "1995-06-12",
    "id_number": "510104199506120025",
    "city": "成都",
    "tier": "important",
    "joined_on": "2019-03-08",
    "phones": ["13900000001"],
    "email": "lin@example.com",
}
WANG = LIN | {
    "number": "6000000003",
    "name": "王思远",
    "gender": "male",
    "id_number": "530102198101270031",
    "phones": ["13900000003", "13900000033"],
    "email": None,
}


class World(Protocol):
    """A directory, and the way to make it know somebody."""

    directory: CustomerDirectory

    def know(
        self,
        session: Session,
        customer: dict[str, Any],
        tails: tuple[str, ...] = (),
        openid: str | None = None,
    ) -> None:
        """From now on the customer is known."""


class SqlWorld:
    """Customers in our tables."""

    def __init__(self) -> None:
        self.directory = SqlDirectory()

    def know(
        self,
        session: Session,
        customer: dict[str, Any],
        tails: tuple[str, ...] = (),
        openid: str | None = None,
    ) -> None:
        values = {name: value for name, value in customer.items() if name not in ("phones", "email")}
        for name in ("birth_date", "joined_on"):
            values[name] = date.fromisoformat(values[name])
        row = Customer(created_at=NOW, **values)
        row.contact_points = [
            ContactPoint(kind="phone", value=phone, is_primary=place == 0)
            for place, phone in enumerate(customer["phones"])
        ]
        session.add(row)
        session.flush()
        for tail in tails:
            make_card(session, row, tail)
        if openid is not None:
            bind_identity(session, "wechat", "default", openid, customer_id=row.id, now=NOW)


class RestWorld:
    """Customers of a CRM that listens on this machine; our tables are empty."""

    def __init__(self, fake: FakeCrm, base: str) -> None:
        self.fake = fake
        self.directory = RestDirectory(CrmClient(f"{base}/v1", TOKEN), lambda: NOW)

    def know(
        self,
        _session: Session,
        customer: dict[str, Any],
        tails: tuple[str, ...] = (),
        openid: str | None = None,
    ) -> None:
        self.fake.know(customer, tails, openid)


@pytest.fixture(params=["sql", "rest"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Each implementation with nobody known."""
    if request.param == "sql":
        yield SqlWorld()
        return
    fake = FakeCrm(TOKEN)
    with serve(fake.app) as served:
        rest = RestWorld(fake, served.base)
        yield rest
        rest.directory.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session that is committed at the end."""
    with database.transaction() as opened:
        yield opened


def test_by_phone(world: World, session: Session) -> None:
    world.know(session, LIN)
    world.know(session, WANG)
    found = world.directory.by_phone(session, "13900000001")
    assert found is not None
    assert found.id is not None
    assert (found.number, found.name, found.birth_date) == ("6000000001", "林晓雯", date(1995, 6, 12))
    assert (found.city, found.tier, found.gender) == ("成都", "important", "female")
    assert service.phone_of(session, found.id) == "13900000001"
    second = world.directory.by_phone(session, "13900000033")
    assert second is not None
    assert (second.number, service.phone_of(session, second.id)) == ("6000000003", "13900000003")
    assert world.directory.by_phone(session, "13900000009") is None


def test_a_shared_phone_names_nobody_but_with_a_card(world: World, session: Session) -> None:
    world.know(session, LIN, ("1111",))
    world.know(session, WANG | {"phones": ["13900000001"]}, ("2222",))
    assert world.directory.by_phone(session, "13900000001") is None
    found = world.directory.by_phone_and_tail(session, "13900000001", "2222")
    assert found is not None
    assert found.name == "王思远"
    assert world.directory.by_phone_and_tail(session, "13900000001", "3333") is None
    assert world.directory.by_phone_and_tail(session, "13900000009", "2222") is None


def test_both_of_a_family_with_the_same_digits_are_nobody(world: World, session: Session) -> None:
    world.know(session, LIN, ("1111",))
    world.know(session, WANG | {"phones": ["13900000001"]}, ("1111",))
    assert world.directory.by_phone_and_tail(session, "13900000001", "1111") is None


def test_by_number(world: World, session: Session) -> None:
    world.know(session, LIN)
    found = world.directory.by_number(session, "6000000001")
    assert found is not None
    assert found.name == "林晓雯"
    assert world.directory.by_number(session, "6000000009") is None


@pytest.mark.parametrize("number", ["", "../customers", "a/b?c=d#e", "％00", "6000000001 ", "'; --"])
def test_strange_numbers_are_nobodys(world: World, session: Session, number: str) -> None:
    world.know(session, LIN)
    assert world.directory.by_number(session, number) is None


def test_by_openid(world: World, session: Session) -> None:
    world.know(session, LIN, openid="oLin")
    found = world.directory.by_openid(session, "oLin")
    assert found is not None
    assert found.number == "6000000001"
    assert world.directory.by_openid(session, "oNobody") is None
    assert world.directory.by_openid(session, "oLin", account="another") is None


def test_by_card_tail_in_order_up_to_a_limit(world: World, session: Session) -> None:
    for place in range(1, 10):
        who = {"number": f"600000010{place}", "id_number": f"51010419950612{place:04d}"}
        world.know(session, LIN | who, ("7777",) if place % 2 else ("8888",))
    found = world.directory.by_card_tail(session, "7777")
    assert [one.number[-1] for one in found] == ["1", "3", "5", "7", "9"]
    assert [one.number[-1] for one in world.directory.by_card_tail(session, "7777", 2)] == ["1", "3"]
    assert list(world.directory.by_card_tail(session, "0000")) == []
    assert len(world.directory.by_card_tail(session, "7777", -5)) == 1


def test_search(world: World, session: Session) -> None:
    world.know(session, LIN)
    world.know(session, WANG)
    for text in ("林", "林晓雯", " 6000000001 ", "13900000001"):
        assert [one.name for one in world.directory.search(session, text)] == ["林晓雯"]
    for text in ("晓", "", "  ", "%", "_", "1390000000"):
        assert list(world.directory.search(session, text)) == []


def test_the_same_customer_is_the_same_row(world: World, session: Session) -> None:
    world.know(session, LIN, ("6688",), openid="oLin")
    found = [
        world.directory.by_phone(session, "13900000001"),
        world.directory.by_phone_and_tail(session, "13900000001", "6688"),
        world.directory.by_number(session, "6000000001"),
        world.directory.by_openid(session, "oLin"),
        *world.directory.by_card_tail(session, "6688"),
        *world.directory.search(session, "林"),
    ]
    assert len({one.id for one in found if one is not None}) == 1
    assert len(found) == 6
