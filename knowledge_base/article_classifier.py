"""Names the article for a question: the pretrained transformer, fine-tuned on the titles and variants.

Trained in the bot's environment, where TensorFlow is (bot/nlu/fine_tuning.py); here it only answers. An
article that came after the training is unknown to it and is found by the rest of the index until the next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.special import log_softmax

from knowledge_base.articles import Article
from knowledge_base.confidence import Numbers
from knowledge_base.facts import ArticleError
from knowledge_base.question_text import Normalise
from knowledge_base.transformer import Transformer

LABELS_FILE = "labels.json"
# Variants of each article kept from the training: on them the index learns how far to trust it.
HELD_OUT = 1
FLOOR = -12.0
"""The logarithm of a probability that is as good as nothing."""

NOTHING = ""
"""The label of questions that no article answers."""

Row = tuple[str, str]


def held_out(article: Article) -> frozenset[str]:
    """The variants that are not trained on; the choice depends on the texts alone."""
    ordered = sorted(article.variants, key=_digest)
    return frozenset(ordered[:HELD_OUT]) if len(ordered) > 2 * HELD_OUT else frozenset()


def is_held_out(background: str) -> bool:
    """Whether a question that no article answers is kept from the training: every second one."""
    return _digest(background)[0] % 2 == 0


def training_rows(articles: Sequence[Article], background: Sequence[str], normalise: Normalise) -> list[Row]:
    """Pairs of article id and question, in the form in which questions are compared."""
    rows: list[Row] = []
    for article in articles:
        unseen = held_out(article)
        rows += [(article.id, normalise(text)) for text in article.questions if text not in unseen]
    return rows + [(NOTHING, normalise(text)) for text in background if not is_held_out(text)]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class ArticleClassifier:
    """What ``bot.nlu.fine_tuning`` wrote into ``folder``, ready to answer."""

    def __init__(self, folder: Path) -> None:
        """Raises ArticleError when the folder cannot be used."""
        self.ids = _read_labels(folder)
        try:
            self._transformer = Transformer.load(folder)
            classes = len(self._transformer(["卡"])[0])
        except Exception as error:  # tokenizers and ONNX Runtime raise bare exceptions
            raise _unusable(folder, f"the model cannot be read ({type(error).__name__})") from error
        if classes != len(self.ids):
            raise _unusable(folder, f"{len(self.ids)} labels for {classes} classes")

    def log_probabilities(self, text: str) -> Numbers:
        """Natural logarithms, at least ``FLOOR``, in the order of ``ids``."""
        scores = log_softmax(self._transformer([text])[0].astype(np.float64))
        return np.asarray(np.maximum(scores, FLOOR))


def _read_labels(folder: Path) -> list[str]:
    try:
        labels = json.loads((folder / LABELS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(folder, f"{LABELS_FILE} cannot be read ({type(error).__name__})") from error
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise _unusable(folder, f"{LABELS_FILE} is not a list of article ids")
    return labels


def _unusable(folder: Path, problem: str) -> ArticleError:
    return ArticleError(folder.name, "classifier", f"{problem}; remove the folder and run `qiantai train`")
