"""Rasa's logistic regression with the regularisation strength as a setting."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TunedLogisticRegression(LogisticRegressionClassifier):  # type: ignore[misc]  # Rasa ships no types
    """``LogisticRegressionClassifier`` with ``C`` and ``class_weight``, which Rasa fixes."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings; ``C`` is the inverse of the regularisation strength."""
        return {**LogisticRegressionClassifier.get_default_config(), "C": 1.0, "class_weight": "balanced"}

    def __init__(
        self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Build the untrained classifier."""
        super().__init__(config, name, model_storage, resource)
        self.clf.set_params(C=float(self.config["C"]), class_weight=self.config["class_weight"])
