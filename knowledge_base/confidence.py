"""How likely the best article is the right one, learned from the knowledge base itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

# Share of the questions sent to the knowledge base that it cannot answer; the background questions are
# weighted to make up this share while the confidence is fitted.
UNANSWERABLE_SHARE = 0.3

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one article.

    ``score`` is the index's; ``lead`` how far it stands above the best other article (negative when it
    is below); ``meaning`` the cosine of its closest wording; ``coverage`` the share of the question it
    speaks of; ``shared`` and ``strange`` count the question's subjects that the article names, and does
    not name.
    """

    score: float
    lead: float
    meaning: float
    coverage: float
    shared: int
    strange: int

    def numbers(self) -> list[float]:
        """The features in the order in which the model was fitted."""
        return [self.score, self.lead, self.meaning, self.coverage, self.shared, self.strange]


class Confidence:
    """Logistic regression over the evidence of questions whose right article is known."""

    def __init__(self, evidence: list[Evidence], right: list[bool], answerable: list[bool]) -> None:
        """Fit on each question's evidence for its best article, whether it was right, and whether any is."""
        self._factors: Numbers | None = None
        self._base = 0.0
        if len(set(right)) == 2:
            weights = _weights(np.array(answerable, dtype=bool))
            model = LogisticRegression(C=10.0, max_iter=1000)
            features = np.array([one.numbers() for one in evidence])
            model.fit(features, np.array(right), sample_weight=weights)
            self._factors, self._base = model.coef_[0], float(model.intercept_[0])

    def __call__(self, evidence: Evidence) -> float:
        """Probability, 0 to 1, that the article is right; the bare score where nothing was learned."""
        if self._factors is None:
            return float(np.clip(evidence.score, 0.0, 1.0))
        total = self._base + float(self._factors @ np.array(evidence.numbers()))
        return 1 / (1 + math.exp(-total))


def _weights(answerable: npt.NDArray[np.bool_]) -> Numbers:
    weights = np.ones(len(answerable))
    known, unknown = int(answerable.sum()), int((~answerable).sum())
    if known and unknown:
        weights[~answerable] = known / unknown * UNANSWERABLE_SHARE / (1 - UNANSWERABLE_SHARE)
    return weights
