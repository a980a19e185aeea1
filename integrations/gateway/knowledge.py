"""The bank's knowledge base as the running system uses it; what takes long is kept between starts."""

import hashlib
import json
import logging
from pathlib import Path

from integrations.crm.settings import PROJECT, Settings
from knowledge_base.article_classifier import ArticleClassifier, training_rows
from knowledge_base.articles import Article, load_articles
from knowledge_base.asked import with_asked
from knowledge_base.facts import load_facts
from knowledge_base.other_brands import OtherBrands
from knowledge_base.search import Search, load_background, normaliser

logger = logging.getLogger(__name__)
MODELS = PROJECT / "models"
_KNOWLEDGE = PROJECT / "knowledge_base"
_CLASSIFIERS = "articles-"
_MADE_BY = ("bot/nlu/fine_tuning.py", "knowledge_base/pretrained.py", "knowledge_base/pretrained_onnx.py")


def articles() -> list[Article]:
    """The bank's articles with its facts filled in and their further questions. Raises ArticleError."""
    return with_asked(load_articles(_KNOWLEDGE / "articles", load_facts(_KNOWLEDGE / "facts.yml")))


def load_search(settings: Settings, models: Path = MODELS) -> Search:
    """Load articles and models; the adapter and new vectors are made now. Raises ArticleError."""
    # Imported where it is needed: torch takes seconds, and most commands of the CLI need none of it.
    from knowledge_base.adapter import sentence_encoder

    known, brands = articles(), OtherBrands()
    return Search(
        known,
        sentence_encoder(settings.encoder, models),
        cache_folder=PROJECT / "var/index",
        brands=brands,
        classifier=newest_classifier(known, models, brands),
    )


def classifier_rows(known: list[Article], brands: OtherBrands | None = None) -> str:
    """What the classifier is trained on, as the file that the training reads."""
    rows = training_rows(known, load_background(), normaliser(brands or OtherBrands()))
    return json.dumps(rows, ensure_ascii=False)


def classifier_folder(rows: str, models: Path = MODELS) -> Path:
    """Where the classifier of these rows is kept, whether or not it is there yet."""
    digest = hashlib.sha256(rows.encode())
    for name in _MADE_BY:
        digest.update((PROJECT / name).read_bytes())
    return models / f"{_CLASSIFIERS}{digest.hexdigest()[:16]}"


def newest_classifier(
    known: list[Article], models: Path, brands: OtherBrands | None = None
) -> ArticleClassifier | None:
    """That of the present articles; an older one still knows most of them."""
    present = classifier_folder(classifier_rows(known, brands), models)
    if present.is_dir():
        return ArticleClassifier(present)
    older = sorted(models.glob(f"{_CLASSIFIERS}*"), key=lambda folder: folder.stat().st_mtime)
    logger.warning("The articles changed since the last training: run `qiantai train`")
    return ArticleClassifier(older[-1]) if older else None
