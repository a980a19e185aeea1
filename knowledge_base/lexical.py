"""How much two questions share in characters: TF-IDF of runs of one to three, no word list needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

Scores = npt.NDArray[np.float32]


class CharacterTfidf:
    """Texts compared by their runs of characters; 1 is the same text, 0 nothing in common.

    Short questions with typing errors keep most of their runs, where segmented words would be lost.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 3), sublinear_tf=True, lowercase=False, dtype=np.float32
        )
        self._rows = self._vectorizer.fit_transform(texts).tocsr()

    def __len__(self) -> int:
        return int(self._rows.shape[0])

    def score(self, text: str) -> Scores:
        """Similarity of ``text`` to every text, 0 to 1, in their order."""
        query = self._vectorizer.transform([text])
        return np.asarray((self._rows @ query.T).toarray()[:, 0], dtype=np.float32)

    def pairwise(self) -> Scores:
        """Similarity of every text to every other, as a square matrix."""
        return np.asarray((self._rows @ self._rows.T).toarray(), dtype=np.float32)
