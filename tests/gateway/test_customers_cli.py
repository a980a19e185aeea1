"""`qiantai customers`: everybody computed, one customer explained, and failures in one sentence."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, text
from typer.testing import CliRunner

from integrations.crm.bank.errors import BadBankData
from integrations.crm.customers import profiles
from integrations.crm.database import Database
from integrations.crm.models import CustomerProfile
from integrations.gateway.cli import customers as module
from integrations.gateway.cli.errors import CliError
from tests.builders import make_account, make_customer, make_movement
from tests.system import make_settings


@pytest.fixture
def bank(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database that the commands use; three customers, one of them with a movement of today."""
    settings = make_settings(tmp_path, database_url=sqlite_url)
    monkeypatch.setattr(module, "get_settings", lambda: settings)
    database = Database(sqlite_url)
    with database.transaction() as session:
        rich = make_customer(session, number="6000000001")
        account = make_account(session, rich, balance_fen=30_000_000)
        make_movement(session, account, datetime.now(UTC), 30_000_000, summary="工资")
        make_customer(session, number="6000000002", name="[b]林[/b]")
        make_customer(session)
    return database


def qiantai(*arguments: str) -> Any:
    return CliRunner().invoke(module.app, list(arguments), catch_exceptions=True)


def test_recompute_then_resume(bank: Database) -> None:
    found = qiantai("recompute")
    assert found.exit_code == 0
    assert found.output.splitlines()[-1] == "customers: 3"
    assert qiantai("recompute", "--resume").output.splitlines()[-1] == "customers: 0"
    with bank.transaction() as session:
        session.get_one(CustomerProfile, 1).computed_at = datetime.now(UTC) - timedelta(days=1, seconds=1)
    assert qiantai("recompute", "--resume").output.splitlines()[-1] == "customers: 1"
    with bank.reading() as session:
        assert session.scalar(select(func.count(CustomerProfile.customer_id))) == 3


def test_one_customer_explained(bank: Database) -> None:
    with bank.transaction() as session:
        profiles.recompute(session, [1], datetime.now(UTC))
    lines = qiantai("tier", "--number", " 6000000001 ").output.splitlines()
    assert lines[0] == "6000000001 林**"
    assert lines[1] == "价值：重要（资产30万元，达到重要标准（资产不少于30万元））"
    assert lines[2].startswith("行为：潜在（近12个月交易1笔、30万元，未达到活跃标准")
    assert [line.split("：")[0] for line in lines[3:5]] == ["风险", "生命周期"]
    assert any("价值：一般 → 重要（资产30万元" in line for line in lines[5:])
    assert len(lines) == 9


def test_a_name_is_shown_masked_and_as_it_is(bank: Database) -> None:
    first = qiantai("tier", "--number", "6000000002").output.splitlines()[0]
    assert first == "6000000002 [" + "*" * 7


@pytest.mark.parametrize("number", ["6099999999", "", "' OR 1=1 --", "六", "9" * 5_000])
def test_an_unknown_number(bank: Database, number: str) -> None:
    found = qiantai("tier", "--number", number)
    assert isinstance(found.exception, CliError)
    assert str(found.exception).startswith("There is no customer with the number")
    assert len(str(found.exception)) < 120


def test_wrong_settings_are_one_sentence(bank: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise BadBankData("tiering.yml: value.vip: Field required")

    monkeypatch.setattr(profiles, "read_tiering", broken)
    found = qiantai("recompute")
    assert isinstance(found.exception, CliError)
    assert str(found.exception) == "tiering.yml: value.vip: Field required"


def test_a_database_that_fails_is_one_sentence(bank: Database) -> None:
    engine = create_engine(bank.engine.url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE tier_changes"))
    engine.dispose()
    found = qiantai("recompute")
    assert isinstance(found.exception, CliError)
    assert str(found.exception) == "The database failed: no such table: tier_changes"
