"""Metrics against values counted by hand, and splits from which nothing of the future leaks."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from integrations.crm.recommendations.comparison import compare, compare_last_fifth
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.recommendations.evaluation import (
    coverage,
    hits,
    ndcg,
    novelty,
    split_at,
    split_last_fifth,
    top,
)
from integrations.crm.recommendations.histories import Interactions
from tests.crm.recommendations.test_collaborative import rows


def flags(*lines: str) -> np.ndarray:
    return np.array([[mark == "1" for mark in line] for line in lines])


def test_ndcg_by_hand() -> None:
    lists = np.array([[0, 1, 2], [2, 1, 0], [3, 4, 5]])
    found = ndcg(lists, flags("100000", "100000", "110000"))
    assert found.tolist() == pytest.approx([1.0, 0.5, 0.0])
    two = ndcg(np.array([[0, 2, 1]]), flags("110"))
    assert two[0] == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))


def test_ndcg_agrees_with_scikit_learn() -> None:
    numbers = np.random.default_rng(3)
    scores, relevant = numbers.random((50, 20)), numbers.random((50, 20)) < 0.2
    relevant = relevant[relevant.any(axis=1)]
    scores = scores[: len(relevant)]
    ours = ndcg(top(scores, np.zeros_like(relevant)), relevant).mean()
    assert ours == pytest.approx(ndcg_score(relevant, scores, k=5))


def test_hits_coverage_and_novelty() -> None:
    lists = np.array([[0, 1], [1, 2]])
    assert hits(lists, flags("0010", "0010")).tolist() == [False, True]
    assert coverage(lists, 4) == 0.75
    assert novelty(lists, np.array([0.5, 0.25, 0.125, 1.0])) == pytest.approx((1 + 2 + 2 + 3) / 4)


def test_what_was_seen_is_not_in_the_list() -> None:
    scores = np.array([[9.0, 8.0, 7.0, 6.0]])
    assert top(scores, flags("1010"), at=2).tolist() == [[1, 3]]


def test_one_moment_cuts_the_time() -> None:
    known = rows(
        (1, "a", 1.0),
        (1, "b", 5.0),
        (1, "c", 9.0),
        (2, "a", 6.0),
        (2, "d", 7.0),
        (3, "a", 2.0),
        (3, "a", 8.0),
    )
    split = split_at(known, 5.0)
    assert split.known.days.max() < 5
    assert split.users.tolist() == [1]  # 2 has no history, 3 chose nothing new
    assert split.relevant.tolist() == [[False, True, True, False]]
    assert split.seen.tolist() == [[True, False, False, False]]
    assert split_at(known, 5.0, 9.0).relevant.tolist() == [[False, True, False, False]]


def test_bad_choices_are_seen_and_neither_learned_nor_foretold() -> None:
    liked = np.array([True, False, True, False])
    known = rows((1, "a", 1.0), (1, "b", 2.0), (1, "c", 6.0), (1, "d", 7.0), liked=liked)
    split = split_at(known, 5.0)
    assert split.known.items.tolist() == [0]
    assert split.seen.tolist() == [[True, True, False, False]]
    assert split.relevant.tolist() == [[False, False, True, False]]


def test_the_last_fifth_of_each_user() -> None:
    codes = tuple("abcdefghij")
    known = rows(*((user, code, float(at)) for user in (1, 2) for at, code in enumerate(codes)), codes=codes)
    split = split_last_fifth(known)
    assert len(split.known) == 16
    assert split.relevant.sum(axis=1).tolist() == [2, 2]


def followers(users: int = 300) -> Interactions:
    """Popular first choices; what comes second follows from the first."""
    codes = tuple("abcdefghijklmnop")
    numbers = np.random.default_rng(1)
    choices = []
    for user in range(users):
        first = int(numbers.choice(8, p=[0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05]))
        start = float(numbers.uniform(0, 100))
        choices += [
            (user, codes[first], start),
            (user, codes[first + 8], start + float(numbers.uniform(1, 40))),
        ]
    return rows(*choices, codes=codes)


def test_a_structure_that_is_there_is_found() -> None:
    found = compare(followers())
    assert found.ours.ndcg > 0.8
    assert found.ours.ndcg > 1.3 * found.popularity.ndcg
    assert found.popularity.ndcg > found.random.ndcg


def test_what_the_last_fifth_alone_knows_cannot_be_foretold() -> None:
    assert compare_last_fifth(followers()).ours.ndcg == 0


def test_nothing_after_the_cut_changes_what_is_learned() -> None:
    known = followers()
    cut = float(np.quantile(known.days, 0.8))
    shuffled = np.where(known.days < cut, known.items, (known.items + 5) % 16)
    other = Interactions.of(known.users, shuffled, known.days, known.codes)
    assert compare(known).recipe == compare(other).recipe


def test_what_cannot_be_compared() -> None:
    for bad in (rows((1, "a", 1.0)), rows((1, "a", 1.0), (2, "b", 1.0)), rows((1, "a", 1.0), (2, "b", 9.0))):
        with pytest.raises(BadInteractions):
            compare(bad)
