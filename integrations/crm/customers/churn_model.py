"""The trained churn model with its report, and the file it is kept in."""

import os
import tempfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import joblib
import sklearn

from integrations.crm.customers.churn_features import FEATURES, GROUP_NAMES
from integrations.crm.customers.churn_learning import Calibrated
from integrations.crm.customers.churn_scores import Bin, Difference, Numbers
from integrations.crm.customers.errors import CustomerError

_FORMAT = 1
_SPLITS = {
    True: "strictly in time, and by customer: all that was learnt was known on the test day",
    False: "by customer only: the history is too short, training labels run beyond the test day",
}


class NotEnoughHistory(CustomerError):
    """Too few customers have left within the history; `data["found"]` of `data["needed"]`."""

    code = "not_enough_history"


class ChurnModelMissing(CustomerError):
    """No model has been trained; `data["file"]` is where it is looked for."""

    code = "churn_model_missing"


class ChurnModelUnusable(CustomerError):
    """The file is not a model of this version: train again. `data["file"]` and `data["why"]`."""

    code = "churn_model_unusable"


@dataclass(frozen=True)
class ChurnReport:
    """How the model was judged: on customers and at a day it had not seen.

    `apart` tells that all training labels were known on the test day; otherwise the training cuts lie nearer
    (the history is too short), and only the customers are kept apart.
    """

    train_days: tuple[date, ...]
    test_day: date
    apart: bool
    train_rows: int
    train_gone: int
    test_rows: int
    test_gone: int
    chosen: str
    calibrated_by: str
    roc_auc: float
    baseline_roc_auc: float
    difference: Difference
    brier: float
    calibration_error: float
    calibration: tuple[Bin, ...]
    reasons: tuple[tuple[str, float], ...]  # group, loss of AUC when its figures are shuffled; largest first
    used: bool
    scored_by: str | None  # the chosen model, the baseline where the settings want that, or nothing

    def lines(self) -> list[str]:
        """The figures as `name: value` lines, the AUCs last."""
        days = ", ".join(day.isoformat() for day in self.train_days)
        return [
            f"train: {self.train_rows} rows, {self.train_gone} gone ({days})",
            f"test: {self.test_rows} customers, {self.test_gone} gone ({self.test_day})",
            f"split: {_SPLITS[self.apart]}",
            *(f"reason {GROUP_NAMES[group]}: {loss:.4f}" for group, loss in self.reasons),
            *(f"said {one.mean_probability:.3f}: {one.share:.3f} of {one.count}" for one in self.calibration),
            f"chosen: {self.chosen}",
            f"calibration: {self.calibrated_by}",
            f"brier: {self.brier:.4f}",
            f"calibration_error: {self.calibration_error:.4f}",
            f"auc_difference: {self.difference.value:.4f} "
            f"({self.difference.low:.4f} to {self.difference.high:.4f})",
            f"used: {'yes' if self.used else 'no'}",
            f"scored_by: {self.scored_by or 'nothing'}",
            f"roc_auc: {self.roc_auc:.4f}",
            f"baseline_roc_auc: {self.baseline_roc_auc:.4f}",
        ]

    def words(self) -> str:
        """One sentence for the staff."""
        figures = f"AUC {self.roc_auc:.3f}，对照的逻辑回归为{self.baseline_roc_auc:.3f}，"
        figures += "严格按时间检验" if self.apart else "历史较短，未能严格按时间检验"
        if self.used:
            return f"流失预测模型已启用（{figures}）。"
        said = f"流失预测模型并不比对照的简单模型更准（{figures}），因此没有启用"
        if self.scored_by is None:
            return f"{said}，客户档案中不显示流失概率。"
        return f"{said}，流失概率由简单模型给出。"


@dataclass(frozen=True)
class ChurnModel:
    """What scores customers; `classifier` is None where nothing does (see ChurnReport.scored_by)."""

    report: ChurnReport
    classifier: Calibrated | None
    typical: Numbers  # the features of a typical customer who stayed
    trained_at: datetime


def save_model(model: ChurnModel, file: Path) -> None:
    """Write the file whole or not at all; only its owner may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"format": _FORMAT, "sklearn": sklearn.__version__, "features": FEATURES, "model": model}
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    os.close(handle)
    temporary = Path(name)
    try:
        joblib.dump(content, temporary, compress=3)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def load_model(file: Path) -> ChurnModel:
    """The model as it was saved. Raises ChurnModelMissing and ChurnModelUnusable.

    joblib runs what the file says: it must be one that this system wrote, where nobody else can write.
    """
    if not file.is_file():
        raise ChurnModelMissing(file=str(file))
    try:
        content: Any = joblib.load(file)
    except Exception as error:
        # A damaged pickle can raise anything.
        raise ChurnModelUnusable(file=str(file), why=f"unreadable: {type(error).__name__}") from error
    wanted = {"format": _FORMAT, "sklearn": sklearn.__version__, "features": FEATURES}
    if not isinstance(content, dict):
        raise ChurnModelUnusable(file=str(file), why="not a model")
    for name, value in wanted.items():
        if content.get(name) != value:
            raise ChurnModelUnusable(file=str(file), why=f"another version ({name})")
    model = content.get("model")
    if not isinstance(model, ChurnModel):
        raise ChurnModelUnusable(file=str(file), why="not a model")
    return model
