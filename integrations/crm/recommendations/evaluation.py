"""How good lists of recommendations are, measured against what was chosen later. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from integrations.crm.recommendations.histories import Flags, Floats, Interactions, Ints

AT = 5
"""Length of a list."""
MOST_USERS = 5000
"""Of more users a random sample is evaluated, with a fixed seed."""
_SEED = 5


@dataclass(frozen=True, slots=True)
class Split:
    """What may be learned, and what is to be foretold.

    `relevant[u, i]`: the evaluated user u liked item i later, not having had it before; `seen`: had it.
    `users` are those rows' ids, `day` the moment at which the lists are made.
    """

    known: Interactions
    users: Ints
    relevant: Flags
    seen: Flags
    day: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the evaluated users; coverage over the items that could be recommended."""

    ndcg: float
    hit_rate: float
    coverage: float
    novelty: float


def split_at(everything: Interactions, day: float, until: float = np.inf) -> Split:
    """Learn from choices before `day`, foretell those from then on and before `until`, for everybody."""
    before = everything.days < day
    return _split(everything, before, ~before & (everything.days < until), day)


def split_last_fifth(everything: Interactions) -> Split:
    """Learn from the first four fifths of each user's choices, foretell the rest, at least one of several.

    Others' choices after a user's own are learned from, so this says nothing of trends.
    """
    starts = np.searchsorted(everything.users, everything.users, side="left")
    ends = np.searchsorted(everything.users, everything.users, side="right")
    sizes = ends - starts
    learned = np.clip(np.ceil(sizes * 0.8), 1, np.maximum(sizes - 1, 1))
    before = np.arange(len(everything)) - starts < learned
    return _split(everything, before, ~before, float(everything.days.max()))


def top(scores: Floats, seen: Flags, at: int = AT) -> Ints:
    """Places of each row's best items that were not seen, the best first; of equal ones the first."""
    open_scores = np.where(seen, -np.inf, scores)
    return np.argsort(-open_scores, axis=1, kind="stable")[:, :at].astype(np.int64)


def ndcg(lists: Ints, relevant: Flags) -> Floats:
    """Normalised discounted cumulative gain of each list, with gains 0 and 1.

    The ideal list holds as many relevant items as there are, at most as many as fit.
    """
    discounts = 1 / np.log2(np.arange(2, lists.shape[1] + 2))
    gains = np.take_along_axis(relevant, lists, axis=1) @ discounts
    fitting = np.minimum(relevant.sum(axis=1), lists.shape[1])
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[fitting]
    return np.asarray(np.divide(gains, ideal, out=np.zeros(len(lists)), where=ideal > 0), dtype=np.float64)


def hits(lists: Ints, relevant: Flags) -> Flags:
    """Whether each list holds a relevant item."""
    return np.asarray(np.take_along_axis(relevant, lists, axis=1).any(axis=1))


def coverage(lists: Ints, items: int) -> float:
    """The share of all items that stand in some list."""
    return len(np.unique(lists)) / items


def novelty(lists: Ints, shares: Floats) -> float:
    """Mean surprise of a recommended item in bits: -log2 of the share of users who had it."""
    return float(-np.log2(shares[lists]).mean())


def quality(split: Split, lists: Ints) -> Quality:
    """Judge lists of items, one for each evaluated user."""
    return Quality(
        ndcg=float(ndcg(lists, split.relevant).mean()),
        hit_rate=float(hits(lists, split.relevant).mean()),
        coverage=coverage(lists, len(split.known.codes)),
        novelty=novelty(lists, _shares(split.known)),
    )


def _shares(known: Interactions) -> Floats:
    """The share of users who chose each item, one imagined user more for items nobody had."""
    counts = np.bincount(known.items, minlength=len(known.codes))
    shares: npt.NDArray[np.float64] = (counts + 1) / (len(np.unique(known.users)) + 1)
    return shares


def _split(everything: Interactions, before: Flags, after: Flags, day: float) -> Split:
    known = everything.where(before & everything.liked)
    later = everything.where(after & everything.liked)
    users = np.intersect1d(known.users, later.users)
    if len(users) > MOST_USERS:
        users = np.sort(np.random.default_rng(_SEED).choice(users, MOST_USERS, replace=False))
    seen = _table(everything.where(before), users)
    relevant = _table(later, users) & ~seen
    wanted = relevant.any(axis=1)
    return Split(known, users[wanted], relevant[wanted], seen[wanted], day)


def _table(rows: Interactions, users: Ints) -> Flags:
    table = np.zeros((len(users), len(rows.codes)), dtype=bool)
    mine = np.isin(rows.users, users)
    table[np.searchsorted(users, rows.users[mine]), rows.items[mine]] = True
    return table
