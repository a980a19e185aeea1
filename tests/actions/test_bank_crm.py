"""Verification where the bank's own CRM knows the customers (docs/crm-port.md) and our tables do not."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from integrations.crm.customers.rest_client import CrmClient
from integrations.crm.customers.rest_directory import RestDirectory
from integrations.crm.database import Database
from integrations.crm.models import Conversation, Customer
from tests.actions.conftest import PHONE, Start
from tests.actions.dialogue import Dialogue
from tests.crm.customers.test_directory import LIN, TOKEN
from tests.fakes.crm_server import FakeCrm, Fault
from tests.fakes.running import serve


@pytest.fixture
def crm() -> FakeCrm:
    """A CRM that knows 林晓雯 with a card 6688."""
    fake = FakeCrm(TOKEN)
    fake.know(LIN, ("6688",))
    return fake


@pytest.fixture
def visitor(start: Start, crm: FakeCrm) -> Iterator[Dialogue]:
    """Someone nobody knows; our tables are empty."""
    with serve(crm.app) as served:
        directory = RestDirectory(CrmClient(f"{served.base}/v1", TOKEN, seconds=5), lambda: dialogue.now)
        dialogue = start(directory=directory)
        yield dialogue
        directory.close()


def test_a_customer_of_the_crm_is_verified_and_has_a_row(visitor: Dialogue, database: Database) -> None:
    visitor.say("验证身份", "verify_identity")
    visitor.say(PHONE, "inform", phone=PHONE)
    visitor.say("6688", "inform", card_tail="6688")
    phone, code = visitor.codes.sent[-1]
    assert phone == PHONE
    assert "身份核实通过" in visitor.say(code, "inform").text
    with database.reading() as session:
        customer = session.scalars(select(Customer)).one()
        assert customer.number == LIN["number"]
        assert session.scalars(select(Conversation.customer_id)).one() == customer.id


def test_whom_the_crm_does_not_know_gets_no_code_and_the_same_words(
    visitor: Dialogue, database: Database
) -> None:
    visitor.say("验证身份", "verify_identity")
    visitor.say(PHONE, "inform", phone=PHONE)
    assert "6位验证码" in visitor.say("1111", "inform", card_tail="1111").text
    assert visitor.codes.sent == []
    with database.reading() as session:
        assert session.scalars(select(Customer)).all() == []


def test_without_an_answer_of_the_crm_the_turn_fails_and_can_be_repeated(
    visitor: Dialogue, crm: FakeCrm
) -> None:
    visitor.say("验证身份", "verify_identity")
    visitor.say(PHONE, "inform", phone=PHONE)
    crm.faults = [Fault("status", 500)]
    with pytest.raises(Exception, match="directory_unavailable"):
        visitor.say("6688", "inform", card_tail="6688")
    assert visitor.codes.sent == []
    visitor.say("6688", "inform", card_tail="6688")
    assert len(visitor.codes.sent) == 1
