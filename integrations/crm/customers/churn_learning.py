"""Learn to tell who leaves: random forest against gradient boosting, against logistic regression. Pure.

Everything is decided on the training rows alone, by cross-validation: which of the two is taken, and how its
probabilities are calibrated. Whether it is better than the baseline is decided there and on the test rows.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from integrations.crm.customers.churn_scores import (
    Difference,
    Labels,
    Numbers,
    auc_difference,
    brier,
    roc_auc,
)

FOLDS = 5
LEAST_OF_A_CLASS = 20
"""Rows of each class below which nothing can be learnt and judged."""
BASELINE = "logistic_regression"
_RATIO_COLUMNS = 6
_METHODS = ("none", "sigmoid", "isotonic")
_EPSILON = 1e-6


class NotEnoughRows(ValueError):
    """Too few rows of one class; `found` is how many there are of the rarer one."""

    def __init__(self, found: int) -> None:
        super().__init__(f"{found} rows of the rarer class, {LEAST_OF_A_CLASS} are needed")
        self.found = found


class Prepared(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Leaves out columns without any value, and adds ratios of the few numeric columns that matter most.

    Trees cut along single columns; what an amount is per movement takes them many cuts. Which columns matter
    is what a small forest on the training rows says.
    """

    def __init__(self, numeric: Sequence[int] = ()) -> None:
        self.numeric = numeric

    def fit(self, features: Numbers, labels: Labels) -> Self:
        """Choose the columns."""
        self.filled_ = np.flatnonzero(~np.isnan(features).all(axis=0))
        numeric = [place for place in self.numeric if place in self.filled_]
        self.pairs_: list[tuple[int, int]] = []
        if len(numeric) > 1:
            forest = RandomForestClassifier(60, max_depth=8, min_samples_leaf=5, random_state=0)
            weights = forest.fit(features[:, numeric], labels).feature_importances_
            best = [numeric[place] for place in np.argsort(-weights, kind="stable")[:_RATIO_COLUMNS]]
            pairs = [(one, other) for place, one in enumerate(best) for other in best[place + 1 :]]
            self.pairs_ = [pair for pair in pairs if not np.isnan(_ratio(features, *pair)).all()]
        return self

    def transform(self, features: Numbers) -> Numbers:
        """The columns that have values, and behind them the ratios; NaN where the divisor is 0."""
        ratios = [_ratio(features, *pair) for pair in self.pairs_]
        return np.column_stack([features[:, self.filled_], *ratios])


def _ratio(features: Numbers, top: int, bottom: int) -> Numbers:
    divisor = features[:, bottom]
    ratio = features[:, top] / np.where(np.abs(divisor) < _EPSILON, np.nan, divisor)
    return np.asarray(ratio, dtype=np.float64)


class Calibrated:
    """A fitted classifier whose probabilities are corrected by what cross-validation saw."""

    def __init__(self, classifier: Any, method: str, corrector: Any) -> None:
        self.classifier, self.method, self._corrector = classifier, method, corrector

    def probabilities(self, features: Numbers) -> Numbers:
        """Of each row how probable the positive class is."""
        raw = _positive(self.classifier, features)
        return _corrected(self.method, self._corrector, raw)


@dataclass(frozen=True)
class Learnt:
    """What came out of the training rows; `cross_validated` holds the AUC of each candidate there."""

    chosen: str
    model: Calibrated
    baseline: Calibrated
    cross_validated: dict[str, float]
    difference: Difference  # to the baseline, by cross-validation

    def baseline_probabilities(self, features: Numbers) -> Numbers:
        """What logistic regression says of the same rows."""
        return self.baseline.probabilities(features)


def learn(
    features: Numbers,
    labels: Labels,
    *,
    numeric: Sequence[int] = (),
    groups: npt.NDArray[np.int64] | None = None,
    seed: int = 0,
) -> Learnt:
    """Learn from these rows (NaN = missing). Raises NotEnoughRows.

    `numeric` names the columns whose ratios may be added; rows of one group (a customer) are kept together.
    """
    counts = np.bincount(labels, minlength=2)
    if counts.min() < LEAST_OF_A_CLASS:
        raise NotEnoughRows(int(counts.min()))
    candidates = _candidates(tuple(numeric), int(counts.min()), seed)
    folds = list(_folds(features, labels, groups, seed))
    # Threads that wait for each other spin: on a busy machine one thread is many times faster.
    with threadpool_limits(1):
        unseen = {name: _cross_predict(one, features, labels, folds) for name, one in candidates.items()}
        found = {name: roc_auc(labels, scores) for name, scores in unseen.items()}
        chosen = max((name for name in found if name != BASELINE), key=lambda name: found[name])
        fitted = {name: _fitted(candidates[name], features, labels) for name in (chosen, BASELINE)}
        model = Calibrated(fitted[chosen], *_calibration_of(labels, unseen[chosen], folds, _METHODS))
        # Not isotonic: its steps would tie rows, and so worsen the baseline's ranking.
        corrected = _calibration_of(labels, unseen[BASELINE], folds, _METHODS[:2])
        baseline = Calibrated(fitted[BASELINE], *corrected)
    difference = auc_difference(labels, unseen[chosen], unseen[BASELINE])
    return Learnt(chosen, model, baseline, found, difference)


def _candidates(numeric: tuple[int, ...], rarer: int, seed: int) -> dict[str, Any]:
    """Boosting takes fewer rounds where few rows of the rarer class would be learnt by heart."""
    rounds = int(np.clip(rarer, 80, 500))
    boosting = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=rounds,
        max_leaf_nodes=8,
        max_features=0.5,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    return {
        "random_forest": make_pipeline(
            Prepared(numeric), RandomForestClassifier(200, min_samples_leaf=2, n_jobs=2, random_state=seed)
        ),
        "gradient_boosting": make_pipeline(Prepared(numeric), boosting),
        BASELINE: make_pipeline(
            Prepared(numeric),
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
            QuantileTransformer(n_quantiles=50, output_distribution="normal", subsample=None),
            StandardScaler(),
            LogisticRegression(max_iter=5000, random_state=seed),
        ),
    }


def _folds(features: Numbers, labels: Labels, groups: npt.NDArray[np.int64] | None, seed: int) -> Any:
    if groups is None:
        return StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(features, labels)
    return StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(features, labels, groups)


def _cross_predict(candidate: Any, features: Numbers, labels: Labels, folds: Any) -> Numbers:
    """Each row's probability by a model that has not seen it."""
    found = np.zeros(len(labels))
    for train, held in folds:
        found[held] = _positive(_fitted(candidate, features[train], labels[train]), features[held])
    return found


def _fitted(candidate: Any, features: Numbers, labels: Labels) -> Any:
    with warnings.catch_warnings():
        # Columns of one value, and regressions that need more steps, are no fault of the operator.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)
        fitted = clone(candidate).fit(features, labels)
    if isinstance(fitted[-1], RandomForestClassifier):
        # To answer for a few rows, handing out the work takes longer than doing it.
        fitted[-1].set_params(n_jobs=None)
    return fitted


def _positive(classifier: Any, features: Numbers) -> Numbers:
    return np.asarray(classifier.predict_proba(features)[:, 1], dtype=np.float64)


def _calibration_of(labels: Labels, unseen: Numbers, folds: Any, methods: Sequence[str]) -> tuple[str, Any]:
    """Whichever of the methods has the smallest Brier score on folds it has not seen."""
    scores = {}
    for method in methods:
        corrected = np.zeros(len(labels))
        for train, held in folds:
            corrector = _corrector(method, labels[train], unseen[train])
            corrected[held] = _corrected(method, corrector, unseen[held])
        scores[method] = brier(labels, corrected)
    chosen = min(scores, key=lambda method: scores[method])
    return chosen, _corrector(chosen, labels, unseen)


def _corrector(method: str, labels: Labels, unseen: Numbers) -> Any:
    if method == "sigmoid":
        return LogisticRegression(C=1e6).fit(_log_odds(unseen), labels)
    if method == "isotonic":
        return IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(unseen, labels)
    return None


def _corrected(method: str, corrector: Any, raw: Numbers) -> Numbers:
    if method == "sigmoid":
        return _positive(corrector, _log_odds(raw))
    if method == "isotonic":
        return np.asarray(corrector.predict(raw), dtype=np.float64)
    return raw


def _log_odds(probabilities: Numbers) -> Numbers:
    bounded = np.clip(probabilities, _EPSILON, 1 - _EPSILON)
    return np.asarray(np.log(bounded / (1 - bounded)), dtype=np.float64).reshape(-1, 1)
