"""`qiantai benchmark crm`: a bank of its own on PostgreSQL, measured, and gone afterwards."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from integrations.crm.bank.catalogue import read_products
from integrations.gateway.cli import plots
from integrations.gateway.cli.benchmark_crm import benchmark_crm, read_sizes
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.generated_products import MOST, grow_products
from integrations.gateway.cli.scratch_postgresql import scratch_database
from tests.system import make_settings


def _databases(server: str) -> set[str]:
    engine = create_engine(server)
    with engine.connect() as connection:
        found = set(
            connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'qiantai_scr%'"))
        )
    engine.dispose()
    return found


@pytest.mark.timeout(300)
def test_figures_of_each_kind_of_call(postgresql_url: str, tmp_path: Path) -> None:
    before = _databases(postgresql_url)
    plot = tmp_path / "growth.png"
    lines = benchmark_crm(
        "1000,1500",
        make_settings(tmp_path),
        server=postgresql_url,
        products=60,
        calls=40,
        recompute=True,
        plot=plot,
    )
    figures = {name: float(value) for name, value in (line.split(": ") for line in lines)}
    assert figures["products"] == 60
    assert figures["recompute_seconds_1500"] >= 0
    for name in ("phone", "phone_and_tail", "card_tail", "openid", "recommend"):
        for size in (1000, 1500):
            assert 0 < figures[f"{name}_p50_ms_{size}"] <= figures[f"{name}_p95_ms_{size}"]
        for kind in ("p50", "p95"):
            growth = figures[f"{name}_{kind}_ms_1500"] / figures[f"{name}_{kind}_ms_1000"]
            assert figures[f"growth_{name}_{kind}_1000_1500"] == pytest.approx(growth, rel=0.05, abs=0.02)
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert _databases(postgresql_url) == before


def test_the_scratch_database_is_dropped_whatever_happens(postgresql_url: str) -> None:
    before = _databases(postgresql_url)
    with pytest.raises(KeyboardInterrupt), scratch_database(postgresql_url) as url:
        assert _databases(postgresql_url) - before
        engine = create_engine(url)
        connection = engine.connect()  # a connection that is still open does not keep it
        connection.execute(text("CREATE TABLE somewhere (id INTEGER)"))
        connection.commit()
        raise KeyboardInterrupt
    assert _databases(postgresql_url) == before
    connection.invalidate()
    engine.dispose()


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("sqlite:///somewhere.db", "PostgreSQL"),
        ("postgresql+psycopg://127.0.0.1:1/test", "CREATE DATABASE failed"),
        ("nonsense", "no database URL"),
        ("postgresql+nodriver://127.0.0.1/test", "failed"),
    ],
)
def test_without_a_server_one_sentence(tmp_path: Path, server: str, words: str) -> None:
    with pytest.raises(CliError, match=words) as caught:
        benchmark_crm("1000", make_settings(tmp_path), server=server)
    assert "\n" not in str(caught.value)


def test_the_database_of_the_settings_is_the_default(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="PostgreSQL"):
        benchmark_crm("1000", make_settings(tmp_path))


@pytest.mark.parametrize("sizes", ["", "ten", "999", "1000,1000", "2000,1000", "10000001", "1000,", "1e6"])
def test_strange_sizes_are_refused(sizes: str) -> None:
    with pytest.raises(CliError, match="--sizes"):
        read_sizes(sizes)


@pytest.mark.parametrize("products", [0, -1, MOST + 1])
def test_strange_catalogues_are_refused(tmp_path: Path, products: int) -> None:
    with pytest.raises(CliError, match="--products"):
        benchmark_crm("1000", make_settings(tmp_path), products=products)


def test_nothing_measured_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="--calls"):
        benchmark_crm("1000", make_settings(tmp_path), calls=0)


def test_a_grown_catalogue_keeps_the_rules() -> None:
    real = read_products()
    grown = grow_products(real, 500)
    assert len(grown) == 500
    assert list(grown)[: len(real)] == list(real)
    assert len({product.name for product in grown.values()}) == 500
    assert all(code == product.code for code, product in grown.items())
    rules = [(product.kind, product.risk, product.tiers, product.private) for product in real.values()]
    copies = [(product.kind, product.risk, product.tiers, product.private) for product in grown.values()]
    assert copies[len(real) : 2 * len(real)] == rules
    assert list(grow_products(real, 3)) == list(real)[:3]
    assert len(grow_products(real, MOST)) == MOST
    with pytest.raises(ValueError, match="at most"):
        grow_products(real, MOST + 1)


def test_a_plot_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="Could not write"):
        plots.growth_lines(tmp_path / "no" / "growth.png", [10, 100], {"one": [1.0, 2.0]}, ("x", "y"))
    with pytest.raises(CliError, match="Could not write"):
        plots.growth_lines(tmp_path / "growth.nonsense", [10, 100], {"one": [1.0, 2.0]}, ("x", "y"))
