"""Finds texts that say almost the same: most of their pairs of neighbouring characters agree."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from knowledge_base.question_text import fold


class NearDuplicate(NamedTuple):
    """Two texts of different owners: positions in the list that was searched (first < second), 0 to 1."""

    first: int
    second: int
    similarity: float


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of the folded text; a shorter text stands for itself."""
    folded = fold(text)
    if len(folded) < 2:
        # A smiley or a lone punctuation mark folds to nothing, yet differs from another one.
        return frozenset([folded or text.strip()])
    return frozenset(folded[start : start + 2] for start in range(len(folded) - 1))


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard: what two sets share, as a part of what they hold together."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def near_duplicates(
    texts: Sequence[str], owners: Sequence[Hashable], *, above: float
) -> Iterator[NearDuplicate]:
    """Every pair of texts with different owners whose similarity is greater than ``above`` (0 to 1).

    Two sets that similar share at least one of the rarest members of each ("prefix filtering", Chaudhuri,
    Ganti and Kaushik 2006), so that only texts with such a member in common are compared.
    """
    sets = [bigrams(text) for text in texts]
    often = Counter(member for members in sets for member in members)
    seen: dict[str, list[int]] = defaultdict(list)
    for second, members in enumerate(sets):
        # The small number keeps 0.8 × 5 from being rounded up to 5.
        fewest_shared = math.ceil(above * len(members) - 1e-9)
        rarest = sorted(members, key=lambda member: (often[member], member))
        prefix = rarest[: len(members) - fewest_shared + 1]
        for first in sorted({position for member in prefix for position in seen[member]}):
            if owners[first] != owners[second]:
                value = similarity(sets[first], members)
                if value > above:
                    yield NearDuplicate(first, second, value)
        for member in prefix:
            seen[member].append(second)
