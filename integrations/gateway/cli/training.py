"""Train the bot when what it is made from has changed."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from integrations.crm.settings import PROJECT, Settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.paths import BOT_PYTHON, LOGS, MODELS
from integrations.gateway.cli.progress import working
from integrations.gateway.knowledge import articles, classifier_folder, classifier_rows, load_search
from knowledge_base.facts import ArticleError

_SOURCES = ("config.yml", "domain.yml", "data", "bot/nlu", "bot/dictionary", "bot/requirements.txt")
_SHARED = ("pretrained.py", "pretrained_onnx.py", "transformer.py")
_KEPT_MODELS = 3

QUIET_RASA = {
    "RASA_TELEMETRY_ENABLED": "false",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
    "MPLCONFIGDIR": str(PROJECT / "var/matplotlib"),
}
"""Environment of every Rasa process: nothing is reported anywhere, one thread for the encoder."""


def fingerprint() -> str:
    """Names the state of everything a model is made from. Rasa's own cache misses the jieba dictionary."""
    digest = hashlib.sha256()
    for source in (*_SOURCES, *(f"knowledge_base/{name}" for name in _SHARED)):
        for path in _files(PROJECT / source):
            digest.update(str(path.relative_to(PROJECT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def model_path() -> Path:
    """The model that belongs to the present sources, whether or not it exists yet."""
    return MODELS / f"{fingerprint()}.tar.gz"


def train_model(*, force: bool = False) -> Path:
    """Return the model of the present sources, trained now unless it exists. Raises CliError."""
    model = model_path()
    if model.exists() and not force:
        return model
    log = LOGS / "train.log"
    command = [
        "rasa",
        "train",
        "--out",
        str(MODELS),
        "--fixed-model-name",
        model.name.removesuffix(".tar.gz"),
    ]
    with working("训练机器人 (five minutes or more)"):
        run_for_bot([*command, *(["--force"] if force else [])], log, "Training")
    if not model.exists():
        raise _failed("Training", log)
    _prune("*.tar.gz")
    return model


def train_knowledge(settings: Settings) -> None:
    """Train the article classifier, adapter and vectors where articles changed. Raises CliError."""
    try:
        rows = classifier_rows(articles())
        folder = classifier_folder(rows)
        if not folder.is_dir():
            _train_classifier(rows, folder)
        with working("建立知识库索引 (about a minute the first time)"):
            load_search(settings)
        for pattern in ("articles-*", "bundled-*"):
            _prune(pattern)
    except ArticleError as error:
        raise CliError(f"The knowledge base cannot be used: {error}") from error


def _train_classifier(rows: str, folder: Path) -> None:
    log = LOGS / "train-knowledge.log"
    MODELS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MODELS) as unfinished:
        source, made = Path(unfinished, "rows.json"), Path(unfinished, folder.name)
        made.mkdir()
        source.write_text(rows, encoding="utf-8")
        with working("训练知识库 (ten minutes or more the first time)"):
            run_for_bot(["bot.nlu.fine_tuning", str(source), str(made)], log, "Training")
        made.rename(folder)


def run_for_bot(module: Sequence[str], log: Path, what: str) -> None:
    """Run a module and its arguments in the bot's environment. Raises CliError with its last words."""
    if not BOT_PYTHON.exists():
        raise CliError("The bot's environment is missing: run `make setup` first.")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        result = subprocess.run(
            [str(BOT_PYTHON), "-m", *module],
            cwd=PROJECT,
            env=rasa_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode != 0:
        raise _failed(what, log)


def rasa_environment() -> dict[str, str]:
    """The environment in which Rasa runs."""
    return os.environ | QUIET_RASA | {"PYTHONPATH": str(PROJECT)}


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(path for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc")


def _failed(what: str, log: Path) -> CliError:
    return CliError(f"{what} failed: {_last_line(log)} (whole output: {log.relative_to(PROJECT)})")


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def _prune(pattern: str) -> None:
    made = sorted(MODELS.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in made[_KEPT_MODELS:]:
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
