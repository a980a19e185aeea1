"""Ridge regression of the articles on the vectors of their texts, with each text left out at no cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

STRENGTH = 1.0


class ArticleRegression:
    """One linear function an article: about 1 at its own texts, about 0 at all others.

    The closest single wording decides little on short questions; this weighs every text of an article. Solved
    in the space of the vectors, so that fitting grows with the number of texts and not with its cube.
    """

    def __init__(self, vectors: Vectors, owners: Ints, weights: Vectors, articles: int) -> None:
        """``owners`` is the article of each text, negative for none; ``weights`` how far each is trusted."""
        weighted = vectors * weights[:, None]
        self._inverse = np.linalg.inv(
            weighted.T @ vectors + STRENGTH * np.eye(vectors.shape[1], dtype=np.float32)
        )
        sums = np.zeros((articles, vectors.shape[1]), dtype=np.float32)
        owned = owners >= 0
        np.add.at(sums, owners[owned], weighted[owned])
        self._functions = sums @ self._inverse

    def scores(self, vector: Vectors, articles: Sequence[int]) -> Vectors:
        """What the functions of ``articles`` give at ``vector``."""
        return np.asarray(self._functions[list(articles)] @ vector)

    def scores_without(
        self, vector: Vectors, articles: Sequence[int], *, owner: int, weight: float
    ) -> Vectors:
        """The same as if the text with this vector had not been among those of ``owner``."""
        leverage = float(weight * (vector @ self._inverse @ vector))
        scores = self.scores(vector, articles)
        scores[[place for place, article in enumerate(articles) if article == owner]] -= leverage
        return np.asarray(scores / max(1 - leverage, 1e-6))
