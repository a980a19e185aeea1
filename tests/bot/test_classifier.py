"""Parts of a message get intents of their own."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.classifier import BankIntentClassifier
from bot.nlu.encoder import encode

EXAMPLES = {
    "balance": ["查余额", "余额多少", "我卡里还有多少钱", "查一下余额"],
    "transactions": ["交易明细", "查明细", "最近的流水", "查一下上个月的明细"],
    "greet": ["你好", "您好", "早上好", "在吗"],
}


def message(text: str, intent: str | None = None) -> Message:
    """Build a message with its sentence vector, as it comes from the pipeline."""
    made = Message({TEXT: text, INTENT: intent})
    made.add_features(Features(encode([text])[0].reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, "use"))
    return made


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> BankIntentClassifier:
    """Train the regression alone: the transformer takes minutes."""
    folder: pathlib.Path = tmp_path_factory.mktemp("storage")
    config = BankIntentClassifier.get_default_config() | {"transformer_share": 0}
    made = BankIntentClassifier(config, LocalModelStorage(folder), Resource("intents"))
    made.train(TrainingData([message(text, name) for name, texts in EXAMPLES.items() for text in texts]))
    return made


def understood(classifier: BankIntentClassifier, text: str) -> dict[str, Any]:
    """Return what leaves the pipeline."""
    [processed] = classifier.process([message(text)])
    output: dict[str, Any] = processed.as_dict(only_output_properties=True)
    return output


def test_one_wish_has_no_parts(classifier: BankIntentClassifier) -> None:
    output = understood(classifier, "查一下余额")
    assert output["intent"]["name"] == "balance" and {"clauses", "restated"}.isdisjoint(output)


def test_clauses_have_places_and_intents(classifier: BankIntentClassifier) -> None:
    text = "查一下余额,另外查一下上个月的明细"
    clauses = understood(classifier, text)["clauses"]
    assert [part["intent"] for part in clauses] == ["balance", "transactions"]
    assert [text[part["start"] : part["end"]] for part in clauses] == ["查一下余额", "查一下上个月的明细"]
    assert all(0 < part["confidence"] <= 1 for part in clauses)


def test_a_correction_has_its_restated_part(classifier: BankIntentClassifier) -> None:
    restated = understood(classifier, "我问的是交易明细不是余额")["restated"]
    assert (restated["text"], restated["intent"], restated["denied"]) == ("交易明细", "transactions", "余额")
