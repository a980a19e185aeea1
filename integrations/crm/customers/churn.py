"""Who is about to leave: train on the CRM's own history, and write probability, reasons and value down.

A customer is gone who does nothing of their own within 90 days; salary, interest and repayments don't count.
The model is judged at a later day than those it learns from, and on customers whom it has never seen. It is
used only where it ranks better than logistic regression for certain enough.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from integrations.crm.customers import churn_repository
from integrations.crm.customers.churn_features import (
    FEATURES,
    GROUPS,
    LEAST_TENURE_DAYS,
    Known,
    joined_known,
    known_at,
    still_here,
)
from integrations.crm.customers.churn_learning import BASELINE, LEAST_OF_A_CLASS, Calibrated, Learnt, learn
from integrations.crm.customers.churn_model import (
    ChurnModel,
    ChurnReport,
    NotEnoughHistory,
    save_model,
)
from integrations.crm.customers.churn_reasons import reasons_of
from integrations.crm.customers.churn_repository import Cut
from integrations.crm.customers.churn_scores import (
    Labels,
    Numbers,
    auc_difference,
    brier,
    calibration,
    calibration_error,
    pooled,
    roc_auc,
)
from integrations.crm.customers.churn_settings import ChurnRules, read_churn_rules
from integrations.crm.customers.churn_split import Split, splits
from integrations.crm.customers.lifetime_value import Business, lifetime_value_fen, read_lifetime_rates
from integrations.crm.customers.periods import today

PORTION = 1_000
"""Customers looked at by one query."""
TRAIN_MOST = 15_000
"""Customers to learn from; of more, every second, third … is taken."""
TOO_NEW = "开户未满三个月，暂不评估流失可能"
SILENT = "已连续三个月没有主动办理业务，不再预测流失"
_LEAST_AUC = 0.7
"""Below this the baseline does not score either, whatever the settings say."""
_SHUFFLES = 5


def train_churn(
    session: Session, now: datetime, file: Path | None, rules: ChurnRules | None = None
) -> ChurnModel:
    """Train, judge and (with a `file`) save the model; what scores has then learnt from everybody.

    Raises NotEnoughHistory where too few customers have left to learn from them and to judge.
    """
    rules = rules or read_churn_rules()
    for split in splits(churn_repository.history_from(session), today(now)):
        past, test = _sets(session, split, now, rules)
        learning, judging = past.at(_learns(past.ids)), test.at(~_learns(test.ids))
        if _rarer(learning.gone) >= LEAST_OF_A_CLASS:
            break
    least = min(_rarer(learning.gone), _rarer(judging.gone))
    if least < LEAST_OF_A_CLASS:
        raise NotEnoughHistory(found=least, needed=LEAST_OF_A_CLASS)
    learnt = learn(learning.features, learning.gone, groups=learning.ids)
    report = _report(learnt, learning, judging, split, rules)
    classifier = None
    if report.scored_by is not None:
        # What was judged is this way of learning; what scores knows the newest labels of everybody too.
        everything = joined_known([past, test])
        final = learn(everything.features, everything.gone, groups=everything.ids)
        classifier = final.model if report.used else final.baseline
    model = ChurnModel(report, classifier, _typical(test), now)
    if file is not None:
        save_model(model, file)
    return model


def score(session: Session, customer_ids: Collection[int], now: datetime, model: ChurnModel) -> int:
    """Write churn probability, reasons and lifetime value into the profiles there are; how many got one.

    Without a model that is used there is no probability, and the lifetime value takes the bank's usual share.
    Customers who joined lately or have been silent for three months are not judged, and the reason is written
    down.
    """
    wanted = sorted(set(customer_ids))
    session.flush()
    return sum(
        _score(session, wanted[start : start + PORTION], now, model)
        for start in range(0, len(wanted), PORTION)
    )


def _score(session: Session, ids: Sequence[int], now: datetime, model: ChurnModel) -> int:
    rates = read_lifetime_rates()
    profiles = churn_repository.profiles(session, ids)
    judged = judge(session, [row.customer_id for row in profiles], now, model)
    rows = []
    for row in profiles:
        probability, reasons = judged.get(row.customer_id, (None, []))
        business = Business(row.assets_fen, row.loans_fen, row.year_volume_fen)
        rows.append(
            {
                "customer_id": row.customer_id,
                "churn_probability": probability,
                "churn_reasons": reasons,
                "lifetime_value_fen": lifetime_value_fen(business, probability, rates),
            }
        )
    churn_repository.store(session, rows)
    return sum(row["churn_probability"] is not None for row in rows)


def judge(
    session: Session, ids: Sequence[int], now: datetime, model: ChurnModel
) -> dict[int, tuple[float | None, list[str]]]:
    """Probability and reasons by customer; empty where the model is not used. Nothing is written."""
    if model.classifier is None or not ids:
        return {}
    rules = read_churn_rules()
    cut = Cut(today(now))
    known = known_at(churn_repository.facts(session, ids, cut, now, rules), cut)
    here = still_here(known)
    found: dict[int, tuple[float | None, list[str]]] = {}
    for place in np.flatnonzero(~here):
        new = known.raw["tenure_days"][place] < LEAST_TENURE_DAYS
        found[int(known.ids[place])] = (None, [TOO_NEW if new else SILENT])
    judging = known.at(here)
    if not len(judging.ids):
        return found
    probabilities = model.classifier.probabilities(judging.features)
    found |= {int(one): (float(p), []) for one, p in zip(judging.ids, probabilities, strict=True)}
    endangered = probabilities * 100 >= rules.reasons_from_percent
    reasons = reasons_of(judging.at(endangered), model.classifier.probabilities, model.typical)
    for one, p, said in zip(judging.ids[endangered], probabilities[endangered], reasons, strict=True):
        found[int(one)] = (float(p), said)
    return found


def _sets(session: Session, split: Split, now: datetime, rules: ChurnRules) -> tuple[Known, Known]:
    """What there is to learn from, of all training days, and to judge on."""
    past = [_known(session, day, now, rules) for day in split.train_days]
    return joined_known(past), _known(session, split.test_day, now, rules)


def _known(session: Session, day: date, now: datetime, rules: ChurnRules) -> Known:
    """The customers whom the model might have judged on that day, in portions; a sample of very many."""
    cut = Cut(day)
    joined_by = day - timedelta(days=LEAST_TENURE_DAYS)
    every = -(-churn_repository.count_joined_by(session, joined_by) // TRAIN_MOST) or 1
    parts, last_id = [known_at({}, cut)], 0
    while ids := churn_repository.customers_joined_by(session, joined_by, last_id, PORTION, every):
        known = known_at(churn_repository.facts(session, ids, cut, now, rules), cut)
        parts.append(known.at(still_here(known)))
        last_id = ids[-1]
    return joined_known(parts)


def _learns(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether a customer is learnt from (three of five) or judged on, the same at every cut."""
    return np.asarray(ids * 2_654_435_761 % 2**32 % 5 < 3)


def _rarer(gone: Labels) -> int:
    return int(np.bincount(gone, minlength=2).min())


def _typical(known: Known) -> Numbers:
    """The middle of each feature among those who stayed; 0 where nobody has one."""
    stayed = known.features[known.gone == 0]
    columns = [column[~np.isnan(column)] for column in stayed.T]
    return np.array([float(np.median(column)) if len(column) else 0.0 for column in columns])


def _report(
    learnt: Learnt,
    learning: Known,
    judging: Known,
    split: Split,
    rules: ChurnRules,
) -> ChurnReport:
    probabilities = learnt.model.probabilities(judging.features)
    baseline = learnt.baseline_probabilities(judging.features)
    seen_once = auc_difference(judging.gone, probabilities, baseline)
    # The customers of both parts are different people, so the evidence of both counts.
    difference = pooled(learnt.difference, seen_once)
    used = difference.better and seen_once.value > 0
    simple_auc = roc_auc(judging.gone, baseline)
    simple = BASELINE if rules.if_not_better == "baseline" and simple_auc >= _LEAST_AUC else None
    table = calibration(judging.gone, probabilities)
    return ChurnReport(
        train_days=split.train_days,
        test_day=split.test_day,
        apart=split.apart,
        train_rows=len(learning.ids),
        train_gone=int(learning.gone.sum()),
        test_rows=len(judging.ids),
        test_gone=int(judging.gone.sum()),
        chosen=learnt.chosen,
        calibrated_by=learnt.model.method,
        roc_auc=roc_auc(judging.gone, probabilities),
        baseline_roc_auc=simple_auc,
        difference=difference,
        brier=brier(judging.gone, probabilities),
        calibration_error=calibration_error(table),
        calibration=table,
        reasons=_importance(learnt.model, judging),
        used=used,
        scored_by=learnt.chosen if used else simple,
    )


def _importance(model: Calibrated, judging: Known) -> tuple[tuple[str, float], ...]:
    """How much AUC is lost when the figures of a group go to other customers; the largest loss first."""
    rng = np.random.default_rng(0)
    whole = roc_auc(judging.gone, model.probabilities(judging.features))
    losses = {}
    for group, names in GROUPS.items():
        places = [FEATURES.index(name) for name in names]
        found = []
        for _ in range(_SHUFFLES):
            shuffled = judging.features.copy()
            shuffled[:, places] = judging.features[rng.permutation(len(judging.ids))][:, places]
            found.append(roc_auc(judging.gone, model.probabilities(shuffled)))
        losses[group] = whole - float(np.mean(found))
    return tuple(sorted(losses.items(), key=lambda item: -item[1]))
