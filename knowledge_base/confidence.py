"""What speaks for an article, and how likely it is the right one, learned from the knowledge base itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# Share of the questions sent to the knowledge base that it cannot answer; the background questions are
# weighted to make up this share while the confidence is fitted.
UNANSWERABLE_SHARE = 0.3
# Of the similarities, against the logarithm of a probability. Fixed: the articles' own wordings differ on
# purpose, so what is learned from leaving one out trusts similarity less than customers' questions deserve.
SIMILARITY_WEIGHT = 4.0
SUBJECT_WEIGHT = 0.5

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one article.

    ``named`` is the logarithm of the probability that the classifier gives it; ``fit`` what the regression
    over all its texts says; ``alike`` the best sum of the similarities in meaning and wording on one title or
    variant; ``shared`` and ``strange`` count the question's subjects that the article names, and does not.
    """

    named: float
    fit: float
    alike: float
    shared: int
    strange: int

    @property
    def score(self) -> float:
        """One number, the larger the better."""
        similarity = SIMILARITY_WEIGHT * (self.fit + self.alike)
        return self.named + similarity + SUBJECT_WEIGHT * (self.shared - self.strange)


class Confidence:
    """Logistic regression over the best candidate of questions whose right article is known.

    It looks at two numbers: the candidate's share of all candidates' scores, and what the classifier says of
    no article being right.
    """

    def __init__(
        self, shares: Numbers, nothing: Numbers, right: Sequence[bool], answerable: Sequence[bool]
    ) -> None:
        """Fit on one question a row: whether its best article was right, and whether any is."""
        self._weights: Numbers | None = None
        self._bias = 0.0
        if len(set(right)) == 2:
            pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=1000))
            weights = _weights(np.array(answerable, dtype=bool))
            table = np.column_stack([shares, nothing])
            pipeline.fit(table, np.array(right), logisticregression__sample_weight=weights)
            scaler, regression = pipeline[0], pipeline[1]
            # One product: on a few rows scikit-learn's checks of its input take milliseconds.
            self._weights = np.asarray(regression.coef_[0] / scaler.scale_)
            self._bias = float(regression.intercept_[0] - self._weights @ scaler.mean_)

    def __call__(self, shares: Numbers, nothing: Numbers) -> Numbers:
        """Probabilities, 0 to 1, that the articles are right; the bare shares where nothing was learned."""
        if self._weights is None:
            return np.asarray(shares)
        return np.asarray(expit(np.column_stack([shares, nothing]) @ self._weights + self._bias))


def shares(scores: Sequence[float]) -> Numbers:
    """Each score's share of all, as probabilities: 0 to 1, adding up to 1."""
    return np.asarray(softmax(np.array(scores, dtype=np.float64)))


def _weights(answerable: npt.NDArray[np.bool_]) -> Numbers:
    weights = np.ones(len(answerable))
    known, unknown = int(answerable.sum()), int((~answerable).sum())
    if known and unknown:
        weights[~answerable] = known / unknown * UNANSWERABLE_SHARE / (1 - UNANSWERABLE_SHARE)
    return weights
