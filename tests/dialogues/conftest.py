"""Customers of the running system, a new one for each test."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from integrations.crm.models import Card, ContactPoint, Customer
from tests.dialogues.chat import Chat
from tests.system import System

NAMED = 5


@dataclass(frozen=True)
class Person:
    """A demo customer with one debit card or more."""

    number: str
    phone: str
    tail: str


@pytest.fixture(scope="session")
def people(system: System) -> Iterator[Person]:
    """Customers nobody has talked as yet; the named ones are left to the tests that need them."""
    query = (
        select(Customer.number, ContactPoint.value, Card.tail)
        .join(ContactPoint, (ContactPoint.customer_id == Customer.id) & (ContactPoint.kind == "phone"))
        .join(Card, (Card.customer_id == Customer.id) & (Card.kind == "debit") & (Card.status == "active"))
        .order_by(Customer.id)
    )
    with system.database.reading() as session:
        found = {row[0]: Person(*row) for row in session.execute(query)}
    return itertools.islice(found.values(), NAMED, None)


@pytest.fixture
def person(people: Iterator[Person]) -> Person:
    return next(people)


@pytest.fixture
def chat(system: System) -> Chat:
    """An anonymous visitor."""
    return Chat(system)


@pytest.fixture
def known(system: System, person: Person) -> Chat:
    """A customer whom the bank's token names."""
    return Chat(system, person.number)


@pytest.fixture
def verified(system: System, person: Person) -> Chat:
    """A customer who has been verified in this conversation."""
    chat = Chat(system, person.number)
    chat.say("我要核实身份")
    chat.say(person.tail)
    assert "核实通过" in chat.say(system.last_code(person.phone))
    return chat


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them talk to the same system: one worker, marked live."""
    for item in items:
        if "tests/dialogues" in str(item.path):
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.xdist_group("system"))
