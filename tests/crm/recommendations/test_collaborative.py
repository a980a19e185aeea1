"""What the model learns from who chose what and when."""

from datetime import date

import numpy as np
import pytest

from integrations.crm.recommendations.collaborative import Model, Recipe, estimates, learn
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.recommendations.histories import (
    Interactions,
    all_signals,
    signals_of,
    states_at,
    states_before,
)

DAY = date(2026, 11, 22)
NEXT = Recipe("next", penalty=0.0001, half_life_days=100, trend=0.0)
TOGETHER = Recipe("together", penalty=0.0001, half_life_days=100, trend=0.0)
CODES = ("a", "b", "c", "d")


def rows(*choices: tuple[int, str, float], codes=CODES, **columns) -> Interactions:
    return Interactions.of(
        np.array([user for user, _, _ in choices], dtype=np.int64),
        np.array([codes.index(code) for _, code, _ in choices], dtype=np.int64),
        np.array([day for _, _, day in choices], dtype=np.float64),
        codes,
        **columns,
    )


def chain(users: int = 60) -> Interactions:
    """Everybody chooses a, then b; half of them c before, the others d after."""
    choices = []
    for user in range(users):
        choices += [(user, "a", 10.0), (user, "b", 20.0)]
        choices.append((user, "c", 5.0) if user % 2 else (user, "d", 30.0))
    return rows(*choices)


def estimate(model: Model, held: set[str], signals: frozenset[str]) -> dict[str, float]:
    totals = model.contributions(held, signals)[1].sum(axis=0)
    return dict(zip(model.codes, totals.tolist(), strict=True))


def test_next_keeps_the_order() -> None:
    model = learn(chain(), NEXT, day=31, learned_on=DAY)
    after_a = estimate(model, {"a"}, signals_of(None, None, "a"))
    assert after_a["b"] == pytest.approx(1, abs=0.02)
    assert after_a["c"] == pytest.approx(0, abs=0.02)
    first = estimate(model, set(), signals_of(None, None))
    assert first["a"] == pytest.approx(0.5, abs=0.02)
    assert first["c"] == pytest.approx(0.5, abs=0.02)


def test_together_finds_what_goes_with_what() -> None:
    pairs = [(user, code, 1.0) for user in range(40) for code in (("a", "b") if user % 2 else ("c", "d"))]
    found = estimate(learn(rows(*pairs), TOGETHER, day=2, learned_on=DAY), {"a"}, frozenset())
    assert max(found, key=lambda code: found[code]) == "b"
    assert found["a"] == 0


def test_a_segment_is_learned_for_who_holds_nothing() -> None:
    size = 80
    old = np.arange(size) % 2 == 0
    choices = [(user, "a" if user % 2 == 0 else "b", 40_000.0) for user in range(size)]
    births = np.where(old, 40_000.0 - 70 * 365.25, 40_000.0 - 25 * 365.25)
    known = rows(*choices, births=births, tiers=np.full(size, 2))
    for recipe in (NEXT, TOGETHER):
        model = learn(known, recipe, day=40_001, learned_on=DAY)
        young = estimate(model, set(), signals_of(25, "standard"))
        aged = estimate(model, set(), signals_of(70, "standard"))
        assert young["b"] > young["a"]
        assert aged["a"] > aged["b"]


def test_what_was_chosen_lately_counts_half_after_each_half_life() -> None:
    known = rows((1, "a", 100.0), (2, "b", 90.0), (3, "c", 80.0))
    recipe = Recipe("next", penalty=1, half_life_days=10, trend=2.0)
    trend = learn(known, recipe, day=100, learned_on=DAY).trend
    assert trend.tolist() == pytest.approx([2.0, 1.0, 0.5, 0.0])


def test_estimates_are_scaled_before_the_trend() -> None:
    model = learn(chain(), Recipe("next", 0.0001, 1.0, 0.0), day=31, learned_on=DAY)
    users, states = states_at(chain(), 31)
    found = estimates(model, states)
    assert found.shape == (len(users), len(CODES))
    assert np.abs(found).max(axis=1) == pytest.approx(np.ones(len(users)))


def test_of_the_same_choice_twice_the_first_counts() -> None:
    known = rows((1, "a", 9.0), (1, "a", 3.0), (1, "b", 5.0), (0, "a", 4.0))
    assert known.users.tolist() == [0, 1, 1]
    assert known.days.tolist() == [4.0, 3.0, 5.0]


def test_the_same_day_does_not_explain_itself() -> None:
    states = states_before(rows((1, "a", 3.0), (1, "b", 3.0), (1, "c", 4.0))).toarray()
    names = [*CODES, *all_signals(CODES)]
    had = [{names[column] for column in np.flatnonzero(row)} for row in states]
    assert had[0] == had[1] == {"everyone"}
    assert had[2] == {"a", "b", "last=b", "everyone"}


@pytest.mark.parametrize(("age", "band"), [(29, 0), (30, 1), (44, 1), (45, 2), (59, 2), (60, 3)])
def test_age_bands_are_the_same_for_one_and_for_many(age: int, band: int) -> None:
    day = 40_000.0
    known = rows((1, "a", 1.0), births=np.array([day - age * 365.2425 - 1]), tiers=np.array([0]))
    row = states_at(known, day)[1].toarray()[0]
    names = [*CODES, *all_signals(CODES)]
    found = {names[column] for column in np.flatnonzero(row)}
    assert found == {"a"} | signals_of(age, "vip", "a")
    assert f"age={band}" in found


def test_nothing_and_nonsense_cannot_be_learned() -> None:
    for bad in (rows(), rows((1, "a", float("nan"))), rows((1, "a", float("inf")))):
        for recipe in (NEXT, TOGETHER):
            with pytest.raises(BadInteractions):
                learn(bad, recipe, day=1, learned_on=DAY)


def test_unknown_products_and_signals_are_left_out() -> None:
    model = learn(chain(), NEXT, day=31, learned_on=DAY)
    names, weights = model.contributions({"a", "gone"}, frozenset({"everyone", "moon=full"}))
    assert names == ["a", "everyone"]
    assert weights.shape == (2, len(CODES))
