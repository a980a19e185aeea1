"""The thresholds between answering, suggesting and admitting that we do not know."""

import pytest

from knowledge_base.decision import ANSWER_FROM, FURTHER_FROM, SUGGEST_FROM, Answer, Hit, decide
from tests.knowledge_base.conftest import make_article


def hits(*scores: float) -> list[Hit]:
    return [Hit(make_article(f"a{n}", f"问{n}"), score, f"问{n}") for n, score in enumerate(scores)]


def ids(answer: Answer) -> list[str]:
    return [article.id for article in answer.suggestions]


@pytest.mark.parametrize(
    ("score", "kind"),
    [
        (1.0, "answer"),
        (ANSWER_FROM, "answer"),
        (ANSWER_FROM - 1e-6, "suggest"),
        (SUGGEST_FROM, "suggest"),
        (SUGGEST_FROM - 1e-6, "unsure"),
        (0.0, "unsure"),
    ],
)
def test_thresholds(score: float, kind: str) -> None:
    answer = decide(hits(score))
    assert answer.kind == kind
    assert (answer.article is not None) == (kind == "answer")
    assert answer.confidence == score


def test_no_hit_is_unsure() -> None:
    assert decide([]) == Answer("unsure")


def test_at_most_three_suggestions_and_no_hopeless_ones() -> None:
    assert ids(decide(hits(0.5, 0.4, 0.3, 0.2))) == ["a0", "a1", "a2"]
    assert ids(decide(hits(0.5, FURTHER_FROM, FURTHER_FROM - 1e-6))) == ["a0", "a1"]
    assert ids(decide(hits(0.1))) == []


@pytest.mark.parametrize(("score", "kind"), [(1.0, "suggest"), (0.5, "suggest"), (0.1, "unsure")])
def test_another_brand_is_never_answered(score: float, kind: str) -> None:
    answer = decide(hits(score), other_brand="工商银行")
    assert (answer.kind, answer.article, answer.other_brand) == (kind, None, "工商银行")


def test_a_vague_question_is_never_answered() -> None:
    assert decide(hits(0.9), vague=True).kind == "suggest"
