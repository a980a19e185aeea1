"""Wording: the lists by term give what comparing every text would, and coverage counts rare characters."""

import math
from collections import Counter

import pytest

from knowledge_base.lexical import LexicalIndex, terms

TEXTS = [
    "银行卡丢了怎么挂失",
    "信用卡怎么挂失",
    "转账手续费多少",
    "跨行转账要手续费吗",
    "贷款利率是多少",
    "手机银行怎么转账",
    "atm取款限额",
]


def weights(text: str) -> dict[str, float]:
    """TF-IDF as it is defined (logarithmic counts, smoothed frequencies, length one), term by term."""
    holding = Counter(term for known in TEXTS for term in set(terms(known)))
    counted = {term: count for term, count in Counter(terms(text)).items() if term in holding}
    raw = {
        term: (1 + math.log(count)) * (math.log((1 + len(TEXTS)) / (1 + holding[term])) + 1)
        for term, count in counted.items()
    }
    length = math.sqrt(sum(value**2 for value in raw.values()))
    return {term: value / length for term, value in raw.items()}


def brute_force(text: str) -> dict[int, float]:
    asked = weights(text)
    found = {}
    for place, known in enumerate(TEXTS):
        other = weights(known)
        if shared := asked.keys() & other.keys():
            found[place] = sum(asked[term] * other[term] for term in shared)
    return found


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex(TEXTS)


@pytest.mark.parametrize(
    "text", [*TEXTS, "卡丢了", "转帐手续费", "我的卡卡卡在哪里", "ATM取款", "利率利率多少多少"]
)
def test_scores_equal_a_comparison_with_every_text(index: LexicalIndex, text: str) -> None:
    places, scores = index.score(text)
    assert len(set(places.tolist())) == len(places)
    assert dict(zip(places.tolist(), scores.tolist(), strict=True)) == pytest.approx(
        brute_force(text), abs=1e-5
    )


def test_a_text_is_most_like_itself(index: LexicalIndex) -> None:
    for own, text in enumerate(TEXTS):
        places, scores = index.score(text)
        assert places[scores.argmax()] == own and scores.max() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["", "喵", "🙂", "xyz"])
def test_nothing_shared_finds_nothing(index: LexicalIndex, text: str) -> None:
    places, scores = index.score(text)
    assert len(places) == len(scores) == 0


def test_terms_are_runs_and_words() -> None:
    assert terms("转账") == ["转", "账", "转账", "\u2060转账"]
    assert terms("") == []
    assert set(terms("转账费用")) & set(terms("转帐费用")) >= {"转", "费", "用", "费用"}
