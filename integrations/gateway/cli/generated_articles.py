"""As many articles as a measurement needs: the real ones, then recombinations of them.

A generated article has the rows of a real one with some words of each replaced by words of another row, and a
vector between those of the two rows with some noise. So terms are as frequent and vectors as crowded as in a
real knowledge base of that size.
"""

import dataclasses
from collections.abc import Sequence
from functools import cache

import jieba
import numpy as np

from knowledge_base.index import NO_ARTICLE, Row
from knowledge_base.vector_cache import Vectors

_REPLACED = 0.35  # of a row's words; its vector goes as far towards the other row
_NOISE = 0.3  # the length of the noise against that of a vector


def grow(rows: Sequence[Row], vectors: Vectors, count: int, seed: int) -> tuple[list[Row], Vectors]:
    """Rows and unit vectors of ``count`` articles; the same for the same ``seed``.

    ``rows`` are those of at least one real article, with one vector each. Fewer articles than the real ones
    are the first of them; the questions that no article answers stay.
    """
    random = np.random.default_rng(seed)
    owners = np.array([row.article for row in rows])
    real = int(owners.max()) + 1
    kept = np.flatnonzero(owners < count).tolist()
    grown, parts = [rows[place] for place in kept], [vectors[kept]]
    by_kind = {
        kind: np.flatnonzero([row.kind == kind and row.article != NO_ARTICLE for row in rows])
        for kind in ("question", "body")
    }
    own_rows = [np.flatnonzero(owners == article).tolist() for article in range(real)]
    for article in range(real, count):
        own = own_rows[article % real]
        others = [int(random.choice(by_kind[rows[place].kind])) for place in own]
        grown += [
            _recombined(rows[place], rows[other], article, random)
            for place, other in zip(own, others, strict=True)
        ]
        parts.append(_between(vectors[own], vectors[others], random))
    return grown, np.concatenate(parts)


def _recombined(row: Row, other: Row, article: int, random: np.random.Generator) -> Row:
    words, strange = _words(row.compared), _words(other.compared)
    taken = random.random(len(words)) < _REPLACED
    picked = random.integers(len(strange), size=len(words))
    mixed = [strange[pick] if take else word for word, take, pick in zip(words, taken, picked, strict=True)]
    text = "".join(mixed)
    return dataclasses.replace(row, article=article, text=text, compared=text, held_out=False)


def _between(vectors: Vectors, others: Vectors, random: np.random.Generator) -> Vectors:
    noise = random.normal(scale=_NOISE / np.sqrt(vectors.shape[1]), size=vectors.shape)
    mixed = (1 - _REPLACED) * vectors + _REPLACED * others + noise
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


@cache
def _words(text: str) -> tuple[str, ...]:
    return tuple(jieba.cut(text))
