"""What the night learns: on the demo bank's history, on a bank without any, and after failures."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from integrations.crm.customers import profiles
from integrations.crm.customers.churn_model import NotEnoughHistory, load_model
from integrations.crm.database import Database
from integrations.crm.models import CustomerProfile
from integrations.crm.recommendations import model_file
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.seed import seed
from integrations.gateway import learning
from tests.builders import make_customer

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_demo_bank_is_learnt_from(database: Database, tmp_path: Path) -> None:
    seed(database, customers=1400, now=NOW)
    profiles.recompute_all(database, NOW)

    learning.learn_all(database, NOW, tmp_path)

    report = load_model(tmp_path / learning.CHURN_FILE).report
    assert report.test_day < NOW.date()
    assert report.apart  # all that is learnt was known on that day
    model = model_file.load(tmp_path / model_file.NAME)
    assert model.customers > 100
    with database.reading() as session:
        valued = select(func.count()).where(CustomerProfile.lifetime_value_fen.is_not(None))
        assert session.scalar(valued) == 1400
        judged = session.scalar(select(func.count()).where(CustomerProfile.churn_probability.is_not(None)))
        assert (judged or 0) > 0 if report.scored_by else judged == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_bank_without_history_is_told_so_and_keeps_its_models(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        make_customer(session)
    (tmp_path / model_file.NAME).write_bytes(b"last night's")

    with capture_logs() as logs:
        learning.learn_all(database, NOW, tmp_path)

    assert [(line["event"], line["what"]) for line in logs] == [
        ("learning.too_little", "learn_churn"),
        ("learning.too_little", "learn_recommendations"),
    ]
    assert (tmp_path / model_file.NAME).read_bytes() == b"last night's"
    with pytest.raises(NotEnoughHistory):
        learning.learn_churn(database, NOW, tmp_path)
    with pytest.raises(BadInteractions):
        learning.learn_recommendations(database, NOW, tmp_path)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_failure_does_not_end_the_other_step(database: Database, tmp_path: Path) -> None:
    seed(database, customers=300, now=NOW)
    folder = tmp_path / "learned"
    folder.mkdir()
    (folder / learning.CHURN_FILE).mkdir()  # the file can't be written

    with capture_logs() as logs:
        learning.learn_all(database, NOW, folder)

    assert any(line["event"] in ("learning.failed", "learning.too_little") for line in logs)
    assert (folder / model_file.NAME).is_file()


def test_a_process_of_its_own_learns(database: Database, tmp_path: Path) -> None:
    seed(database, customers=300, now=NOW)
    asyncio.run(learning.learn_apart(database, NOW, tmp_path))
    assert (tmp_path / model_file.NAME).is_file()


def test_a_process_that_dies_is_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with capture_logs() as logs:
        asyncio.run(learning.learn_apart(database, NOW, tmp_path))
    assert [(line["event"], line["status"]) for line in logs] == [("learning.failed", 1)]
