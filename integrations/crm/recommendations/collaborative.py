"""What goes with what: a linear model learned from who chose what. Pure.

Two ways to learn, both in closed form; `qiantai benchmark recommendations` compares them:
`together` is EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"): each item from all
others that the same person has. `next` keeps the order: each choice from what was known before it, by
ridge regression. Besides the items there are signals (histories.py), which predict and are not predicted:
they carry popularity by segment, and with it a customer's cold start, and the kinds of movements that
somebody has made.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_matrix, diags

from integrations.crm.recommendations.blending import DEFAULT_BLEND, Blend
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.recommendations.histories import (
    MOVED,
    Interactions,
    Numbers,
    all_signals,
    states_at,
    states_before,
)

Matrix = npt.NDArray[np.float64]
_SMALLEST_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to learn: `penalty` is the ridge penalty for each row learned from.

    What was chosen lately counts on top: a choice `half_life_days` ago half as much as one today; the item
    that leads gets `trend`, the best estimate of the linear model being 1. `movements` is how much kinds of
    movements may explain: at 0 nothing, at 1 as much as products do.
    """

    way: Literal["together", "next"]
    penalty: float
    half_life_days: float
    trend: float
    movements: float = 0.0


OWN_RECIPE = Recipe("next", penalty=0.003, half_life_days=365, trend=0.05)
"""For the bank's own customers: chosen by `qiantai benchmark recommendations` on the seeded bank."""


@dataclass(frozen=True, slots=True)
class Model:
    """`weights[i, j]`: what input i (items, then signals) adds to the estimate for item j.

    `trend` is added to estimates whose largest is 1; `blend` says what else counts how much.
    """

    codes: tuple[str, ...]
    signals: tuple[str, ...]
    weights: Numbers
    trend: Numbers
    learned_on: date
    customers: int
    blend: Blend = DEFAULT_BLEND

    @property
    def uses_movements(self) -> bool:
        """Whether it makes a difference which kinds of movements a customer has made."""
        rows = [place for place, name in enumerate(self.signals) if name.startswith(MOVED)]
        return bool(self.weights[len(self.codes) :][rows].any())

    def contributions(self, held: Collection[str], signals: Collection[str]) -> tuple[list[str], Numbers]:
        """The inputs that the model knows of these, and a row of `weights` for each."""
        known = [(place, code) for place, code in enumerate(self.codes) if code in held]
        first = len(self.codes)
        known += [(first + place, one) for place, one in enumerate(self.signals) if one in signals]
        return [name for _, name in known], self.weights[[place for place, _ in known]]


def learn(
    known: Interactions, recipe: Recipe, *, day: float, learned_on: date, blend: Blend = DEFAULT_BLEND
) -> Model:
    """Learn from choices made before `day` (in the unit of their days).

    Raises BadInteractions where there is none, or a time is not a finite number.
    """
    if not len(known) or not np.isfinite(known.days).all():
        raise BadInteractions("there are no interactions to learn from")
    items = len(known.codes)
    scale = _scale(known.codes, recipe)
    if recipe.way == "next":
        states, targets = states_before(known) @ scale, _one_hot(known)
        gram, moment = _dense(states.T @ states), _dense(states.T @ targets)
        weights = _ridge(gram, moment, recipe.penalty * len(known))
    else:
        states = states_at(known, day)[1] @ scale
        weights = _ease(states, recipe.penalty * states.shape[0], items)
    return Model(
        codes=known.codes,
        signals=all_signals(known.codes),
        weights=np.asarray(scale @ weights, dtype=np.float32),
        trend=trend_of(known, day, recipe),
        learned_on=learned_on,
        customers=len(np.unique(known.users)),
        blend=blend,
    )


def estimates(model: Model, states: csr_matrix) -> Matrix:
    """Scores of each item for rows of inputs: the best linear estimate is 1, then the trend."""
    linear = np.asarray(states @ model.weights, dtype=np.float64)
    largest = np.abs(linear).max(axis=1, keepdims=True)
    return np.asarray(linear / np.where(largest > 0, largest, 1) + model.trend, dtype=np.float64)


def _scale(codes: Sequence[str], recipe: Recipe) -> csr_matrix:
    """Ones, and the weight of movements at their signals: the smaller an input, the less it may explain."""
    names = (*codes, *all_signals(codes))
    return diags([recipe.movements if name.startswith(MOVED) else 1.0 for name in names]).tocsr()


def _ridge(gram: Matrix, moment: Matrix, penalty: float) -> Numbers:
    gram[np.diag_indices_from(gram)] += max(penalty, _SMALLEST_PENALTY)
    solved = solve(gram, moment, overwrite_a=True, check_finite=False, assume_a="pos")
    return np.ascontiguousarray(solved, dtype=np.float32)


def _ease(states: csr_matrix, penalty: float, items: int) -> Numbers:
    # Without the signals of the last item: they are among the items, and would explain themselves.
    kept = np.r_[:items, 2 * items : states.shape[1]]
    states = states[:, kept]
    gram = _dense(states.T @ states)
    gram[np.diag_indices_from(gram)] += max(penalty, _SMALLEST_PENALTY)
    inverse = _inverse(gram)
    solved = -inverse / np.diag(inverse)
    solved[np.diag_indices_from(solved)] = 0
    weights = np.zeros((len(kept) + items, items), dtype=np.float32)
    weights[kept] = solved[:, :items]
    return weights


def _inverse(gram: Matrix) -> Matrix:
    """Of a symmetric positive definite matrix: by Cholesky, in half the time of any matrix."""
    factor, failed = dpotrf(gram, lower=1, overwrite_a=1)
    half, failed_too = dpotri(factor, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise BadInteractions("the interactions cannot be learned from: the matrix is singular")
    lower = np.tril(half)
    return np.asarray(lower + np.tril(lower, -1).T, dtype=np.float64)


def trend_of(known: Interactions, day: float, recipe: Recipe) -> Numbers:
    """What each item gets for having been chosen lately."""
    recent = 0.5 ** ((day - known.days) / recipe.half_life_days)
    counts = np.bincount(known.items, recent, minlength=len(known.codes))
    return np.asarray(recipe.trend * counts / counts.max(), dtype=np.float32)


def _one_hot(known: Interactions) -> csr_matrix:
    size = len(known)
    return csr_matrix((np.ones(size), (np.arange(size), known.items)), shape=(size, len(known.codes)))


def _dense(matrix: csr_matrix) -> Matrix:
    return np.asarray(matrix.toarray(), dtype=np.float64)
