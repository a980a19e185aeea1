"""Near-duplicates: the short way finds what comparing every pair finds."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.near_duplicates import NearDuplicate, bigrams, near_duplicates, similarity

OWNED_TEXTS = st.lists(st.tuples(st.text("卡丢了吗a ？", max_size=8), st.integers(0, 3)), max_size=25)


@given(OWNED_TEXTS, st.sampled_from([0.2, 0.5, 0.6, 0.75, 0.8, 0.85]))
def test_every_pair_is_found(owned: list[tuple[str, int]], above: float) -> None:
    sets = [bigrams(text) for text, _ in owned]
    expected = {
        NearDuplicate(first, second, similarity(sets[first], sets[second]))
        for first, second in combinations(range(len(owned)), 2)
        if owned[first][1] != owned[second][1] and similarity(sets[first], sets[second]) > above
    }
    found = list(near_duplicates([text for text, _ in owned], [owner for _, owner in owned], above=above))
    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        ("卡丢了怎么办", "卡丢了，怎么办？", 1.0),
        ("ＡＴＭ取款", "atm取款", 1.0),
        ("转账限额", "转账额度", 1 / 5),
        ("卡", "卡", 1.0),
        ("卡", "卡丢了", 0.0),
        ("👍", "👎", 0.0),
        ("👍", "👍 ", 1.0),
    ],
)
def test_similarity(one: str, other: str, value: float) -> None:
    assert similarity(bigrams(one), bigrams(other)) == pytest.approx(value)


def test_the_limit_itself_is_not_above_it() -> None:
    texts = ["一二三四五", "一二三四五六"]
    assert [pair.similarity for pair in near_duplicates(texts, "ab", above=0.79)] == [0.8]
    assert list(near_duplicates(texts, "ab", above=0.8)) == []
