"""Score and confidence: they follow the evidence, and without lessons they still have an opinion."""

from dataclasses import replace

import numpy as np
import pytest

from knowledge_base.confidence import UNANSWERABLE_SHARE, Confidence, Evidence, Numbers, _weights, shares

PLAIN = Evidence(named=-1.0, fit=0.5, alike=1.2, shared=2, strange=0)
UNLIKELY = -6.0


def lessons(count: int = 200) -> tuple[Numbers, Numbers, list[bool]]:
    """Questions whose best article is right where its share is high, with some noise."""
    random = np.random.default_rng(3)
    share = random.uniform(0, 1, count)
    right = share + random.normal(scale=0.15, size=count) > 0.5
    return share, np.full(count, UNLIKELY), right.tolist()


def fitted(share: Numbers, nothing: Numbers, right: list[bool]) -> Confidence:
    return Confidence(share, nothing, right, [True] * len(right))


@pytest.mark.parametrize(
    ("field", "better"), [("named", -0.5), ("fit", 0.6), ("alike", 1.3), ("shared", 3), ("strange", -1)]
)
def test_more_evidence_is_a_higher_score(field: str, better: float) -> None:
    assert replace(PLAIN, **{field: better}).score > PLAIN.score


def test_shares_are_probabilities_in_the_order_of_the_scores() -> None:
    found = shares([1.0, 3.0, 2.0])
    assert found.sum() == pytest.approx(1) and found.argsort().tolist() == [0, 2, 1]
    assert shares([-700.0]).tolist() == [1.0]


def test_confidence_is_a_probability_that_grows_with_the_share() -> None:
    told = fitted(*lessons())(np.linspace(0, 1, 11), np.full(11, UNLIKELY))
    assert (np.diff(told) > 0).all() and told[0] < 0.1 and told[-1] > 0.9
    assert (told >= 0).all() and (told <= 1).all()


def test_confidence_is_lower_where_no_article_may_be_right() -> None:
    share = np.tile([0.9, 0.2], 20)
    nothing = np.repeat([-9.0, -0.1], 20)
    answerable = [True] * 20 + [False] * 20
    right = [bool(s > 0.5) and known for s, known in zip(share, answerable, strict=True)]
    told = Confidence(share, nothing, right, answerable)(np.array([0.9, 0.9]), np.array([-9.0, -0.1]))
    assert told[0] > 0.5 > told[1]


def test_confidence_is_calibrated_on_its_lessons() -> None:
    share, nothing, right = lessons(1000)
    assert fitted(share, nothing, right)(share, nothing).mean() == pytest.approx(np.mean(right), abs=0.02)


@pytest.mark.parametrize("right", [[], [True, True], [False, False]])
def test_confidence_without_both_kinds_is_the_bare_share(right: list[bool]) -> None:
    confidence = fitted(np.ones(len(right)), np.zeros(len(right)), right)
    assert confidence(np.array([0.1, 0.9]), np.zeros(2)).tolist() == [0.1, 0.9]


def test_unanswerable_questions_make_up_their_share() -> None:
    weights = _weights(np.array([True] * 12 + [False] * 5))
    assert (weights[:12] == 1).all()
    assert weights[12:].sum() / weights.sum() == pytest.approx(UNANSWERABLE_SHARE)


@pytest.mark.parametrize("answerable", [True, False])
def test_one_kind_alone_is_not_weighted(answerable: bool) -> None:
    assert _weights(np.array([answerable] * 4)).tolist() == [1, 1, 1, 1]
