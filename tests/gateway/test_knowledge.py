"""The knowledge base as the system loads it: which classifier, and every failure in one sentence."""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from integrations.crm.settings import Settings
from integrations.gateway import knowledge
from integrations.gateway.cli import training
from integrations.gateway.cli.errors import CliError
from knowledge_base.article_classifier import LABELS_FILE, NOTHING
from knowledge_base.articles import Article
from knowledge_base.facts import ArticleError
from tests.knowledge_base.conftest import CountingEncoder, make_article
from tests.system import make_settings

ARTICLES = [
    make_article("card-lost", "卡丢了", "银行卡遗失", "卡找不到", "挂失银行卡"),
    make_article("loan-rate", "贷款利率", "贷款利息多少", "借款年化"),
]


class Named:
    """In place of a classifier, whose files are large: it keeps the name of its folder."""

    ids: list[str] = []

    def __init__(self, folder: Path) -> None:
        self.name = folder.name


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two articles, a quick encoder, and vectors kept away from the real ones."""
    (tmp_path / "project").mkdir()
    for name in knowledge._MADE_BY:
        copy = tmp_path / "project" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((knowledge.PROJECT / name).read_bytes())
    monkeypatch.setattr(knowledge, "PROJECT", tmp_path / "project")
    monkeypatch.setattr(knowledge, "articles", lambda: ARTICLES)
    monkeypatch.setattr("knowledge_base.adapter.sentence_encoder", lambda name, folder: CountingEncoder())


def make(models: Path, name: str, age: int = 0) -> Path:
    folder = models / name
    folder.mkdir()
    changed = folder.stat().st_mtime - age
    os.utime(folder, (changed, changed))
    return folder


# ---- which folder


def test_rows_name_the_articles_in_the_form_of_comparison() -> None:
    rows = json.loads(knowledge.classifier_rows(ARTICLES))
    assert ["card-lost", "银行卡遗失"] in rows
    assert {label for label, _ in rows} == {"card-lost", "loan-rate", NOTHING}


def test_the_folder_changes_with_the_rows_and_with_nothing_else(models: Path) -> None:
    rows = knowledge.classifier_rows(ARTICLES)
    folder = knowledge.classifier_folder(rows, models)
    assert folder.parent == models and folder.name.startswith("articles-")
    assert knowledge.classifier_folder(knowledge.classifier_rows(ARTICLES), models) == folder
    more = [*ARTICLES, make_article("new", "新的问法")]
    assert knowledge.classifier_folder(knowledge.classifier_rows(more), models) != folder


@pytest.mark.parametrize("name", knowledge._MADE_BY)
def test_the_folder_changes_with_the_code_that_trains(models: Path, name: str) -> None:
    before = knowledge.classifier_folder("[]", models)
    with (knowledge.PROJECT / name).open("a") as file:
        file.write("# changed\n")
    assert knowledge.classifier_folder("[]", models) != before


# ---- which classifier


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "ArticleClassifier", Named)


def test_the_classifier_of_the_present_articles_is_taken_silently(
    models: Path, named: None, caplog: pytest.LogCaptureFixture
) -> None:
    present = knowledge.classifier_folder(knowledge.classifier_rows(ARTICLES), models)
    make(models, present.name, age=1000)
    make(models, "articles-newer")
    found = knowledge.newest_classifier(ARTICLES, models)
    assert isinstance(found, Named) and found.name == present.name
    assert not caplog.records


def test_the_newest_older_one_is_taken_with_a_warning(
    models: Path, named: None, caplog: pytest.LogCaptureFixture
) -> None:
    make(models, "articles-a", age=10)
    make(models, "articles-b", age=20)
    make(models, "bundled-encoder")
    found = knowledge.newest_classifier(ARTICLES, models)
    assert isinstance(found, Named) and found.name == "articles-a"
    [record] = caplog.records
    assert record.levelno == logging.WARNING and "qiantai train" in record.getMessage()


def test_without_any_the_search_works_with_a_warning(
    models: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    search = knowledge.load_search(settings, models)
    answer = search.ask("银行卡遗失")
    assert answer.article is not None and answer.article.id == "card-lost"
    assert any("qiantai train" in record.getMessage() for record in caplog.records)


def test_a_missing_models_folder_is_like_an_empty_one(tmp_path: Path) -> None:
    assert knowledge.newest_classifier(ARTICLES, tmp_path / "nowhere") is None


# ---- failures


def test_a_broken_classifier_is_one_sentence(models: Path, settings: Settings) -> None:
    present = knowledge.classifier_folder(knowledge.classifier_rows(ARTICLES), models)
    (make(models, present.name) / LABELS_FILE).write_text("[")
    with pytest.raises(ArticleError, match=f"^{present.name}: classifier: .*run `qiantai train`$"):
        knowledge.load_search(settings, models)


@pytest.fixture
def train(
    monkeypatch: pytest.MonkeyPatch, models: Path, settings: Settings, tmp_path: Path
) -> Callable[[], None]:
    """`train_knowledge`, its folders below the test's own."""
    monkeypatch.setattr(training, "MODELS", models)
    monkeypatch.setattr(training, "LOGS", tmp_path / "log")
    monkeypatch.setattr(training, "articles", lambda: ARTICLES)
    monkeypatch.setattr(training, "classifier_folder", lambda rows: knowledge.classifier_folder(rows, models))
    monkeypatch.setattr(training, "load_search", lambda settings: knowledge.load_search(settings, models))
    return lambda: training.train_knowledge(settings)


def test_training_names_the_article_at_fault(
    train: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[Article]:
        raise ArticleError("cards/card-lost.md", "title", "is missing")

    monkeypatch.setattr(training, "articles", broken)
    with pytest.raises(
        CliError, match=r"^The knowledge base cannot be used: cards/card-lost\.md: title: is missing$"
    ):
        train()


def test_training_names_a_broken_classifier(train: Callable[[], None], models: Path) -> None:
    present = knowledge.classifier_folder(knowledge.classifier_rows(ARTICLES), models)
    make(models, present.name)
    with pytest.raises(CliError, match=r"cannot be used: articles-\w+: classifier: labels\.json"):
        train()


def test_a_failed_training_leaves_nothing_behind(
    train: Callable[[], None], models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-written folder would be taken for a classifier ever after."""
    fails = tmp_path / "python"
    fails.write_text("#!/bin/sh\necho no such luck >&2\nexit 3\n")
    fails.chmod(0o700)
    monkeypatch.setattr(training, "PROJECT", tmp_path)
    monkeypatch.setattr(training, "BOT_PYTHON", fails)
    with pytest.raises(CliError, match=r"^Training failed: no such luck .*train-knowledge\.log"):
        train()
    assert not list(models.iterdir())


def test_a_training_is_kept_under_the_name_of_its_rows(
    train: Callable[[], None], models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: None
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\ncp "$3" "$4/rows"\n')
    python.chmod(0o700)
    monkeypatch.setattr(training, "PROJECT", tmp_path)
    monkeypatch.setattr(training, "BOT_PYTHON", python)
    monkeypatch.setattr(Named, "log_probabilities", lambda self, text: np.zeros(0), raising=False)
    train()
    [folder] = models.iterdir()
    rows = knowledge.classifier_rows(ARTICLES)
    assert folder == knowledge.classifier_folder(rows, models)
    assert (folder / "rows").read_text(encoding="utf-8") == rows
    python.unlink()
    train()
