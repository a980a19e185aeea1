"""Intent classification by two members that err differently, their probabilities multiplied.

One is a logistic regression on character TF-IDF and the sentence vector: wording. The other is a small
pretrained transformer, fine-tuned: meaning (fine_tuning.py). docs/benchmarks.md has the figures of each.
Rasa's own LogisticRegressionClassifier fixes C and reads raw counts: long messages then get a confidence
near 1 whatever they say, and every number becomes the eleven characters of ``__NUMBER__``.
"""

from __future__ import annotations

import re
from typing import Any, Sequence

import numpy as np
import skops.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.nlu.clauses import Part, restated, split
from bot.nlu.encoder import encode
from bot.nlu.sources import source_digest
from knowledge_base.pretrained import Floats
from knowledge_base.transformer import Transformer

MODEL_FILE = "intents.skops"
RANKING_LENGTH = 10
# The vectorizer keeps its weights in this type; skops refuses what is not listed.
_TRUSTED = ["scipy.sparse._csr.csr_matrix"]
_DIGITS = re.compile(r"\d+")


def without_numbers(text: str) -> str:
    """Return the text with every number as 0: how much and when says nothing about the intent."""
    return _DIGITS.sub("0", text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class BankIntentClassifier(IntentClassifier, GraphComponent):  # type: ignore[misc]  # Rasa ships no types
    """Two classifiers as one; needs a dense featurizer before it."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Build the untrained model."""
        self._config, self._model_storage, self._resource = config, model_storage, resource
        self._transformer: Transformer | None = None
        self._vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=(1, int(config["max_ngram"])), sublinear_tf=True
        )
        self._model = LogisticRegression(
            C=float(config["C"]), class_weight=config["class_weight"], max_iter=int(config["max_iter"])
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> BankIntentClassifier:
        """Create the untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must come earlier in the pipeline."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings.

        ``C`` is the inverse of the regularisation strength; ``transformer_share`` the
        transformer's weight against the regression, 0 to 1 (0: it is neither trained nor asked).
        """
        return {
            "C": 20.0,
            "max_iter": 300,
            "max_ngram": 3,
            "class_weight": None,
            "transformer_share": 0.5,
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Return what must be installed."""
        return ["sklearn", "skops", "tokenizers"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return what makes ``rasa train`` notice that the transformer is trained otherwise."""
        return source_digest()

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the examples that have an intent, and store the model."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        plain = [without_numbers(text) for text in _texts(examples)]
        self._vectorizer.fit(plain)
        features = self._features(plain, _sentence_vectors(examples))
        self._model.fit(features, [example.get(INTENT) for example in examples])
        with self._model_storage.write_to(self._resource) as folder:
            skops.io.dump({"vectorizer": self._vectorizer, "model": self._model}, folder / MODEL_FILE)
            if self._share:
                self._fine_tuned(examples).save(folder)
        return self._resource

    def _fine_tuned(self, examples: Sequence[Message]) -> Transformer:
        # Imported where it is needed: it stands on TensorFlow's training parts, which answering does not use.
        from bot.nlu.fine_tuning import Recipe, fine_tune

        names = list(self._model.classes_)
        texts = [without_numbers(example.get(TEXT)) for example in examples]
        labels = [names.index(example.get(INTENT)) for example in examples]
        return fine_tune(texts, labels, len(names), Recipe.for_examples(len(texts)))

    @property
    def _share(self) -> float:
        return float(self._config["transformer_share"])

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> BankIntentClassifier:
        """Load the trained model; without one (fine-tuning graphs ask first) return an untrained one."""
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                stored = skops.io.load(folder / MODEL_FILE, trusted=_TRUSTED)
                if component._share:
                    component._transformer = Transformer.load(folder)
        except ValueError:
            return component
        component._vectorizer, component._model = stored["vectorizer"], stored["model"]
        # Predicting multiplies by the transpose, which scipy copies for each message in any other order.
        component._model.coef_ = np.asfortranarray(component._model.coef_)
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking of messages in place; a message without text gets neither.

        A message of several clauses also gets ``clauses``, and one that corrects itself ``restated``:
        parts of the text with their own intents.
        """
        readable = [message for message in messages if message.get(TEXT)]
        if not readable:
            return messages
        probabilities = self._probabilities(_texts(readable), _sentence_vectors(readable))
        for message, row in zip(readable, probabilities, strict=True):
            ranking = self._ranking(row)
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[:RANKING_LENGTH], add_to_output=True)
            self._classify_parts(message)
        return messages

    def _classify_parts(self, message: Message) -> None:
        clauses, correction = split(message.get(TEXT)), restated(message.get(TEXT))
        parts = clauses if correction is None else [*clauses, correction.part]
        if not parts:
            return
        texts = [part.text for part in parts]
        rows = self._probabilities(texts, encode(texts))
        found = [_described(part, self._ranking(row)[0]) for part, row in zip(parts, rows, strict=True)]
        if clauses:
            message.set("clauses", found[: len(clauses)], add_to_output=True)
        if correction is not None:
            message.set("restated", {**found[-1], "denied": correction.denied}, add_to_output=True)

    def _ranking(self, row: Floats) -> list[dict[str, Any]]:
        pairs = sorted(zip(self._model.classes_, row, strict=True), key=lambda pair: -pair[1])
        return [{"name": str(name), "confidence": float(value)} for name, value in pairs]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Classify training examples in place."""
        self.process(training_data.training_examples)
        return training_data

    def _probabilities(self, texts: Sequence[str], vectors: Floats) -> Floats:
        """Return one row a text, one column a class: the weighted geometric mean of the members."""
        plain = [without_numbers(text) for text in texts]
        linear = np.log(self._model.predict_proba(self._features(plain, vectors)) + 1e-9)
        if self._transformer is None:
            return np.asarray(np.exp(linear))
        scores = (1 - self._share) * linear + self._share * log_softmax(self._transformer(plain), axis=1)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def _features(self, plain: Sequence[str], vectors: Floats) -> csr_matrix:
        """Return TF-IDF and dense sentence features side by side."""
        return hstack([self._vectorizer.transform(plain), csr_matrix(vectors)]).tocsr()


def _texts(messages: Sequence[Message]) -> list[str]:
    return [message.get(TEXT) for message in messages]


def _sentence_vectors(messages: Sequence[Message]) -> Floats:
    return np.stack([message.get_dense_features(TEXT)[1].features[0] for message in messages])


def _described(part: Part, best: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": part.text,
        "start": part.start,
        "end": part.end,
        "intent": best["name"],
        "confidence": best["confidence"],
    }
