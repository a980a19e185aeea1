"""`qiantai customers`: everybody computed, one customer explained, and failures in one sentence."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine, func, select, text
from typer.testing import CliRunner

from integrations.crm.bank.errors import BadBankData
from integrations.crm.customers import profiles
from integrations.crm.customers.churn_features import FEATURES
from integrations.crm.customers.churn_learning import learn
from integrations.crm.customers.churn_model import ChurnModel, ChurnReport, save_model
from integrations.crm.customers.churn_scores import Bin, Difference
from integrations.crm.database import Database
from integrations.crm.models import CustomerProfile
from integrations.gateway.cli import customers as module
from integrations.gateway.cli.errors import CliError
from integrations.gateway.learning import CHURN_FILE
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


@pytest.fixture
def model(bank: Database) -> ChurnModel:
    """A trained model in the file that the night writes: whoever does little leaves."""
    rng = np.random.default_rng(0)
    features = rng.normal(5, 3, size=(300, len(FEATURES)))
    learnt = learn(features, (features[:, 0] + rng.normal(size=300) < 3).astype(np.int64))
    once = Difference(0.1, 0.05, 0.15)
    report = ChurnReport(
        train_days=(date(2026, 5, 26),),
        test_day=date(2026, 8, 24),
        apart=True,
        train_rows=300,
        train_gone=70,
        test_rows=100,
        test_gone=20,
        chosen=learnt.chosen,
        calibrated_by=learnt.model.method,
        roc_auc=0.9,
        baseline_roc_auc=0.8,
        difference=once,
        brier=0.1,
        calibration_error=0.02,
        calibration=(Bin(100, 0.2, 0.21),),
        reasons=(("income", 0.03),),
        used=True,
        scored_by=learnt.chosen,
    )
    made = ChurnModel(
        report, learnt.model, np.zeros(len(FEATURES)), datetime(2026, 11, 21, 18, 31, tzinfo=UTC)
    )
    save_model(made, module.get_settings().learned_folder / CHURN_FILE)
    return made


def test_how_the_model_of_the_night_was_judged(model: ChurnModel) -> None:
    lines = qiantai("churn").output.splitlines()
    assert lines[:2] == ["trained: 2026-11-22 02:31", model.report.words()]
    assert lines[2:] == model.report.lines()
    assert "reason 收入入账: 0.0300" in lines and "said 0.200: 0.210 of 100" in lines


def test_one_customer_is_scored_from_the_file_and_nothing_is_written(
    bank: Database, model: ChurnModel
) -> None:
    with bank.transaction() as session:
        customer = make_customer(session, number="6000000009", joined_on=date(2019, 1, 1))
        account = make_account(session, customer)
        for days in (2, 30, 40):
            make_movement(session, account, datetime.now(UTC) - timedelta(days=days), -100)
    lines = qiantai("churn", "--number", "6000000009").output.splitlines()
    assert lines[0].startswith("6000000009 ") and lines[1] == "trained: 2026-11-22 02:31"
    assert lines[3].startswith("90天内流失的可能：") and lines[3].endswith("%")
    silent = qiantai("churn", "--number", "6000000002").output.splitlines()
    assert silent[3:] == ["已连续三个月没有主动办理业务，不再预测流失"]
    with bank.reading() as session:
        assert session.scalar(select(func.count(CustomerProfile.customer_id))) == 0


@pytest.mark.parametrize("content", [None, b"no model"])
def test_without_a_usable_model_it_is_one_sentence(bank: Database, content: bytes | None) -> None:
    if content is not None:
        folder = module.get_settings().learned_folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CHURN_FILE).write_bytes(content)
    found = qiantai("churn", "--number", "6000000001")
    assert isinstance(found.exception, CliError)
    assert str(found.exception).startswith("There is no churn model to be used: `qiantai customers learn`")
