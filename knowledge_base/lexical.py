"""How much two questions share in characters: TF-IDF of runs of one to three, no word list needed."""

from __future__ import annotations

import math
from collections import Counter
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


class Coverage:
    """How much of a question an article speaks about at all, rare characters counting more.

    A question may resemble an article in its form alone (几点关门: a bank, or a restaurant?); what is left
    uncovered is then its subject.
    """

    def __init__(self, texts: Sequence[str], owners: Sequence[int]) -> None:
        """``owners`` names the article of each text."""
        self._holding: dict[int, Counter[str]] = {}
        everywhere: Counter[str] = Counter()
        for text, owner in zip(texts, owners, strict=True):
            self._holding.setdefault(owner, Counter()).update(set(text))
            everywhere.update(set(text))
        self._common = {char: math.log((len(texts) + 1) / (count + 1)) for char, count in everywhere.items()}
        self._unseen = math.log(len(texts) + 1)

    def __call__(self, text: str, owner: int, *, without: str | None = None) -> float:
        """Covered share of ``text``, 0 to 1; ``without`` is one of the owner's texts to leave out."""
        holding = self._holding.get(owner, Counter())
        left_out = set(without or "")
        whole = covered = 0.0
        for char in set(text):
            weight = self._common.get(char, self._unseen)
            whole += weight
            if holding[char] > (char in left_out):
                covered += weight
        return covered / whole if whole > 0 else 0.0
