"""`qiantai benchmark search`: articles grow as asked, and the figures come in their order."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from integrations.gateway.cli import benchmark_search as module
from integrations.gateway.cli.benchmark_search import KnowledgeBase, benchmark_search, read_sizes
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.generated_articles import grow
from knowledge_base.index import NO_ARTICLE, Row, make_rows
from knowledge_base.vector_cache import Vectors
from tests.gateway.refusals import refused
from tests.knowledge_base.conftest import CountingEncoder, make_article
from tests.system import make_settings

BACKGROUND = ["今天天气怎么样", "帮我写一首诗"]


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    """Three articles with vectors from their characters."""
    articles = [
        make_article("card-lost", "银行卡丢了怎么办", "卡找不到了", "挂失银行卡", body="请马上挂失银行卡。"),
        make_article("transfer-fee", "转账手续费多少", "跨行汇款收费吗", body="跨行转账手续费全免。"),
        make_article("loan-rate", "贷款利率是多少", "贷款利息怎么算", body="利率按合同约定执行。"),
    ]
    rows = make_rows(articles, BACKGROUND)
    vectors = CountingEncoder().encode([row.compared for row in rows])
    return KnowledgeBase(rows, vectors, [article.id for article in articles], None)


def of(rows: Sequence[Row], article: int) -> list[Row]:
    return [row for row in rows if row.article == article]


# ---- growing


@pytest.mark.parametrize("count", [3, 4, 20])
def test_real_articles_stay_and_generated_ones_have_their_shape(base: KnowledgeBase, count: int) -> None:
    rows, vectors = grow(base.rows, base.vectors, count, seed=1)
    assert rows[: len(base.rows)] == base.rows
    assert np.array_equal(vectors[: len(base.rows)], base.vectors)
    assert {row.article for row in rows} == {*range(count), NO_ARTICLE}
    for article in range(3, count):
        assert Counter(row.kind for row in of(rows, article)) == Counter(
            row.kind for row in of(rows, article % 3)
        )
    assert vectors.shape == (len(rows), base.vectors.shape[1]) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_fewer_articles_are_the_first_and_what_none_answers_stays(base: KnowledgeBase) -> None:
    rows, vectors = grow(base.rows, base.vectors, 2, seed=1)
    assert rows == [row for row in base.rows if row.article < 2]
    assert [row.text for row in of(rows, NO_ARTICLE)] == BACKGROUND
    assert len(vectors) == len(rows)


def test_generated_texts_are_new_but_made_of_known_characters(base: KnowledgeBase) -> None:
    rows, _ = grow(base.rows, base.vectors, 40, seed=1)
    made = [row.compared for row in rows if row.article >= 3]
    known = {row.compared for row in base.rows}
    assert set("".join(made)) <= set("".join(known))
    assert sum(text not in known for text in made) > len(made) / 2
    assert len(set(made)) > len(made) / 3


def test_generated_vectors_lie_near_their_source(base: KnowledgeBase) -> None:
    rows, vectors = grow(base.rows, base.vectors, 40, seed=1)
    near = [
        float(vectors[place] @ source)
        for article in range(3, 40)
        for place, source in zip(_places(rows, article), _vectors(base, article % 3), strict=True)
    ]
    assert 0.6 < float(np.mean(near)) < 0.98


def _places(rows: Sequence[Row], article: int) -> list[int]:
    return [place for place, row in enumerate(rows) if row.article == article]


def _vectors(base: KnowledgeBase, article: int) -> Vectors:
    return base.vectors[_places(base.rows, article)]


def test_the_seed_decides_what_is_generated(base: KnowledgeBase) -> None:
    first, again, other = (grow(base.rows, base.vectors, 9, seed)[0] for seed in (4, 4, 5))
    assert first == again and first != other


# ---- the command


def test_figures_come_in_their_order(
    base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "load_knowledge_base", lambda settings: base)
    lines = benchmark_search("3,30", 0, make_settings(tmp_path))
    found = {name: float(value) for name, value in (line.split(": ") for line in lines)}
    assert list(found) == [
        "articles_3_p50_ms",
        "articles_3_p95_ms",
        "articles_30_p50_ms",
        "articles_30_p95_ms",
        "growth_p95",
    ]
    assert 0 < found["articles_30_p50_ms"] <= found["articles_30_p95_ms"]
    assert found["growth_p95"] == pytest.approx(
        found["articles_30_p95_ms"] / found["articles_3_p95_ms"], rel=0.2
    )


class NamingClassifier:
    """Knows the real articles; remembers what it was asked."""

    ids = ("card-lost", "transfer-fee", "loan-rate")

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def log_probabilities(self, text: str) -> Vectors:
        self.asked.add(text)
        return np.full(3, np.log(1 / 3))


def test_a_trained_classifier_takes_part_and_its_own_time_is_shown(
    base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = NamingClassifier()
    known = KnowledgeBase(base.rows, base.vectors, base.ids, classifier)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "load_knowledge_base", lambda settings: known)
    lines = benchmark_search("5", 0, make_settings(tmp_path))
    assert [line.split(": ")[0] for line in lines[-2:]] == ["classifier_p50_ms", "growth_p95"]
    assert lines[-1] == "growth_p95: 1.00"
    assert classifier.asked >= {row.compared for row in base.rows if row.kind == "question"}


@pytest.mark.parametrize("sizes", ["", "many", "1000,", "1", "0", "-5", "200000", "20,10", "10,10", "1e3"])
def test_sizes_that_make_no_sense_are_named(sizes: str) -> None:
    with pytest.raises(CliError, match="--sizes"):
        read_sizes(sizes)


def test_sizes_are_read() -> None:
    assert read_sizes("1000, 10000") == [1000, 10000]


def test_wrong_options_end_in_one_sentence() -> None:
    assert "--sizes" in refused("benchmark", "search", "--sizes", "ten")
    assert "--seed" in refused("benchmark", "search", "--seed", "-1")
