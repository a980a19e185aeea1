"""Training: again when anything it is made from changed, and a failure in one sentence."""

import os
from pathlib import Path

import pytest

from integrations.gateway.cli import training
from integrations.gateway.cli.errors import CliError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of nothing but the smallest sources."""
    for name in ("config.yml", "domain.yml"):
        (tmp_path / name).write_text("version: '3.1'\n")
    (tmp_path / "data/nlu").mkdir(parents=True)
    (tmp_path / "bot/dictionary").mkdir(parents=True)
    (tmp_path / "bot/dictionary/bank.txt").write_text("云盾 10 n\n", encoding="utf-8")
    monkeypatch.setattr(training, "PROJECT", tmp_path)
    monkeypatch.setattr(training, "MODELS", tmp_path / "models")
    monkeypatch.setattr(training, "LOGS", tmp_path / "log")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["config.yml", "domain.yml", "data/nlu/balance.yml", "bot/dictionary/bank.txt"]
)
def test_a_change_of_any_source_asks_for_a_new_model(project: Path, name: str) -> None:
    before = training.model_path()
    assert training.model_path() == before
    (project / name).write_text("changed\n")
    assert training.model_path() != before


def test_an_unchanged_model_is_not_trained_again(project: Path) -> None:
    model = training.model_path()
    model.parent.mkdir()
    model.write_bytes(b"a model")
    assert training.train_model() == model


def test_a_failed_training_says_why(project: Path) -> None:
    (project / "config.yml").write_text("recipe: default.v1\nlanguage: zh\npipeline: [{name: NoSuchPart}]\n")
    (project / "data/nlu/one.yml").write_text(
        "version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - 你好\n", encoding="utf-8"
    )
    with pytest.raises(CliError, match=r"Training failed: .*train\.log"):
        training.train_model()


def test_a_missing_environment_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "BOT_PYTHON", project / "nowhere/python")
    with pytest.raises(CliError, match="make setup"):
        training.train_model()


def test_only_the_newest_models_are_kept(project: Path) -> None:
    models = project / "models"
    for age in range(5):
        folder = models / f"articles-{age}"
        folder.mkdir(parents=True)
        (folder / "labels.json").write_text("[]")
        os.utime(folder, (1000 - age, 1000 - age))
    (models / "other").mkdir()
    training._prune("articles-*")
    assert sorted(path.name for path in models.iterdir()) == [
        "articles-0",
        "articles-1",
        "articles-2",
        "other",
    ]
