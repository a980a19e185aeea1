"""`qiantai benchmark recommendation-speed`: its figures, and that it leaves nothing behind."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.crm.database import Database
from integrations.crm.models import Recommendation
from integrations.crm.seed import seed_multitude
from integrations.gateway.cli.benchmark_recommendation_speed import benchmark_recommendation_speed
from integrations.gateway.cli.errors import CliError
from tests.system import make_settings


def test_figures(database: Database, tmp_path: Path) -> None:
    seed_multitude(database, customers=500, now=datetime(2026, 11, 22, 9, tzinfo=UTC))
    url = database.engine.url.render_as_string(hide_password=False)
    lines = benchmark_recommendation_speed(500, 20, make_settings(tmp_path, database_url=url))
    found = {name: float(value) for name, value in (line.split(": ") for line in lines)}
    assert (found["customers"], found["products"]) == (500, 500)
    assert 0 < found["offers_each"] <= 3
    assert 0 < found["p50_ms"] <= found["p95_ms"] <= found["p99_ms"]
    with database.reading() as session:
        assert session.query(Recommendation).count() == 0


@pytest.mark.parametrize(("products", "requests"), [(0, 1), (1, 0), (-5, 3)])
def test_nothing_to_measure(tmp_path: Path, products: int, requests: int) -> None:
    with pytest.raises(CliError, match="at least one"):
        benchmark_recommendation_speed(products, requests, make_settings(tmp_path))


def test_no_customers(database: Database, tmp_path: Path) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    with pytest.raises(CliError, match="no customers"):
        benchmark_recommendation_speed(40, 5, make_settings(tmp_path, database_url=url))


def test_no_database(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'none.db'}", "postgresql+psycopg://127.0.0.1:1/none"):
        with pytest.raises(CliError, match="cannot be used"):
            benchmark_recommendation_speed(40, 5, make_settings(tmp_path, database_url=url))


def test_more_products_than_codes(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="codes for"):
        benchmark_recommendation_speed(10_000, 5, make_settings(tmp_path))
