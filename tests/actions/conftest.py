"""Dialogues on the real migrated database."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.crm.database import Database
from integrations.crm.models import Customer
from integrations.crm.settings import Settings
from tests.actions.assessments import assess
from tests.actions.dialogue import NOON, Dialogue
from tests.builders import make_account, make_bill, make_card, make_customer, make_movement, make_transfer

PHONE = "13900000001"
SECRET = "only-for-tests-" + "x" * 32
Start = Callable[..., Dialogue]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that touch nothing outside of the test."""
    secrets = ("customer_token_secret", "bot_secret", "action_secret")
    values: dict[str, Any] = dict.fromkeys(secrets, SECRET)
    return Settings(_env_file=None, service_hours="08:30-21:00", upload_folder=tmp_path, **values)  # type: ignore[call-arg]


@pytest.fixture
def database(sqlite_url: str) -> Database:
    """SQLite is enough here: the services are tested on both."""
    return Database(sqlite_url)


@pytest.fixture
def customer(database: Database) -> Customer:
    """林晓雯 with a debit card 6688 and a credit card 1024."""
    with database.transaction() as session:
        made = make_customer(session, phone=PHONE)
        account = make_account(session, made)
        make_card(session, made, "6688", account_id=account.id)
        credit = make_card(session, made, "1024", kind="credit")
        make_bill(session, credit, date(2026, 11, 7), date(2026, 11, 27))
        make_movement(session, account, NOON - timedelta(days=1), -5_000, counterparty="便利店")
        make_transfer(session, account, status="processing", expected_at=NOON + timedelta(hours=2))
    return made


@pytest.fixture
def start(database: Database, settings: Settings) -> Start:
    """Begin a dialogue."""

    def begin(customer: Customer | None = None, **fields: Any) -> Dialogue:
        return Dialogue(database, settings, customer.id if customer else None, **fields)

    return begin


@pytest.fixture
def visitor(start: Start, customer: Customer) -> Dialogue:
    """Someone nobody knows."""
    return start()


@pytest.fixture
def known(start: Start, customer: Customer) -> Dialogue:
    """林晓雯, named by the bank's own site."""
    return start(customer)


@pytest.fixture
def verified(known: Dialogue) -> Dialogue:
    """林晓雯, verified."""
    verify(known)
    return known


@pytest.fixture
def assessed(verified: Dialogue, database: Database, customer: Customer) -> Dialogue:
    """林晓雯, verified, C2 (稳健型)."""
    assess(database, customer, 2)
    return verified


def verify(dialogue: Dialogue, tail: str = "6688") -> None:
    """Go through verification with nothing in mind."""
    dialogue.say("验证身份", "verify_identity")
    if dialogue.slots["requested_slot"] == "phone":
        dialogue.say(PHONE, "inform", phone=PHONE)
    dialogue.say(tail, "inform", card_tail=tail)
    said = dialogue.say(dialogue.codes.sent[-1][1], "inform")
    assert "身份核实通过" in said.text
