"""Why a customer may leave, said with the customer's own figures. Pure.

A reason is one group of features. How much it weighs is seen from both ends: how far the probability falls
when this customer's figures of the group are replaced by those of a typical customer who stays, and how far
it rises when the typical customer gets them. A reason is said only where the figures really are worse than
before.
"""

from collections.abc import Callable

import numpy as np

from integrations.crm.customers.churn_features import FEATURES, GROUPS, Known
from integrations.crm.customers.churn_scores import Numbers

MOST_REASONS = 3
UNSPECIFIC = "近期往来情况与此前流失的客户相近"
_LEAST_FALL_PERCENT = 20
_LEAST_IDLE_DAYS = 14

Judge = Callable[[Numbers], Numbers]
Figures = dict[str, float]


def reasons_of(known: Known, judge: Judge, typical: Numbers) -> list[list[str]]:
    """For each customer up to three sentences, the weightiest first; never an empty list."""
    if not len(known.ids):
        return []
    weights = group_weights(known.features, judge, typical)
    found = []
    for place in range(len(known.ids)):
        figures = {name: float(values[place]) for name, values in known.raw.items()}
        ordered = sorted(weights, key=lambda group: -weights[group][place])
        said = [_SENTENCES[group](figures) for group in ordered if weights[group][place] > 0]
        found.append([sentence for sentence in said if sentence][:MOST_REASONS] or [UNSPECIFIC])
    return found


def group_weights(features: Numbers, judge: Judge, typical: Numbers) -> dict[str, Numbers]:
    """How much each group raises the probability of each row above that of the typical customer."""
    own, usual = judge(features), float(judge(typical.reshape(1, -1))[0])
    everybody = np.tile(typical, (len(features), 1))
    found = {}
    for group in _SENTENCES:
        places = [FEATURES.index(name) for name in GROUPS[group]]
        without, alone = features.copy(), everybody.copy()
        without[:, places], alone[:, places] = everybody[:, places], features[:, places]
        found[group] = ((own - judge(without)) + (judge(alone) - usual)) / 2
    return found


def _activity(figures: Figures) -> str | None:
    recent, earlier = figures["own_recent"], figures["own_earlier"]
    if fall := _fall(figures, recent, earlier):
        return f"近三个月主动办理的交易{recent:.0f}笔，比之前三个月少{fall}%"
    month, before = figures["own_1"], (figures["own_2"] + figures["own_3"]) / 2
    if before >= 2 and month * 2 <= before:
        return f"最近30天只有{month:.0f}笔交易，此前两个月平均每月{before:.0f}笔"
    return None


def _purchases(figures: Figures) -> str | None:
    fall = _fall(figures, figures["purchases_recent"], figures["purchases_earlier"])
    return f"近三个月消费次数比之前少{fall}%" if fall else None


def _amount(figures: Figures) -> str | None:
    fall = _fall(figures, figures["out_recent"], figures["out_earlier"])
    return f"近三个月支出金额比之前少{fall}%" if fall else None


def _recency(figures: Figures) -> str | None:
    days = figures["idle_days"]
    return f"已有{days:.0f}天没有主动办理业务" if days >= _LEAST_IDLE_DAYS else None


def _income(figures: Figures) -> str | None:
    recent, earlier = figures["income_recent"], figures["income_earlier"]
    if not _comparable(figures) or earlier < 2 or recent * 2 > earlier:
        return None
    if recent == 0:
        return f"近三个月没有工资等收入入账，之前三个月有{earlier:.0f}笔"
    return f"近三个月收入入账{recent:.0f}笔，之前三个月{earlier:.0f}笔"


def _balance(figures: Figures) -> str | None:
    now, before = figures["balance"], figures["balance_before"]
    if before < 100_00 or now > before * (1 - _LEAST_FALL_PERCENT / 100):
        return None
    return f"活期余额比三个月前少{_percent(max(now, 0), before)}%"


def _credit_card(figures: Figures) -> str | None:
    fall = _fall(figures, figures["card_recent"], figures["card_earlier"])
    return f"近三个月信用卡消费次数比之前少{fall}%" if fall else None


def _bills(figures: Figures) -> str | None:
    missed = figures["bills_missed"]
    return f"近半年有{missed:.0f}期信用卡账单未还足最低还款额" if missed else None


def _complaints(figures: Figures) -> str | None:
    if figures["complaints_open"]:
        return "有投诉尚未办结"
    return f"近半年投诉{figures['complaints']:.0f}次" if figures["complaints"] else None


def _products(figures: Figures) -> str | None:
    has = figures["kinds_held"] + figures["credit_cards"] + figures["time_deposits"]
    return "除活期账户外没有使用其他产品" if not has else None


_SENTENCES: dict[str, Callable[[Figures], str | None]] = {
    "activity": _activity,
    "purchases": _purchases,
    "amount": _amount,
    "recency": _recency,
    "income": _income,
    "balance": _balance,
    "credit_card": _credit_card,
    "bills": _bills,
    "complaints": _complaints,
    "products": _products,
}
"""Age and tenure are nothing a manager can change, and contacts are no reproach: neither is ever a reason."""


def _fall(figures: Figures, recent: float, earlier: float) -> int | None:
    """By how many percent it fell, where that is a lot and there was something to fall from."""
    if not _comparable(figures) or earlier < 3:
        return None
    percent = _percent(recent, earlier)
    return percent if percent >= _LEAST_FALL_PERCENT else None


def _comparable(figures: Figures) -> bool:
    return figures["tenure_days"] >= 180


def _percent(recent: float, earlier: float) -> int:
    return int((earlier - recent) * 100 // earlier)
