"""`qiantai benchmark recommendations`: its figures, and files that are none of what it asks for."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.crm.database import Database
from integrations.crm.seed import seed_multitude
from integrations.gateway.cli import benchmark_recommendations as module
from integrations.gateway.cli.benchmark_recommendations import benchmark_recommendations, read_interactions
from integrations.gateway.cli.errors import CliError
from tests.system import make_settings

LAST = ["ndcg@5", "popularity_ndcg@5", "hit_rate@5", "coverage"]


def figures(lines: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines)


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "interactions.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def ratings(users: int = 200) -> list[str]:
    """Each user has one of two tastes, likes what fits it, and is seen twice."""
    rng = random.Random(3)
    lines = []
    for user in range(users):
        taste = rng.choice("ab")
        items = rng.sample(range(12), 6)
        start = rng.randrange(10**6)
        for place, item in enumerate(items):
            fits = rng.random() < 0.9
            lines.append(
                f"u{user}\t{taste if fits else 'ab'.replace(taste, '')}{item}\t{5 if fits else 1}"
                f"\t{881_000_000 + start + place * 150_000}"
            )
    return lines


def test_figures_of_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join(["UserID\tItem\tRating\tTimestamp", *ratings()]))
    lines = benchmark_recommendations(path, make_settings(tmp_path))
    assert [line.split(": ")[0] for line in lines[-4:]] == LAST
    found = figures(lines)
    assert int(found["interactions"]) == 1200
    assert float(found["ndcg@5"]) > 1.3 * float(found["popularity_ndcg@5"])
    assert float(found["popularity_ndcg@5"]) > 0
    assert 0 < float(found["random_ndcg@5"]) < float(found["ndcg@5"])
    assert 0 < float(found["coverage"]) <= 1
    assert float(found["last_fifth_ndcg@5"]) > float(found["last_fifth_popularity_ndcg@5"])


def test_header_duplicates_and_line_ends(tmp_path: Path) -> None:
    plain, doubled = ratings(), [one for line in ratings() for one in (line, line)]
    expected = figures(benchmark_recommendations(write(tmp_path, "\n".join(plain)), make_settings(tmp_path)))
    text = "\ufeffuser\titem\trating\ttime\r\n" + "\r\n".join(doubled) + "\r\n\r\n"
    assert figures(benchmark_recommendations(write(tmp_path, text), make_settings(tmp_path))) == expected


def test_milliseconds_are_seconds(tmp_path: Path) -> None:
    expected = read_interactions(write(tmp_path, "\n".join(ratings())))
    in_thousandths = read_interactions(write(tmp_path, "\n".join(f"{line}000" for line in ratings())))
    assert in_thousandths.days.tolist() == pytest.approx(expected.days.tolist())


def test_ratings_that_are_all_the_same_are_good(tmp_path: Path) -> None:
    found = read_interactions(write(tmp_path, "a\tx\t1\t1\nb\ty\t1\t2\na\ty\t1\t3\n"))
    assert found.liked.all()


def test_very_many_items_are_cut_to_those_chosen_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ITEMS", 10)
    found = figures(benchmark_recommendations(write(tmp_path, "\n".join(ratings())), make_settings(tmp_path)))
    assert found["items_left_out"] == "14"
    assert 0 < float(found["coverage"]) <= 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("user\titem\trating\ttime\n", "two users"),
        ("1\t2\t3\n", "line 1: 3 fields"),
        ("1,2,3,4\n", "line 1: 1 fields"),
        ("1\t2\t3\t4\n1\t2\t3\n", "line 2: 3 fields"),
        ("1\t2\t3\t4\t5\n", "line 1: 5 fields"),
        ("1\t2\tgood\t4\n", "line 1: rating and time"),
        ("1\t2\t3\t4\n1\t3\tgood\tlater\n", "line 2: rating and time"),
        ("1\t2\t3\tnan\n", "line 1: rating and time"),
        ("1\t2\tinf\t4\n", "line 1: rating and time"),
        ("1\t2\t3\t1e999\n", "line 1: rating and time"),
        ("\t2\t3\t4\n", "line 1: the user or the item is empty"),
        ("1\t \t3\t4\n", "line 1: the user or the item is empty"),
        ("1\t2\t3\t4\n1\t5\t3\t6\n", "two users"),
        ("1\t2\t3\t4\n2\t2\t3\t6\n", "two items"),
        ("1\t2\t3\t4\n2\t5\t3\t4\n", "nobody chose"),
        ("1\t2\t3\t4\n2\t5\t3\t9\n", "nobody chose"),
        ("1\t2\t5\t1\n1\t3\t1\t9\n2\t2\t5\t1\n2\t3\t1\t9\n", "nobody chose"),
        ("用户\t产品\t3\t4\n".encode("gbk"), "not UTF-8"),
        ("1\t2\t3\t4\n".encode("utf-16"), "not UTF-8"),
        (b"\x00\x01\x02\xff", "not UTF-8"),
    ],
)
def test_what_is_no_file_of_interactions(tmp_path: Path, text: str | bytes, named: str) -> None:
    with pytest.raises(CliError, match=named):
        benchmark_recommendations(write(tmp_path, text), make_settings(tmp_path))


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.tsv", tmp_path):
        with pytest.raises(CliError, match="Could not read"):
            benchmark_recommendations(path, make_settings(tmp_path))


def test_figures_of_the_crm(database: Database, tmp_path: Path) -> None:
    seed_multitude(database, customers=3000, now=datetime(2026, 11, 22, 9, tzinfo=UTC))
    url = database.engine.url.render_as_string(hide_password=False)
    lines = benchmark_recommendations(None, make_settings(tmp_path, database_url=url))
    assert [line.split(": ")[0] for line in lines[-4:]] == LAST
    found = figures(lines)
    assert int(found["users"]) > 300
    assert float(found["ndcg@5"]) > 1.3 * float(found["popularity_ndcg@5"])
    assert float(found["model_ndcg@5"]) > 1.3 * float(found["popularity_ndcg@5"])


def test_a_crm_without_customers_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEEDED_CUSTOMERS", 1500)
    settings = make_settings(tmp_path)
    found = figures(benchmark_recommendations(None, settings))
    assert float(found["ndcg@5"]) > float(found["popularity_ndcg@5"])
    assert not (tmp_path / "crm.db").exists()


def test_an_empty_file_is_no_crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEEDED_CUSTOMERS", 1500)
    (tmp_path / "crm.db").touch()
    assert "ndcg@5" in figures(benchmark_recommendations(None, make_settings(tmp_path)))


@pytest.mark.parametrize("content", [b"this is no database" * 100])
def test_a_broken_database_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "crm.db").write_bytes(content)
    with pytest.raises(CliError, match="database cannot be read"):
        benchmark_recommendations(None, make_settings(tmp_path))


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, database_url="postgresql+psycopg://127.0.0.1:1/none")
    with pytest.raises(CliError, match="database cannot be read"):
        benchmark_recommendations(None, settings)
