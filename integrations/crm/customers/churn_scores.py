"""How good probabilities are: ranking, calibration, and whether one ranking beats another. Pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Numbers = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_BINS = 10
_NORMAL_95 = 1.959964
"""Standard errors on either side that make a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much larger one AUC is than another on the same rows, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        """Whether the first is better for certain enough: the whole interval lies above 0."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Bin:
    """One row of a calibration table: what was said of these rows, and what happened."""

    count: int
    mean_probability: float
    share: float  # of the rows, how many were positive


def roc_auc(labels: Labels, scores: Numbers) -> float:
    """The share of (positive, negative) pairs in the right order; ties count half. Needs both labels."""
    positives = int(labels.sum())
    ranks = rankdata(scores)[labels == 1].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * (len(labels) - positives)))


def auc_difference(labels: Labels, scores: Numbers, others: Numbers) -> Difference:
    """AUC of `scores` minus AUC of `others`, paired: both rank the same rows.

    The interval is that of DeLong, DeLong and Clarke-Pearson (1988), without resampling.
    """
    first, second = _placements(labels, scores), _placements(labels, others)
    variance = 0.0
    for own, other in zip(first, second, strict=True):
        variance += float(np.var(own - other, ddof=1)) / len(own) if len(own) > 1 else np.inf
    value = float(first[0].mean() - second[0].mean())
    margin = _NORMAL_95 * float(np.sqrt(variance))
    return Difference(value, value - margin, value + margin)


def pooled(first: Difference, second: Difference) -> Difference:
    """Two differences that were measured on different people, each weighted by how certain it is."""
    errors = [(one.high - one.low) / 2 / _NORMAL_95 for one in (first, second)]
    if min(errors) == 0:
        # Both rankings were the same, or one perfect: that side says nothing of how certain it is.
        return first if errors[0] > 0 else second
    weights = [1 / error**2 if np.isfinite(error) else 0.0 for error in errors]
    if sum(weights) == 0:
        return Difference(second.value, -np.inf, np.inf)
    value = (first.value * weights[0] + second.value * weights[1]) / sum(weights)
    margin = _NORMAL_95 / float(np.sqrt(sum(weights)))
    return Difference(value, value - margin, value + margin)


def _placements(labels: Labels, scores: Numbers) -> tuple[Numbers, Numbers]:
    """Of each positive the share of negatives below it; of each negative the share of positives above it."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    ranks = np.asarray(rankdata(np.concatenate([positive, negative])), dtype=np.float64)
    above = ranks[: len(positive)] - rankdata(positive)
    below = ranks[len(positive) :] - rankdata(negative)
    return above / len(negative), 1 - below / len(positive)


def brier(labels: Labels, probabilities: Numbers) -> float:
    """Mean squared distance of the probabilities from what happened; 0 is perfect."""
    return float(np.mean((probabilities - labels) ** 2))


def calibration(labels: Labels, probabilities: Numbers) -> tuple[Bin, ...]:
    """Ten (or fewer) groups of about equal size, from the lowest probabilities to the highest."""
    order = np.argsort(probabilities, kind="stable")
    parts: list[Any] = [part for part in np.array_split(order, _BINS) if len(part)]
    return tuple(
        Bin(len(part), float(probabilities[part].mean()), float(labels[part].mean())) for part in parts
    )


def calibration_error(bins: tuple[Bin, ...]) -> float:
    """Mean distance between what was said and what happened, weighted by the groups' sizes."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.mean_probability - one.share) for one in bins) / total
