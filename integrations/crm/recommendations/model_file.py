"""The recommendation model as a file, and the copy of it that a process holds in memory."""

import threading
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import structlog

from integrations.crm.recommendations.blending import Blend
from integrations.crm.recommendations.collaborative import Model
from integrations.crm.recommendations.errors import BadModelFile
from integrations.crm.settings import PROJECT

NAME = "recommendations.npz"
MODEL_FILE = PROJECT / "var" / NAME
_FORMAT = 2
_log = structlog.get_logger()


def save(model: Model, path: Path) -> None:
    """Write the model; whoever reads meanwhile finds the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with beside.open("wb") as file:
            np.savez(
                file,
                format=np.array(_FORMAT),
                codes=np.array(model.codes, dtype=np.str_),
                signals=np.array(model.signals, dtype=np.str_),
                weights=model.weights,
                trend=model.trend,
                blend=np.array([model.blend.stage, model.blend.strategy]),
                learned_on=np.array(model.learned_on.isoformat()),
                customers=np.array(model.customers),
            )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load(path: Path) -> Model:
    """Read a model. Raises BadModelFile, which says what is wrong with the file."""
    try:
        # numpy leaves a file open that it opened itself and then refuses.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            model = _model(stored)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise BadModelFile(f"{path.name}: {error}") from error
    return model


def keep_in(folder: Path) -> None:
    """Use the model in this folder from now on, instead of MODEL_FILE; a later call replaces the folder."""
    _chosen[:] = [folder / NAME]


def current(path: Path | None = None) -> Model | None:
    """The model of the file (default: the one in use), read again when the file has changed.

    None without a file. A broken file is reported in the log, and the model before it is kept.
    """
    return _held.get(in_use() if path is None else path)


def in_use() -> Path:
    """The file that recommendations are made with."""
    return _chosen[0] if _chosen else MODEL_FILE


class _Held:
    """The newest good model of each file, and the state of the file it was read from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: dict[Path, Model | None] = {}
        self._stamps: dict[Path, tuple[int, int] | None] = {}

    def get(self, path: Path) -> Model | None:
        stamp = _stamp(path)
        with self._lock:
            if path not in self._stamps or self._stamps[path] != stamp:
                self._stamps[path] = stamp
                self._read(path, stamp)
            return self._models.get(path)

    def _read(self, path: Path, stamp: tuple[int, int] | None) -> None:
        if stamp is None:
            self._models[path] = None
            return
        try:
            self._models[path] = load(path)
        except BadModelFile as error:
            _log.error("recommendation_model_refused", reason=str(error))


_held = _Held()
_chosen: list[Path] = []


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _model(stored: Any) -> Model:
    if int(stored["format"]) != _FORMAT:
        raise ValueError(f"format {int(stored['format'])} instead of {_FORMAT}")
    codes, signals = (tuple(str(one) for one in stored[name]) for name in ("codes", "signals"))
    weights, trend = stored["weights"], stored["trend"]
    if trend.dtype != np.float32 or trend.shape != (len(codes),):
        raise ValueError(f"a trend of {trend.dtype} {trend.shape} does not fit {len(codes)} products")
    if weights.dtype != np.float32 or weights.shape != (len(codes) + len(signals), len(codes)):
        raise ValueError(f"weights of {weights.dtype} {weights.shape} do not fit {len(codes)} products")
    stage, strategy = (float(one) for one in stored["blend"])
    if not all(np.isfinite(numbers).all() for numbers in (weights, trend, [stage, strategy])):
        raise ValueError("a weight is not a finite number")
    if not codes:
        raise ValueError("no products")
    if len(set(codes)) != len(codes) or len(set(signals)) != len(signals):
        raise ValueError("a product or signal occurs twice")
    return Model(
        codes=codes,
        signals=signals,
        weights=weights,
        trend=trend,
        learned_on=date.fromisoformat(str(stored["learned_on"])),
        customers=int(stored["customers"]),
        blend=Blend(stage, strategy),
    )
