"""A bank's token where the bank's own CRM knows the customers (docs/crm-port.md)."""

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from integrations.crm.customers.rest_client import CrmClient
from integrations.crm.customers.rest_directory import RestDirectory
from integrations.crm.database import Database
from integrations.crm.models import Conversation, Customer
from integrations.web_chat.routes import make_router
from tests.crm.customers.test_directory import LIN, TOKEN
from tests.fakes.crm_server import FakeCrm
from tests.fakes.running import serve
from tests.web_chat.server import ChatServer


def _open(server: ChatServer, crm_address: str, number: str) -> httpx.Response:
    def clock() -> datetime:
        return datetime.now(UTC)

    directory = RestDirectory(CrmClient(crm_address, TOKEN, seconds=2), clock)
    app = FastAPI()
    app.include_router(make_router(server.database, server.settings, clock, directory=directory))
    try:
        with serve(app) as served:
            body = {"bank_token": server.bank_token(number)}
            return httpx.post(f"{served.base}/chat/sessions", json=body, trust_env=False)
    finally:
        directory.close()


def _known(database: Database, number: str) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Customer.id).where(Customer.number == number)))


def test_a_customer_whom_only_the_crm_knows_is_known_at_once(server: ChatServer) -> None:
    crm = FakeCrm(TOKEN)
    crm.know({**LIN, "number": "7000000001"}, ("6688",))
    with serve(crm.app) as served:
        answer = _open(server, f"{served.base}/v1", "7000000001")
    assert answer.status_code == 200
    assert answer.json()["known"] is True
    [customer_id] = _known(server.database, "7000000001")
    with server.database.reading() as session:
        assert customer_id in session.scalars(select(Conversation.customer_id)).all()


def test_a_number_that_the_crm_does_not_know_is_refused(server: ChatServer) -> None:
    crm = FakeCrm(TOKEN)
    with serve(crm.app) as served:
        answer = _open(server, f"{served.base}/v1", "7000000009")
    assert (answer.status_code, answer.json()["error"]) == (401, "customer_not_found")


@pytest.mark.parametrize("number", ["7000000001", "7000000009"])
def test_a_crm_that_does_not_answer_is_no_verdict_on_the_customer(server: ChatServer, number: str) -> None:
    answer = _open(server, "http://127.0.0.1:9/v1", number)
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
    assert _known(server.database, number) == []
