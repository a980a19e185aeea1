"""The thresholds between answering, suggesting and admitting that we do not know."""

import pytest

from knowledge_base.decision import (
    ADVISE_FROM,
    ANSWER_FROM,
    FURTHER_FROM,
    GUESS_FROM,
    SUGGEST_FROM,
    Answer,
    Hit,
    decide,
)
from knowledge_base.other_brands import Institution
from tests.knowledge_base.conftest import make_article

BANK = Institution("工商银行", "bank", "95588")
LENDER = Institution("借呗", "lender", "95188")


by_score = pytest.mark.parametrize(
    ("score", "kind"),
    [
        (1.0, "answer"),
        (ANSWER_FROM, "answer"),
        (ANSWER_FROM - 1e-6, "guess"),
        (GUESS_FROM, "guess"),
        (GUESS_FROM - 1e-6, "suggest"),
        (SUGGEST_FROM, "suggest"),
        (SUGGEST_FROM - 1e-6, "unsure"),
        (0.0, "unsure"),
    ],
)


def hits(*scores: float) -> list[Hit]:
    return [Hit(make_article(f"a{n}", f"问{n}"), score, f"问{n}") for n, score in enumerate(scores)]


def ids(answer: Answer) -> list[str]:
    return [article.id for article in answer.suggestions]


@by_score
def test_thresholds(score: float, kind: str) -> None:
    answer = decide(hits(score))
    assert answer.kind == kind
    assert (answer.article is not None) == (kind == "answer")
    assert answer.confidence == score


def test_no_hit_is_unsure() -> None:
    assert decide([]) == Answer("unsure")


def test_at_most_three_suggestions_and_no_hopeless_ones() -> None:
    assert ids(decide(hits(0.4, 0.3, 0.2, 0.1))) == ["a0", "a1", "a2"]
    assert ids(decide(hits(0.4, FURTHER_FROM, FURTHER_FROM - 1e-6))) == ["a0", "a1"]
    assert ids(decide(hits(0.1))) == []


def test_a_vague_question_is_never_answered() -> None:
    assert decide(hits(0.9), vague=True).kind == "suggest"
    assert decide(hits(GUESS_FROM), vague=True).kind == "suggest"
    assert decide(hits(0.9), vague=True, other_brand=BANK).kind == "suggest"


def test_general_advice_on_lenders_needs_little_confidence() -> None:
    assert decide(hits(ADVISE_FROM), about_lenders=["a0"]).kind == "guess"
    assert decide(hits(ADVISE_FROM), about_lenders=["a1"]).kind == "suggest"
    assert decide(hits(ADVISE_FROM), about_wallets=["a0"]).kind == "suggest"
    wallet = decide(hits(1.0), other_brand=LENDER, about_wallets=["a0"])
    assert wallet.article is not None and wallet.article.id == "a0"


@by_score
def test_another_banks_question_is_answered_for_reference(score: float, kind: str) -> None:
    answer = decide(hits(score), other_brand=BANK)
    assert (answer.kind, answer.other_brand) == (kind, BANK)
    assert (answer.article is not None) == (kind == "answer")


def test_no_hit_for_another_institution_is_unsure_of_it() -> None:
    assert decide([], other_brand=BANK) == Answer("unsure", other_brand=BANK)
    assert decide([], other_brand=LENDER, about_lenders=["a0"]) == Answer("unsure", other_brand=LENDER)


@pytest.mark.parametrize("score", [1.0, 0.5, 0.1])
def test_a_lender_is_never_answered_with_our_own_terms(score: float) -> None:
    answer = decide(hits(score), other_brand=LENDER, about_lenders=["a9"])
    assert answer == Answer("unsure", other_brand=LENDER)


@pytest.mark.parametrize(
    ("score", "kind"), [(1.0, "answer"), (ANSWER_FROM, "answer"), (ANSWER_FROM - 1e-6, "guess")]
)
def test_a_lender_is_answered_with_what_is_about_lenders(score: float, kind: str) -> None:
    answer = decide(hits(score), other_brand=LENDER, about_lenders=["a0"])
    assert answer.kind == kind
    assert (answer.article.id if answer.article else None) == ("a0" if kind == "answer" else None)


def test_a_lenders_suggestions_are_all_about_lenders() -> None:
    found = hits(0.9, 0.25, 0.2, FURTHER_FROM, FURTHER_FROM - 1e-6)
    assert ids(decide(found, other_brand=LENDER, about_lenders=["a1", "a3", "a4"])) == ["a1", "a3"]
    assert ids(decide(found, other_brand=BANK, vague=True, about_lenders=["a1"])) == ["a0", "a1", "a2"]
