"""What counts as a right, suggested, missing or wrong answer to a labelled question."""

import pytest

from integrations.gateway.cli.question_scores import (
    Label,
    Outcome,
    by_category,
    figures,
    first_is_right,
    judge,
)

IN = Label("in", frozenset({"fee"}), frozenset({"branch"}), "cards")
VAGUE = Label("vague", frozenset({"fee"}))
OTHER = Label("other", frozenset({"lender"}))
OUT = Label("out")


@pytest.mark.parametrize(
    ("label", "outcome", "verdict"),
    [
        (IN, Outcome(article="fee"), "right"),
        (IN, Outcome(article="fee", not_ours=True), "right"),
        (IN, Outcome(service="branch"), "right"),
        (IN, Outcome(article="else"), "wrong"),
        (IN, Outcome(service="balance"), "wrong"),
        (IN, Outcome(article="fee", guess=True), "right"),
        (IN, Outcome(article="else", guess=True), "misguessed"),
        (IN, Outcome(article="else", guess=True, offered=("fee",)), "suggested"),
        (IN, Outcome(article="else", offered=("fee",)), "wrong"),
        (IN, Outcome(not_ours=True, offered=("fee",)), "suggested"),
        (OUT, Outcome(article="else", guess=True), "misguessed"),
        (IN, Outcome(not_ours=True), "wrong"),
        (IN, Outcome(offered=("else", "fee")), "suggested"),
        (IN, Outcome(offered=("else", "branch")), "suggested"),
        (IN, Outcome(offered=("else",)), "unknown"),
        (IN, Outcome(), "unknown"),
        (IN, Outcome(service="human"), "unknown"),
        (Label("in", actions=frozenset({"human"})), Outcome(service="human"), "right"),
        (VAGUE, Outcome(offered=("else", "fee")), "right"),
        (VAGUE, Outcome(), "right"),
        (VAGUE, Outcome(article="fee"), "right"),
        (VAGUE, Outcome(article="else"), "wrong"),
        (OTHER, Outcome(not_ours=True), "right"),
        (OTHER, Outcome(not_ours=True, offered=("else",)), "right"),
        (OTHER, Outcome(article="lender"), "right"),
        (OTHER, Outcome(article="else"), "wrong"),
        (OTHER, Outcome(offered=("lender",)), "suggested"),
        (OTHER, Outcome(offered=("else",)), "unknown"),
        (OTHER, Outcome(), "right"),
        (OUT, Outcome(), "right"),
        (OUT, Outcome(service="human"), "right"),
        (OUT, Outcome(offered=("else",)), "unknown"),
        (OUT, Outcome(article="else"), "wrong"),
        (OUT, Outcome(service="balance"), "wrong"),
        (OUT, Outcome(not_ours=True), "unknown"),
    ],
)
def test_verdicts(label: Label, outcome: Outcome, verdict: str) -> None:
    assert judge(label, outcome) == verdict


def test_what_stands_first_counts_though_it_is_only_suggested() -> None:
    assert first_is_right(IN, Outcome(offered=("fee", "else")))
    assert not first_is_right(IN, Outcome(offered=("else", "fee")))
    assert not first_is_right(IN, Outcome(article="else", offered=("fee",)))
    assert first_is_right(IN, Outcome(article="fee", offered=("else",)))


def test_figures_are_shares_of_their_scope() -> None:
    found = figures(
        [
            (IN, Outcome(article="fee")),
            (IN, Outcome(article="else")),
            (IN, Outcome(offered=("fee",))),
            (IN, Outcome()),
            (OUT, Outcome()),
            (OTHER, Outcome(article="else")),
        ]
    )
    assert found == {
        "questions": "6",
        "answered_rightly": "0.3333",
        "suggested_rightly": "0.1667",
        "not_known": "0.1667",
        "wrong_as_a_guess": "0.0000",
        "wrong": "0.3333",
        "in_scope_questions": "4",
        "in_scope_answered_rightly": "0.2500",
        "in_scope_suggested_rightly": "0.2500",
        "in_scope_not_known": "0.2500",
        "in_scope_wrong_as_a_guess": "0.0000",
        "in_scope_wrong": "0.2500",
        "in_scope_first_right": "0.5000",
        "out_of_scope_questions": "2",
        "out_of_scope_recognised": "0.5000",
        "out_of_scope_wrong": "0.5000",
    }


def test_a_scope_without_questions_has_no_figures() -> None:
    assert not any(name.startswith("out_of_scope") for name in figures([(IN, Outcome())]))
    assert not any(name.startswith("in_scope") for name in figures([(OUT, Outcome())]))


def test_categories_are_counted_the_largest_first() -> None:
    table = by_category([(OUT, Outcome()), (IN, Outcome()), (IN, Outcome(article="fee"))])
    assert list(table) == ["cards", ""]
    assert table["cards"] == {"unknown": 1, "right": 1}
