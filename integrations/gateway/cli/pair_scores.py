"""How well similarities tell pairs that mean the same (1) from pairs that do not (0)."""

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

Numbers = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def cosines(left: npt.NDArray[np.float32], right: npt.NDArray[np.float32]) -> Numbers:
    """Cosine similarity row by row; 0 where a row is nothing but zeros."""
    one, other = left.astype(np.float64), right.astype(np.float64)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray(np.sum(one * other, axis=1) / np.where(lengths > 0, lengths, 1.0))


def spearman(similarities: Numbers, labels: Labels) -> float:
    """Rank correlation, -1 to 1; 0 where all similarities or all labels are the same."""
    if np.ptp(similarities) == 0 or np.ptp(labels) == 0:
        return 0.0
    return float(spearmanr(similarities, labels).statistic)


def best_threshold(similarities: Numbers, labels: Labels) -> tuple[float, float]:
    """The threshold from which on pairs are best called the same, and the share then called rightly.

    Of equally good thresholds the highest: it claims least. It lies above all similarities where calling
    no pair the same is best.
    """
    order = np.argsort(-similarities, kind="stable")
    ordered, same = similarities[order], labels[order] == 1
    # Entry k: the k most similar pairs are called the same, all others different.
    right = np.concatenate([[0], np.cumsum(np.where(same, 1, -1))]) + np.count_nonzero(~same)
    possible = np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])
    called = int(np.argmax(np.where(possible, right, -1)))
    threshold = ordered[called - 1] if called else np.nextafter(ordered[0], np.inf)
    return float(threshold), float(right[called] / len(labels))
