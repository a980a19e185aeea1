"""Ranker and confidence: they follow the evidence, and without lessons they still have an opinion."""

from dataclasses import replace

import numpy as np
import pytest

from knowledge_base.confidence import (
    UNANSWERABLE_SHARE,
    Confidence,
    Evidence,
    Numbers,
    Ranker,
    _weights,
    summary,
)

PLAIN = Evidence(
    fit=0.5,
    named=-1.0,
    nothing=-3.0,
    meaning=0.7,
    second=0.6,
    wording=0.5,
    both=1.2,
    body=0.8,
    coverage=0.9,
    shared=2,
    strange=0,
)


def lessons(count: int = 200) -> tuple[list[Evidence], list[bool]]:
    """Candidates that are right where their fit is high, with some noise."""
    random = np.random.default_rng(3)
    fits = random.uniform(0, 1, count)
    right = fits + random.normal(scale=0.15, size=count) > 0.5
    return [replace(PLAIN, fit=float(fit)) for fit in fits], right.tolist()


def summaries(evidence: list[Evidence]) -> list[Numbers]:
    return [summary(0, np.array([one.fit]), [one]) for one in evidence]


def test_numbers_are_the_fields_in_their_order() -> None:
    assert PLAIN.numbers() == [0.5, -1.0, -3.0, 0.7, 0.6, 0.5, 1.2, 0.8, 0.9, 2, 0]


# ---- ranker


def test_the_ranker_prefers_what_was_right() -> None:
    scores = Ranker(*lessons()).scores([replace(PLAIN, fit=fit) for fit in (0.1, 0.4, 0.6, 0.9)])
    assert (np.diff(scores) > 0).all()
    assert scores[0] < 0 < scores[-1]


@pytest.mark.parametrize("right", [[], [True, True], [False, False]])
def test_a_ranker_without_both_kinds_goes_by_fit_and_similarity(right: list[bool]) -> None:
    ranker = Ranker([PLAIN] * len(right), right)
    better = replace(PLAIN, fit=0.9)
    assert ranker.scores([PLAIN, better]).tolist() == pytest.approx([1.7, 2.1])


# ---- confidence


def test_confidence_is_a_probability_that_grows_with_the_evidence() -> None:
    evidence, right = lessons()
    confidence = Confidence(summaries(evidence), right, [True] * len(right))
    told = confidence(summaries([replace(PLAIN, fit=fit) for fit in np.linspace(0, 1, 11)]))
    assert (np.diff(told) > 0).all() and told[0] < 0.1 and told[-1] > 0.9
    assert (told >= 0).all() and (told <= 1).all()


def test_confidence_is_calibrated_on_its_lessons() -> None:
    evidence, right = lessons(1000)
    told = Confidence(summaries(evidence), right, [True] * len(right))(summaries(evidence))
    assert told.mean() == pytest.approx(np.mean(right), abs=0.02)


@pytest.mark.parametrize("right", [[], [True, True], [False, False]])
def test_confidence_without_both_kinds_is_the_bare_fit(right: list[bool]) -> None:
    confidence = Confidence(summaries([PLAIN] * len(right)), right, [True] * len(right))
    asked = summaries([replace(PLAIN, fit=fit) for fit in (-0.2, 0.4, 1.3)])
    assert confidence(asked).tolist() == pytest.approx([0.0, 0.4, 1.0])


def test_unanswerable_questions_make_up_their_share() -> None:
    weights = _weights(np.array([True] * 12 + [False] * 5))
    assert (weights[:12] == 1).all()
    assert weights[12:].sum() / weights.sum() == pytest.approx(UNANSWERABLE_SHARE)


@pytest.mark.parametrize("answerable", [True, False])
def test_one_kind_alone_is_not_weighted(answerable: bool) -> None:
    assert _weights(np.array([answerable] * 4)).tolist() == [1, 1, 1, 1]


def test_a_few_unanswerable_questions_count_for_their_share() -> None:
    """Not for their number: ten of them make the same evidence as doubtful as a hundred would."""
    evidence, right = [PLAIN] * 100, [True] * 90 + [False] * 10
    few = Confidence(summaries([*evidence, PLAIN]), [*right, False], [True] * 100 + [False])
    many = Confidence(summaries(evidence + [PLAIN] * 50), right + [False] * 50, [True] * 100 + [False] * 50)
    [told_few], [told_many] = few(summaries([PLAIN])), many(summaries([PLAIN]))
    assert told_few == pytest.approx(told_many, abs=0.01)
    assert told_few == pytest.approx(0.9 * (1 - UNANSWERABLE_SHARE), abs=0.01)


# ---- summary


def test_the_summary_holds_score_lead_and_evidence() -> None:
    told = summary(1, np.array([1.0, 3.0, 2.5]), [PLAIN, replace(PLAIN, fit=0.8), PLAIN])
    assert told[:3].tolist() == pytest.approx([3.0, 0.5, 0.8])
    assert len(told) == 2 + len(PLAIN.numbers())


def test_the_second_best_trails() -> None:
    assert summary(2, np.array([1.0, 3.0, 2.5]), [PLAIN] * 3)[1] == pytest.approx(-0.5)


def test_a_candidate_alone_leads_by_its_score() -> None:
    assert summary(0, np.array([1.5]), [PLAIN])[1] == 1.5
