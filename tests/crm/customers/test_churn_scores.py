"""Figures of probabilities agree with scikit-learn, and what is not better is not called better."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from integrations.crm.customers.churn_scores import (
    Difference,
    Labels,
    Numbers,
    auc_difference,
    brier,
    calibration,
    calibration_error,
    pooled,
    roc_auc,
)


def some_scores(rng: np.random.Generator, rows: int, strength: float) -> tuple[Labels, Numbers]:
    labels = (rng.random(rows) < 0.3).astype(np.int64)
    labels[:2] = 0, 1
    return labels, np.round(rng.normal(size=rows) + labels * strength, 1)  # with ties


@pytest.mark.parametrize("rows", [2, 7, 50, 400])
def test_auc_is_that_of_scikit_learn(rows: int) -> None:
    for seed in range(20):
        labels, scores = some_scores(np.random.default_rng(seed), rows, 1)
        assert roc_auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))


def test_the_interval_of_a_difference_is_that_of_a_bootstrap() -> None:
    rng = np.random.default_rng(1)
    labels, scores = some_scores(rng, 600, 2)
    others = scores + rng.normal(size=600)
    found = auc_difference(labels, scores, others)
    assert found.value == pytest.approx(roc_auc_score(labels, scores) - roc_auc_score(labels, others))
    drawn = [rng.integers(0, 600, 600) for _ in range(1500)]
    resampled = [roc_auc(labels[rows], scores[rows]) - roc_auc(labels[rows], others[rows]) for rows in drawn]
    low, high = np.percentile(resampled, [2.5, 97.5])
    assert found.low == pytest.approx(low, abs=0.01) and found.high == pytest.approx(high, abs=0.01)
    assert found.better and not auc_difference(labels, others, scores).better


def test_the_same_ranking_is_not_better() -> None:
    labels, scores = some_scores(np.random.default_rng(2), 300, 1)
    same = auc_difference(labels, scores, scores * 2 + 1)
    assert same.value == 0 and not same.better


def test_chance_is_called_better_about_as_rarely_as_promised() -> None:
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(400):
        labels, scores = some_scores(rng, 200, 0)
        wrong += auc_difference(labels, scores, rng.normal(size=200)).better
    assert 1 <= wrong <= 24  # 2.5 % of 400 are 10


def test_one_row_of_a_class_proves_nothing() -> None:
    labels = np.array([1, 0, 0, 0])
    assert not auc_difference(labels, np.array([4.0, 1, 2, 3]), np.array([1.0, 2, 3, 4])).better


def test_pooled_evidence_lies_between_and_is_more_certain() -> None:
    first, second = Difference(0.02, -0.01, 0.05), Difference(0.04, 0.0, 0.08)
    both = pooled(first, second)
    assert 0.02 < both.value < 0.04 and both.better
    assert both.high - both.low < first.high - first.low
    assert both == pooled(second, first)


def test_a_side_that_says_nothing_leaves_the_other() -> None:
    known, nothing = Difference(0.02, -0.01, 0.05), Difference(0.0, 0.0, 0.0)
    assert pooled(known, nothing) == known == pooled(nothing, known)
    endless = Difference(0.3, -np.inf, np.inf)
    assert pooled(known, endless).value == pytest.approx(0.02) and not pooled(endless, endless).better


def test_calibration_says_what_was_said_and_what_happened() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    perfect = np.where(labels == 1, 1.0, 0.0)
    assert brier(labels, perfect) == 0 and calibration_error(calibration(labels, perfect)) == 0
    table = calibration(labels, np.full(100, 0.3))
    assert [one.count for one in table] == [10] * 10
    assert brier(labels, np.full(100, 0.3)) == pytest.approx(0.09 * 0.9 + 0.49 * 0.1)
    assert calibration_error(table) == pytest.approx((9 * 0.3 + 0.7) / 10)
    assert sum(one.count for one in calibration(labels[:4], perfect[:4])) == 4
