"""The churn model on a bank whose customers leave for a reason that is known here, and only trees can see."""

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from integrations.crm.customers import churn
from integrations.crm.customers.churn import score, train_churn
from integrations.crm.customers.churn_features import FEATURES, Known
from integrations.crm.customers.churn_learning import learn
from integrations.crm.customers.churn_model import (
    ChurnModel,
    ChurnModelMissing,
    ChurnModelUnusable,
    NotEnoughHistory,
    load_model,
    save_model,
)
from integrations.crm.customers.churn_settings import read_churn_rules
from integrations.crm.customers.churn_split import Split
from integrations.crm.customers.lifetime_value import Business, lifetime_value_fen, read_lifetime_rates
from integrations.crm.customers.periods import start_of, today
from integrations.crm.database import Database
from integrations.crm.models import Account, Customer, CustomerProfile, Transaction
from tests.builders import NOW, make_account, make_card, make_customer, make_movement

CUSTOMERS = 1000
DAYS = 425


@pytest.fixture(scope="module")
def bank(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The young with a credit card leave some day, and the old without one; nobody else does."""
    path = tmp_path_factory.mktemp("churn") / "crm.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    rng = np.random.default_rng(0)
    with database.transaction() as session:
        for number in range(1, CUSTOMERS + 1):
            _customer(session, number, rng)
    yield database
    database.engine.dispose()


def _customer(session: Session, number: int, rng: np.random.Generator) -> None:
    young, has_card = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    born = date(1996, 1, 1) if young else date(1956, 1, 1)
    customer = make_customer(session, id=number, joined_on=date(2020, 1, 1), birth_date=born)
    if has_card:
        make_card(session, customer, kind="credit")
    last = int(rng.integers(30, DAYS - 100)) if young == has_card else -1
    # Everybody pauses for two months again and again, so that being silent alone tells little.
    days, phase = rng.integers(0, DAYS, int(rng.integers(60, 120))), int(rng.integers(105))
    rows = [
        {
            "occurred_at": NOW - timedelta(days=int(day), hours=1),
            "amount_fen": -int(rng.integers(100, 90_000)),
            "summary": "消费",
            "channel": "pos",
        }
        for day in days
        if day > last and (day + phase) % 105 < 45
    ]
    balance_fen = 20_000_000 + sum(row["amount_fen"] for row in rows)
    account = make_account(session, customer, balance_fen=balance_fen)
    session.execute(insert(Transaction), [{**row, "account_id": account.id} for row in rows])
    session.add(profile_of(number))


def profile_of(customer_id: int, **columns: object) -> CustomerProfile:
    values = {
        "customer_id": customer_id,
        "year_volume_fen": 5_000_000,
        "year_transactions": 50,
        "year_services": 3,
        "assets_fen": 3_000_000,
        "loans_fen": 0,
        "value": "standard",
        "behaviour": "active",
        "risk": "low",
        "lifecycle": "mature",
        "computed_at": NOW,
    }
    return CustomerProfile(**values | columns)


@pytest.fixture(scope="module")
def trained(bank: Database, tmp_path_factory: pytest.TempPathFactory) -> tuple[ChurnModel, Path]:
    file = tmp_path_factory.mktemp("model") / "var/churn.joblib"
    with bank.reading() as session:
        return train_churn(session, NOW, file), file


# ---- training


def test_what_is_there_to_be_seen_is_seen_and_used(trained: tuple[ChurnModel, Path]) -> None:
    report = trained[0].report
    assert report.used and report.scored_by == report.chosen
    assert report.difference.better and report.roc_auc > report.baseline_roc_auc
    losses = dict(report.reasons)
    assert (
        losses["person"] > 0.02 and losses["complaints"] == 0
    )  # age is half of the reason, nobody complains
    assert list(losses.values()) == sorted(losses.values(), reverse=True)
    assert sum(one.count for one in report.calibration) == report.test_rows


def test_it_is_judged_later_than_all_it_learnt_was_known(trained: tuple[ChurnModel, Path]) -> None:
    report = trained[0].report
    assert report.test_day == today(NOW) - timedelta(days=90)
    assert report.apart and max(report.train_days) + timedelta(days=90) <= report.test_day
    assert "split: strictly in time" in "\n".join(report.lines()) and "严格按时间检验" in report.words()
    # The history is 425 days long, and each training day is looked at 180 days back.
    assert report.train_days == tuple(report.test_day - timedelta(days=days) for days in (90, 120, 150))


def test_a_short_history_is_judged_on_other_customers_and_says_so(
    bank: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lately = today(NOW) - timedelta(days=359)
    monkeypatch.setattr(churn.churn_repository, "history_from", lambda _session: lately)
    with bank.reading() as session:
        report = train_churn(session, NOW, None).report
    assert not report.apart and max(report.train_days) == report.test_day - timedelta(days=30)
    assert "split: by customer only" in "\n".join(report.lines()) and "未能严格按时间检验" in report.words()


def test_nobody_is_both_learnt_from_and_judged() -> None:
    learns = churn._learns(np.arange(1, 100_001))
    assert 0.58 < learns.mean() < 0.62
    assert (learns == churn._learns(np.arange(1, 100_001))).all()


def test_the_report_ends_with_the_two_figures(trained: tuple[ChurnModel, Path]) -> None:
    lines = trained[0].report.lines()
    assert [line.split(": ")[0] for line in lines[-3:]] == ["scored_by", "roc_auc", "baseline_roc_auc"]
    assert "used: yes" in lines and "已启用" in trained[0].report.words()


@pytest.mark.parametrize(("slope", "simple"), [(2.0, "logistic_regression"), (0.0, None)])
def test_the_baseline_scores_only_where_the_bank_wants_it_and_it_tells_something(
    slope: float, simple: str | None
) -> None:
    rng = np.random.default_rng(5)
    features = rng.normal(size=(500, len(FEATURES)))
    gone = (features[:, 0] * slope + rng.normal(size=500) > 1.2).astype(np.int64)
    known = Known(np.arange(500), {}, features, gone)
    learning, judging = known.at(np.arange(300)), known.at(np.arange(300, 500))
    learnt = learn(learning.features, learning.gone)
    day = today(NOW)
    for wanted, scorer in (("nothing", None), ("baseline", simple)):
        rules = read_churn_rules().model_copy(update={"if_not_better": wanted})
        report = churn._report(learnt, learning, judging, Split((day,), day), rules)
        assert not report.apart
        assert not report.used and report.scored_by == scorer


def test_a_bank_without_history_is_told_so(database: Database) -> None:
    with database.transaction() as session:
        make_movement(session, make_account(session, make_customer(session)), NOW, -100)
        with pytest.raises(NotEnoughHistory) as refused:
            train_churn(session, NOW, None)
    assert refused.value.data == {"found": 0, "needed": 20}


# ---- scoring


def scored(session: Session, model: ChurnModel, *ids: int) -> list[CustomerProfile]:
    score(session, ids, NOW, model)
    return [session.get_one(CustomerProfile, one) for one in ids]


def test_everybody_gets_a_probability_that_means_something(
    bank: Database, trained: tuple[ChurnModel, Path]
) -> None:
    with bank.transaction() as session:
        everybody = range(1, CUSTOMERS + 1)
        count = score(session, everybody, NOW, load_model(trained[1]))
        rows = [session.get_one(CustomerProfile, one) for one in everybody]
        judged = [row for row in rows if row.churn_probability is not None]
        assert len(judged) == count > 300
        for row in judged:
            assert 0 <= (row.churn_probability or 0) <= 1
            endangered = (row.churn_probability or 0) >= read_churn_rules().reasons_from_percent / 100
            assert bool(row.churn_reasons) == endangered and len(row.churn_reasons) <= 3
        for row in rows:
            business = Business(row.assets_fen, row.loans_fen, row.year_volume_fen)
            expected = lifetime_value_fen(business, row.churn_probability, read_lifetime_rates())
            assert row.lifetime_value_fen == expected
        silent = [row for row in rows if row.churn_probability is None]
        assert silent and all(row.churn_reasons == [churn.SILENT] for row in silent)
        session.rollback()


def test_newcomers_people_without_profile_and_nobody(
    database: Database, trained: tuple[ChurnModel, Path]
) -> None:
    with database.transaction() as session:
        new = make_customer(session, joined_on=today(NOW) - timedelta(days=10))
        without = make_customer(session)
        session.add(profile_of(new.id))
        assert score(session, [new.id, without.id, 987_654], NOW, trained[0]) == 0
        stored = session.get_one(CustomerProfile, new.id)
        assert stored.churn_reasons == [churn.TOO_NEW] and stored.lifetime_value_fen is not None
        assert session.get(CustomerProfile, without.id) is None
        assert score(session, [], NOW, trained[0]) == 0


def test_a_model_that_is_not_used_writes_no_probability_over_an_old_one(
    database: Database, trained: tuple[ChurnModel, Path]
) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        make_movement(session, make_account(session, customer), NOW - timedelta(days=3), -100)
        session.add(profile_of(customer.id, churn_probability=0.9, churn_reasons=["旧的原因"]))
        unused = dataclasses.replace(trained[0], classifier=None)
        assert score(session, [customer.id], NOW, unused) == 0
        row = session.get_one(CustomerProfile, customer.id)
        assert row.churn_probability is None and row.churn_reasons == []
        usual = lifetime_value_fen(Business(3_000_000, 0, 5_000_000), None, read_lifetime_rates())
        assert row.lifetime_value_fen == usual


def test_what_is_not_used_is_said(trained: tuple[ChurnModel, Path]) -> None:
    report = dataclasses.replace(trained[0].report, used=False, scored_by=None)
    assert "没有启用" in report.words() and "不显示流失概率" in report.words()
    assert "used: no" in report.lines() and "scored_by: nothing" in report.lines()
    simple = dataclasses.replace(report, scored_by="logistic_regression")
    assert "简单模型" in simple.words()


def test_a_customers_score_does_not_depend_on_who_else_is_scored(
    bank: Database, trained: tuple[ChurnModel, Path]
) -> None:
    with bank.transaction() as session:
        together = {
            row.customer_id: row.churn_probability for row in scored(session, trained[0], *range(1, 41))
        }
        for one in (1, 7, 40):
            assert scored(session, trained[0], one)[0].churn_probability == together[one]
        session.rollback()


def test_the_day_of_the_score_ends_the_night_before(
    database: Database, trained: tuple[ChurnModel, Path]
) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        account: Account = make_account(session, customer)
        for days in range(1, 80, 4):
            make_movement(session, account, start_of(today(NOW)) - timedelta(days=days), -100)
        session.add(profile_of(customer.id))
        before = scored(session, trained[0], customer.id)[0].churn_probability
        make_movement(session, account, start_of(today(NOW)), -100)
        account.balance_fen -= 100
        assert scored(session, trained[0], customer.id)[0].churn_probability == before
        assert session.get_one(Customer, customer.id) is customer


# ---- the file


def test_the_file_gives_back_the_model(trained: tuple[ChurnModel, Path]) -> None:
    loaded = load_model(trained[1])
    assert loaded.report == trained[0].report and loaded.trained_at == NOW
    assert trained[1].stat().st_mode & 0o077 == 0
    assert [path.name for path in trained[1].parent.iterdir()] == ["churn.joblib"]


def test_no_file_no_model(tmp_path: Path) -> None:
    with pytest.raises(ChurnModelMissing):
        load_model(tmp_path / "none.joblib")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x80\x04N.", b"PK\x03\x04" + b"\0" * 40])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "churn.joblib"
    file.write_bytes(content)
    with pytest.raises(ChurnModelUnusable) as refused:
        load_model(file)
    assert refused.value.data["file"] == str(file)


def test_half_a_file_is_refused(tmp_path: Path, trained: tuple[ChurnModel, Path]) -> None:
    file = tmp_path / "churn.joblib"
    whole = trained[1].read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ChurnModelUnusable):
        load_model(file)


@pytest.mark.parametrize("changed", ["_FORMAT", "FEATURES"])
def test_a_file_of_another_version_is_refused(
    tmp_path: Path, trained: tuple[ChurnModel, Path], monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    file = tmp_path / "churn.joblib"
    with monkeypatch.context() as patched:
        patched.setattr(f"integrations.crm.customers.churn_model.{changed}", "older")
        save_model(trained[0], file)
    with pytest.raises(ChurnModelUnusable, match="unusable"):
        load_model(file)
    monkeypatch.setattr("sklearn.__version__", "0.1")
    with pytest.raises(ChurnModelUnusable):
        load_model(trained[1])
