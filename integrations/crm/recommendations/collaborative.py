"""What goes with what: an item-item model learned from who has what. Pure.

EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"): the linear model that predicts
each item from all others, in closed form. Signals (a tier, a life stage, everyone) are further columns
that predict but are not predicted: they carry popularity by segment, and so a customer's cold start.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.linalg import inv
from scipy.sparse import csr_matrix

from integrations.crm.recommendations.errors import BadInteractions

Numbers = npt.NDArray[np.float32]
EVERYONE = "everyone"
"""The signal that each customer has: what it predicts is popularity."""
REGULARISATION = 0.002
"""Ridge penalty for each customer learned from; `qiantai benchmark recommendations` chooses among others."""
MIN_REGULARISATION = 5.0


@dataclass(frozen=True, slots=True)
class Model:
    """`weights[i, j]`: what having input i (items, then signals) adds to the estimate for item j."""

    codes: tuple[str, ...]
    signals: tuple[str, ...]
    weights: Numbers
    learned_on: date
    customers: int

    def contributions(self, held: Collection[str], signals: Collection[str]) -> tuple[list[str], Numbers]:
        """The inputs that the model knows of these, and a row of `weights` for each."""
        known = [one for one in self.codes if one in held]
        known += [one for one in self.signals if one in signals]
        return known, self.weights[[self._row(one) for one in known]]

    def scores(self, held: Collection[str], signals: Collection[str] = ()) -> Numbers:
        """An estimate for each item: higher is likelier to be chosen. What is held is scored too."""
        total: Numbers = self.contributions(held, signals)[1].sum(axis=0)
        return total

    def _row(self, name: str) -> int:
        if name in self.codes:
            return self.codes.index(name)
        return len(self.codes) + self.signals.index(name)


def learn(
    interactions: csr_matrix,
    codes: Sequence[str],
    signals: Sequence[str] = (),
    *,
    learned_on: date,
    penalty: float | None = None,
) -> Model:
    """Learn from a matrix of customers by items and then signals, 1 (or a weight) where one has the other.

    `penalty` is the ridge penalty; None takes REGULARISATION for each customer. Raises BadInteractions for
    a matrix of the wrong width, without interactions, or with numbers that are not finite.
    """
    width = len(codes) + len(signals)
    if not codes or interactions.shape[1] != width:
        raise BadInteractions(f"the matrix has {interactions.shape[1]} columns instead of {width}")
    if interactions[:, : len(codes)].nnz == 0:
        raise BadInteractions("there are no interactions to learn from")
    if not np.isfinite(interactions.data).all():
        raise BadInteractions("an interaction is not a finite number")
    customers = interactions.shape[0]
    if penalty is None:
        penalty = max(REGULARISATION * customers, MIN_REGULARISATION)
    gram = (interactions.T @ interactions).toarray().astype(np.float64)
    return Model(
        codes=tuple(codes),
        signals=tuple(signals),
        weights=_ease(gram, penalty, len(codes)),
        learned_on=learned_on,
        customers=customers,
    )


def _ease(gram: npt.NDArray[np.float64], penalty: float, items: int) -> Numbers:
    gram[np.diag_indices_from(gram)] += penalty
    inverse = inv(gram, overwrite_a=True, check_finite=False)
    weights = -inverse / np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0
    return np.ascontiguousarray(weights[:, :items], dtype=np.float32)
