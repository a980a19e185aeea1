"""The model learned from the CRM itself, and taken up by the service."""

from datetime import date
from pathlib import Path

import pytest

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Holding
from integrations.crm.recommendations import model_file, service
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.recommendations.rebuild import own_interactions, rebuild
from tests.builders import NOW, make_account, make_card, make_customer
from tests.crm.recommendations.test_service import assess


def hold(session, customer, code, since):
    product = read_products()[code]
    session.add(
        Holding(
            customer_id=customer.id,
            product_code=code,
            product_name=product.name,
            kind=product.kind,
            amount_fen=100,
            since=since,
        )
    )
    session.flush()


def test_everything_chosen_is_read(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session, tier="vip")
        hold(session, customer, "YC-F302", date(2025, 1, 1))
        make_account(session, customer, kind="time", opened_on=date(2024, 1, 1), status="closed")
        make_account(session, customer)  # a current account is no choice
        make_card(session, customer)  # nor a debit card
        make_card(session, customer, kind="credit", product="云川标准信用卡", issued_on=date(2026, 1, 1))
        make_card(session, customer, kind="credit", product="一张没有的卡")
        found = own_interactions(session, NOW, read_products())
        assert [found.codes[place] for place in found.items] == ["YC-D001", "YC-F302", "YC-K601"]
        assert found.days.tolist() == [
            float(day.toordinal()) for day in (date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1))
        ]
        assert set(found.users.tolist()) == {customer.id}
        assert set(found.tiers.tolist()) == {0}


def test_a_bank_without_choices_keeps_its_model(database: Database, model_path: Path) -> None:
    with database.transaction() as session:
        make_customer(session)
        with pytest.raises(BadInteractions):
            rebuild(session, NOW)
    assert not model_path.exists()


def test_the_service_uses_what_was_learned(database: Database, model_path: Path) -> None:
    with database.transaction() as session:
        for _ in range(30):
            customer = make_customer(session)
            hold(session, customer, "YC-F301", date(2025, 1, 1))
            hold(session, customer, "YC-F303", date(2025, 6, 1))
        somebody = make_customer(session)
        make_account(session, somebody, balance_fen=10_000_000)
        hold(session, somebody, "YC-F301", date(2026, 1, 1))
        assess(session, somebody, 2)
        rebuild(session, NOW)
        assert model_path.exists()
        assert model_file.current() is not None
        offer = service.recommend(session, somebody.id, now=NOW, surface="bot", source_key="t")[0]
        assert offer.product.code == "YC-F303"
        assert offer.reason == f"持有{read_products()['YC-F301'].name}的客户，也常选择这一款"
        assert offer.risk_words
