"""Kinds of movements that say something about what a customer may need next. Pure."""

from dataclasses import dataclass
from typing import Literal

NEWEST = 500
"""Of one customer's movements so many are looked at when something is recommended, the newest."""


@dataclass(frozen=True, slots=True)
class MovementKind:
    """Movements in one direction of at least `from_yuan`, with a word in summary or counterparty.

    Without `words` every movement of that size counts.
    """

    name: str
    money: Literal["in", "out"]
    words: tuple[str, ...] = ()
    from_yuan: int = 0

    @property
    def from_fen(self) -> int:
        """The least amount in fen, whatever the direction."""
        return max(self.from_yuan * 100, 1)


MOVEMENT_KINDS = (
    MovementKind("salary", "in", ("工资", "代发")),
    MovementKind("salary_8000", "in", ("工资", "代发"), 8_000),
    MovementKind("salary_20000", "in", ("工资", "代发"), 20_000),
    MovementKind("pension", "in", ("养老金",)),
    MovementKind("business", "in", ("经营收入", "清算款")),
    MovementKind("rent", "out", ("房租", "租金")),
    MovementKind("loan", "out", ("贷款", "按揭", "分期")),
    MovementKind("insurance", "out", ("保费", "保险")),
    MovementKind("investment", "out", ("理财", "基金", "证券")),
    MovementKind("investment_10000", "out", ("理财", "基金", "证券"), 10_000),
    MovementKind("travel", "out", ("航空", "铁路", "酒店", "旅行", "机票")),
    MovementKind("overseas", "out", ("境外", "跨境", "外币", "购汇")),
    MovementKind("education", "out", ("学费", "学校", "培训", "幼儿园")),
    MovementKind("received_50000", "in", (), 50_000),
    MovementKind("purchase_1000", "out", ("消费",), 1_000),
    MovementKind("purchase_5000", "out", ("消费",), 5_000),
)
"""Each customer either made such a movement or did not; bands of amounts are kinds of their own."""
MOVEMENT_NAMES = tuple(kind.name for kind in MOVEMENT_KINDS)


def kinds_of(text: str, least_fen: int, most_fen: int) -> frozenset[str]:
    """Names of the kinds among movements with this text; amounts out are negative."""
    return frozenset(
        kind.name
        for kind in MOVEMENT_KINDS
        if (most_fen if kind.money == "in" else -least_fen) >= kind.from_fen
        and (not kind.words or any(word in text for word in kind.words))
    )
