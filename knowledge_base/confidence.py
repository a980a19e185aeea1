"""How likely an article is the right one for a question, learned from the knowledge base itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

# Share of the questions sent to the knowledge base that it cannot answer; the background questions are
# weighted to make up this share while the confidence is fitted.
UNANSWERABLE_SHARE = 0.3

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one article.

    ``fit`` is what the regression over all its texts says; ``named`` the logarithm of the probability that
    the classifier gives it, ``nothing`` that of no article being right; ``meaning`` and ``wording`` are the
    similarities of its closest title or variant, ``second`` of the one after it, ``both`` the best sum of the
    two on one text, ``body`` of its closest sentence; ``coverage`` the share of the question it speaks of;
    ``shared`` and ``strange`` count the question's subjects that the article names, and does not name.
    """

    fit: float
    named: float
    nothing: float
    meaning: float
    second: float
    wording: float
    both: float
    body: float
    coverage: float
    shared: int
    strange: int

    def numbers(self) -> list[float]:
        """The fields in their order."""
        return [getattr(self, name) for name in self.__slots__]


class _Linear:
    """A fitted scaler and logistic regression as one product.

    On a handful of rows scikit-learn's checks of its input take milliseconds, the product microseconds.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        scaler, regression = pipeline[0], pipeline[1]
        self._weights = np.asarray(regression.coef_[0] / scaler.scale_)
        self._bias = float(regression.intercept_[0] - self._weights @ scaler.mean_)

    def __call__(self, table: Numbers) -> Numbers:
        """The logarithm of the odds of each row."""
        return np.asarray(table @ self._weights + self._bias)


class Ranker:
    """Logistic regression over the evidence for each of the articles that come into question."""

    def __init__(self, evidence: Sequence[Evidence], right: Sequence[bool]) -> None:
        """Fit on candidates of which it is known whether they are right; without both kinds, on nothing."""
        self._model = None
        if len(set(right)) == 2:
            pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500))
            self._model = _Linear(pipeline.fit(_table(evidence), np.array(right)))

    def scores(self, evidence: Sequence[Evidence]) -> Numbers:
        """One number a candidate, the larger the better."""
        if self._model is None:
            return np.array([one.fit + one.both for one in evidence])
        return self._model(_table(evidence))


class Confidence:
    """Logistic regression over the best candidate of questions whose right article is known."""

    def __init__(self, best: Sequence[Numbers], right: Sequence[bool], answerable: Sequence[bool]) -> None:
        """Fit on ``summary`` of each question, whether its best article was right, and whether any is."""
        self._model = None
        if len(set(right)) == 2:
            pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=1000))
            weights = _weights(np.array(answerable, dtype=bool))
            pipeline.fit(np.array(best), np.array(right), logisticregression__sample_weight=weights)
            self._model = _Linear(pipeline)

    def __call__(self, summaries: Sequence[Numbers]) -> Numbers:
        """Probabilities, 0 to 1, that the articles are right; from the bare fit where nothing was learned."""
        table = np.array(summaries)
        if self._model is None:
            return np.clip(table[:, 2], 0.0, 1.0)
        return np.asarray(expit(self._model(table)))


def summary(place: int, scores: Numbers, evidence: Sequence[Evidence]) -> Numbers:
    """What the confidence looks at: score, its lead over the best other candidate, and the evidence."""
    others = np.delete(scores, place)
    lead = scores[place] - (others.max() if len(others) else 0.0)
    return np.array([scores[place], lead, *evidence[place].numbers()])


def _table(evidence: Sequence[Evidence]) -> Numbers:
    return np.array([one.numbers() for one in evidence], dtype=np.float64)


def _weights(answerable: npt.NDArray[np.bool_]) -> Numbers:
    weights = np.ones(len(answerable))
    known, unknown = int(answerable.sum()), int((~answerable).sum())
    if known and unknown:
        weights[~answerable] = known / unknown * UNANSWERABLE_SHARE / (1 - UNANSWERABLE_SHARE)
    return weights
