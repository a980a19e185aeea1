"""Learning: what only trees can see is found and used, what nobody can see is not claimed."""

import numpy as np
import pytest

from integrations.crm.customers.churn_learning import LEAST_OF_A_CLASS, NotEnoughRows, Prepared, learn
from integrations.crm.customers.churn_scores import Labels, Numbers, brier, roc_auc


def rows_of(rng: np.random.Generator, count: int) -> tuple[Numbers, Labels]:
    """Who is in the middle leaves: no straight line tells."""
    features = rng.normal(size=(count, 3))
    chance = np.where(np.abs(features[:, 0]) < 0.5, 0.85, 0.05)
    return features, (rng.random(count) < chance).astype(np.int64)


def test_what_only_trees_see_is_better_and_calibrated() -> None:
    rng = np.random.default_rng(0)
    features, labels = rows_of(rng, 700)
    learnt = learn(features, labels)
    unseen, truth = rows_of(rng, 1500)
    probabilities = learnt.model.probabilities(unseen)
    assert roc_auc(truth, probabilities) > 0.85 > 0.6 > roc_auc(truth, learnt.baseline_probabilities(unseen))
    assert learnt.difference.better
    assert probabilities.min() >= 0 and probabilities.max() <= 1
    assert brier(truth, probabilities) < 0.13
    assert learnt.chosen in ("random_forest", "gradient_boosting")
    assert learnt.cross_validated[learnt.chosen] == max(
        learnt.cross_validated[name] for name in ("random_forest", "gradient_boosting")
    )


def test_of_noise_nothing_is_claimed() -> None:
    rng = np.random.default_rng(1)
    features, labels = rng.normal(size=(300, 4)), (rng.random(300) < 0.3).astype(np.int64)
    assert not learn(features, labels).difference.better


def test_of_a_straight_line_trees_are_no_better() -> None:
    rng = np.random.default_rng(2)
    features = rng.normal(size=(400, 3))
    labels = (features[:, 0] + features[:, 1] + rng.normal(size=400) > 1).astype(np.int64)
    assert not learn(features, labels).difference.better


def test_missing_and_constant_columns_are_borne() -> None:
    rng = np.random.default_rng(3)
    features, labels = rows_of(rng, 300)
    features[rng.random(300) < 0.2, 0] = np.nan
    features[:, 1], features[:, 2] = np.nan, 0  # the ratio by the third exists nowhere
    learnt = learn(features, labels, numeric=(0, 1, 2))
    assert np.isfinite(learnt.model.probabilities(features)).all()
    assert np.isfinite(learnt.baseline_probabilities(np.full((2, 3), np.nan))).all()


def test_a_customer_seen_several_times_is_not_recognised() -> None:
    rng = np.random.default_rng(4)
    who = np.repeat(np.arange(90), 3)
    features = np.repeat(rng.normal(size=(90, 3)), 3, axis=0)  # each customer's rows are alike
    labels = np.repeat((rng.random(90) < 0.4).astype(np.int64), 3)
    together = learn(features, labels, groups=who).cross_validated["random_forest"]
    apart = learn(features, labels).cross_validated["random_forest"]
    assert apart > 0.95 and together < 0.7


@pytest.mark.parametrize("positives", [0, LEAST_OF_A_CLASS - 1])
def test_too_few_of_a_class_are_refused(positives: int) -> None:
    labels = np.array([1] * positives + [0] * 100)
    with pytest.raises(NotEnoughRows) as refused:
        learn(np.zeros((len(labels), 2)), labels)
    assert refused.value.found == positives
    with pytest.raises(NotEnoughRows):
        learn(np.zeros((len(labels), 2)), 1 - labels)


def test_ratios_are_those_of_the_columns_and_never_infinite() -> None:
    features = np.array([[6.0, 3.0, 9.0], [5.0, 0.0, 9.0]] * 10)
    ratios = Prepared((0, 1)).fit(features, np.array([0, 1] * 10)).transform(features)
    assert ratios.shape == (20, 4)
    added = ratios[0, 3]
    assert added in (2.0, 0.5) and not np.isinf(ratios).any()
