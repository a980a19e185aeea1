"""The regression over an article's texts: leaving one out costs nothing and changes nothing else."""

import numpy as np
import pytest

from knowledge_base.regression import ArticleRegression, Vectors

ARTICLES = 3
OWNERS = np.array([0, 0, 1, 1, 1, 2, -1, -1])
WEIGHTS = np.array([1.0, 0.5, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0], dtype=np.float32)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    drawn = np.random.default_rng(7).normal(size=(len(OWNERS), 12)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


@pytest.mark.parametrize("row", range(len(OWNERS)))
def test_leaving_a_text_out_equals_fitting_without_it(vectors: Vectors, row: int) -> None:
    whole = ArticleRegression(vectors, OWNERS, WEIGHTS, ARTICLES)
    kept = np.arange(len(OWNERS)) != row
    refitted = ArticleRegression(vectors[kept], OWNERS[kept], WEIGHTS[kept], ARTICLES)
    without = whole.scores_without(
        vectors[row], range(ARTICLES), owner=int(OWNERS[row]), weight=float(WEIGHTS[row])
    )
    assert np.allclose(without, refitted.scores(vectors[row], range(ARTICLES)), atol=1e-5)
    assert not np.allclose(without, whole.scores(vectors[row], range(ARTICLES)), atol=1e-3)


def test_leaving_out_leaves_the_regression_as_it_was(vectors: Vectors) -> None:
    whole = ArticleRegression(vectors, OWNERS, WEIGHTS, ARTICLES)
    before = whole.scores(vectors[0], range(ARTICLES))
    whole.scores_without(vectors[0], range(ARTICLES), owner=0, weight=1.0)
    assert np.array_equal(whole.scores(vectors[0], range(ARTICLES)), before)


def test_scores_come_in_the_order_asked_for(vectors: Vectors) -> None:
    whole = ArticleRegression(vectors, OWNERS, WEIGHTS, ARTICLES)
    ordered = whole.scores(vectors[2], [0, 1, 2])
    assert np.allclose(whole.scores(vectors[2], [2, 0]), ordered[[2, 0]])
    left_out = whole.scores_without(vectors[2], [0, 1, 2], owner=1, weight=1.0)
    assert np.allclose(whole.scores_without(vectors[2], [1, 0], owner=1, weight=1.0), left_out[[1, 0]])
    assert whole.scores(vectors[2], []).shape == (0,)


def test_an_article_is_likeliest_at_its_own_texts(vectors: Vectors) -> None:
    whole = ArticleRegression(vectors, OWNERS, WEIGHTS, ARTICLES)
    for row in np.flatnonzero((OWNERS >= 0) & (WEIGHTS == 1)):
        assert np.argmax(whole.scores(vectors[row], range(ARTICLES))) == OWNERS[row]


def test_a_text_of_no_article_speaks_for_none() -> None:
    """Alone in its direction, it gives every article nothing."""
    regression = ArticleRegression(
        np.eye(3, dtype=np.float32), np.array([0, 1, -1]), np.ones(3, dtype=np.float32), 2
    )
    scores = [regression.scores(vector, [0, 1]).tolist() for vector in np.eye(3, dtype=np.float32)]
    assert scores == [[0.5, 0.0], [0.0, 0.5], [0.0, 0.0]]


def test_a_trusted_text_weighs_more() -> None:
    vectors = np.array([[1, 0], [1, 0]], dtype=np.float32)
    trusted, doubtful = ArticleRegression(
        vectors, np.array([0, 1]), np.array([1.0, 0.5], dtype=np.float32), 2
    ).scores(vectors[0], [0, 1])
    assert trusted == pytest.approx(2 * doubtful)
