"""How much two questions share in words and characters."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

import jieba
import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

Scores = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

jieba.setLogLevel(logging.WARNING)
_LONGEST_RUN = 3


def terms(text: str) -> list[str]:
    """The words that jieba finds and the runs of one to three characters: 「转账」 and 「转帐」 share some.

    Short questions with typing errors keep most of their runs, where segmented words alone would be lost.
    """
    runs = [text[at : at + size] for size in range(1, _LONGEST_RUN + 1) for at in range(len(text) - size + 1)]
    return runs + [f"\u2060{word}" for word in jieba.cut(text) if len(word) > 1]


class LexicalIndex:
    """TF-IDF over ``terms``, kept by term: a question costs only what its own terms occur."""

    def __init__(self, texts: Sequence[str]) -> None:
        vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True, dtype=np.float32)
        self._postings = vectorizer.fit_transform(texts).T.tocsr()
        self._places: dict[str, int] = vectorizer.vocabulary_
        self._rarity = vectorizer.idf_.astype(np.float32)

    def score(self, text: str) -> tuple[Places, Scores]:
        """The places of the texts that share a term with ``text``, and their similarity, 0 to 1."""
        # What the vectorizer's transform does; on one text most of its time goes into checking its input.
        counts = {
            self._places[term]: count for term, count in Counter(terms(text)).items() if term in self._places
        }
        if not counts:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        asked = np.array(list(counts))
        weights = (1 + np.log(np.array(list(counts.values()), dtype=np.float32))) * self._rarity[asked]
        similarity = self._postings[asked].T @ (weights / np.linalg.norm(weights))
        found = np.flatnonzero(similarity > 0)  # of truth values: several times as fast as of numbers
        return found, similarity[found]
