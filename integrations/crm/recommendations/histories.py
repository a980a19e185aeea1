"""Who chose what and when, as arrays, and what was known of somebody before a choice. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from integrations.crm.recommendations.movement_kinds import MOVEMENT_NAMES

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float32]
EVERYONE = "everyone"
"""The signal that each customer has: what it predicts is popularity."""
LAST = "last="
"""Begins the signal of the product that was chosen last."""
MOVED = "moved="
"""Begins the signal of a kind of movement that the customer has made."""
AGE_BANDS = (30, 45, 60)
"""From these ages on the next band begins."""
TIERS = ("vip", "important", "standard")
_LONGEST = 30
"""Of a long history so many choices before the one predicted are looked at."""
_DAYS_A_YEAR = 365.2425


def signals_of(
    age: int | None, tier: str | None, last: str | None = None, moved: Collection[str] = ()
) -> frozenset[str]:
    """What the model is told of a customer besides their products.

    `last` is the product they chose last, `moved` are kinds of movements they have made.
    """
    found = {EVERYONE} | {f"{MOVED}{kind}" for kind in moved}
    if age is not None:
        found.add(f"age={_band(age)}")
    if tier is not None:
        found.add(f"tier={tier}")
    if age is not None and tier is not None:
        found.add(f"age={_band(age)}&tier={tier}")
    if last is not None:
        found.add(f"{LAST}{last}")
    return frozenset(found)


def all_signals(codes: Sequence[str]) -> tuple[str, ...]:
    """Every signal there can be, in the order of the columns: last products, people, then movements."""
    bands = range(len(AGE_BANDS) + 1)
    people = [f"age={band}" for band in bands] + [f"tier={tier}" for tier in TIERS]
    both = [f"age={band}&tier={tier}" for band in bands for tier in TIERS]
    moved = [f"{MOVED}{kind}" for kind in MOVEMENT_NAMES]
    return (*(f"{LAST}{code}" for code in codes), EVERYONE, *people, *both, *moved)


@dataclass(frozen=True, slots=True)
class Movements:
    """When each customer first made a movement of each kind: nothing later tells of the time before.

    `users` grow; `first[u, k]` is a time in days for each of MOVEMENT_NAMES, nan for never.
    """

    users: Ints
    first: Numbers

    def before(self, users: Ints, days: Floats) -> Flags:
        """Which kinds each of these users had made before that day: a row for each."""
        if not len(self.users):
            return np.zeros((len(users), len(MOVEMENT_NAMES)), dtype=bool)
        places = np.minimum(np.searchsorted(self.users, users), len(self.users) - 1)
        known = self.users[places] == users
        return np.asarray(known[:, None] & (self.first[places] < days[:, None]), dtype=bool)


@dataclass(frozen=True, slots=True)
class Interactions:
    """One row for each choice, by user and then by day.

    `items` are places in `codes`; `days` a time in days; `liked` whether the choice was a good one.
    `tiers` (places in TIERS, -1 unknown) and `births` (days, nan unknown) belong to the row's user;
    `movements` is None where nothing is known of anybody's.
    """

    users: Ints
    items: Ints
    days: Floats
    liked: Flags
    codes: tuple[str, ...]
    tiers: Ints
    births: Floats
    movements: Movements | None = None

    @classmethod
    def of(
        cls,
        users: Ints,
        items: Ints,
        days: Floats,
        codes: Sequence[str],
        *,
        liked: Flags | None = None,
        tiers: Ints | None = None,
        births: Floats | None = None,
        movements: Movements | None = None,
    ) -> Self:
        """Put rows into order; of the same user and item the first one counts."""
        size = len(users)
        order = np.lexsort((items, days, users))
        _, first = np.unique(users[order] * len(codes) + items[order], return_index=True)
        order = order[np.sort(first)]
        return cls(
            users=users[order],
            items=items[order],
            days=days[order],
            liked=(np.ones(size, bool) if liked is None else liked)[order],
            codes=tuple(codes),
            tiers=(np.full(size, -1) if tiers is None else tiers)[order],
            births=(np.full(size, np.nan) if births is None else births)[order],
            movements=movements,
        )

    def __len__(self) -> int:
        return len(self.users)

    def where(self, rows: Flags) -> Self:
        """The rows that are marked."""
        return type(self)(
            users=self.users[rows],
            items=self.items[rows],
            days=self.days[rows],
            liked=self.liked[rows],
            codes=self.codes,
            tiers=self.tiers[rows],
            births=self.births[rows],
            movements=self.movements,
        )


def states_before(known: Interactions) -> csr_matrix:
    """A row for each choice: what its user had before that day, what they chose last, and who they are."""
    size, width = len(known), len(known.codes)
    rows, columns = [], []
    for lag in range(1, min(_LONGEST, size - 1) + 1):
        now = np.arange(lag, size)
        now = now[known.users[now] == known.users[now - lag]]
        if not len(now):
            break
        now = now[known.days[now - lag] < known.days[now]]
        rows.append(now)
        columns.append(known.items[now - lag])
        if lag == 1:
            rows.append(now)
            columns.append(width + known.items[now - lag])
    every = np.arange(size)
    return _matrix(size, known, rows, columns, every, known.days)


def states_at(known: Interactions, day: float) -> tuple[Ints, csr_matrix]:
    """The users, and a row for each: what they have, what they chose last, and who they are on that day."""
    users, last, place = _last_rows(known)
    width = len(known.codes)
    everyone = np.arange(len(users))
    rows = [place, everyone]
    columns = [known.items, width + known.items[last]]
    return users, _matrix(len(users), known, rows, columns, last, np.full(len(users), day))


def _last_rows(known: Interactions) -> tuple[Ints, Ints, Ints]:
    users, place = np.unique(known.users, return_inverse=True)
    last = np.searchsorted(known.users, users, side="right") - 1
    return users, last.astype(np.int64), place.astype(np.int64)


def _matrix(
    size: int, known: Interactions, rows: list[Ints], columns: list[Ints], of_row: Ints, days: Floats
) -> csr_matrix:
    """Ones at the given places, and at the signals of the person that stands in row `of_row` of `known`."""
    base = 2 * len(known.codes)
    every = np.arange(size)
    bands, tiers = _bands(known.births[of_row], days), known.tiers[of_row]
    aged, tiered = bands >= 0, tiers >= 0
    count = len(AGE_BANDS) + 1
    rows = [*rows, every, every[aged], every[tiered], every[aged & tiered]]
    both = (bands * len(TIERS) + tiers)[aged & tiered]
    columns = [
        *columns,
        np.full(size, base),
        base + 1 + bands[aged],
        base + 1 + count + tiers[tiered],
        base + 1 + count + len(TIERS) + both,
    ]
    if known.movements is not None:
        who, kinds = known.movements.before(known.users[of_row], days).nonzero()
        rows.append(every[who])
        columns.append(base + 1 + count + len(TIERS) + count * len(TIERS) + kinds)
    where = np.concatenate(rows), np.concatenate(columns)
    width = len(known.codes) + len(all_signals(known.codes))
    return csr_matrix((np.ones(len(where[0])), where), shape=(size, width))


def _bands(births: Floats, days: Floats) -> Ints:
    ages = np.floor((days - births) / _DAYS_A_YEAR)
    bands = np.searchsorted(AGE_BANDS, np.nan_to_num(ages), side="right").astype(np.int64)
    return np.where(np.isnan(ages), -1, bands)


def _band(age: int) -> int:
    return sum(age >= start for start in AGE_BANDS)
