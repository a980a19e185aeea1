"""`qiantai benchmark churn`: the churn model's way of learning, on any table of customers."""

from pathlib import Path

from integrations.crm.customers.churn_learning import NotEnoughRows, learn
from integrations.crm.customers.churn_scores import (
    auc_difference,
    brier,
    calibration,
    calibration_error,
    roc_auc,
)
from integrations.gateway.cli.benchmark_churn_table import columns_of, labels_of, positive_class, read_table
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.progress import working


def benchmark_churn(train: Path, test: Path, target: str, positive: str | None) -> list[str]:
    """Learn from one CSV file, judge on the other; return the lines of the figures. Raises CliError.

    `positive` is the value of the target to be predicted; None: the rarer of its two values. The model is
    used only if it is better than the baseline for certain enough (95 %), both by cross-validation on
    `train` and on `test`.
    """
    learning = read_table(train, target)
    judging = read_table(test, target)
    value = positive_class(learning, target, positive)
    labels, truth = (labels_of(table, target, value) for table in (learning, judging))
    columns = columns_of(learning, target, labels)
    features, unseen = columns.features(learning), columns.features(judging)
    try:
        with working(f"{len(labels)} 行、{features.shape[1]} 个特征: 随机森林与梯度提升比较"):
            learnt = learn(features, labels, numeric=columns.numeric_places)
    except NotEnoughRows as error:
        raise CliError(f"{train}: {error}.") from error
    probabilities = learnt.model.probabilities(unseen)
    baseline = learnt.baseline_probabilities(unseen)
    difference = auc_difference(truth, probabilities, baseline)
    used = learnt.difference.better and difference.better
    dropped = ", ".join(f"{name} ({why})" for name, why in columns.dropped.items())
    return [
        f"train_rows: {len(labels)}",
        f"test_rows: {len(truth)}",
        f"positive: {value}",
        f"left_out: {dropped or 'none'}",
        f"random_forest_roc_auc: {learnt.cross_validated['random_forest']:.4f}",
        f"gradient_boosting_roc_auc: {learnt.cross_validated['gradient_boosting']:.4f}",
        f"logistic_regression_roc_auc: {learnt.cross_validated['logistic_regression']:.4f}",
        f"chosen: {learnt.chosen}",
        f"calibration: {learnt.model.method}",
        f"brier: {brier(truth, probabilities):.4f}",
        f"calibration_error: {calibration_error(calibration(truth, probabilities)):.4f}",
        f"auc_difference: {difference.value:.4f} ({difference.low:.4f} to {difference.high:.4f})",
        f"used: {'yes' if used else 'no'}",
        f"roc_auc: {roc_auc(truth, probabilities):.4f}",
        f"baseline_roc_auc: {roc_auc(truth, baseline):.4f}",
    ]
