"""Brings every way of typing Chinese to one form before anything reads it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import zhconv
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

# An 8,000-character message took 17 s in a classifier; the app stores all of it, the bot reads this much.
MAX_LENGTH = 500
_SPACES = re.compile(r"\s+")
# zhconv turns these the wrong way for a bank, or leaves them.
_VARIANTS = str.maketrans("帳麽妳祂牠嘅喺冇", "账么你他它的在没")
# What people type for what they say: initials of pinyin, and words spelt as they sound.
_SHORT_FOR = {
    "xyk": "信用卡",
    "yhk": "银行卡",
    "sjyh": "手机银行",
    "zfb": "支付宝",
    "wx": "微信",
    "sfz": "身份证",
    "肿么": "怎么",
    "神马": "什么",
    "木有": "没有",
}
_SHORT = re.compile(
    "|".join(rf"(?<![a-z0-9]){word}(?![a-z0-9])" if word.isascii() else word for word in _SHORT_FOR),
    re.IGNORECASE,
)


def normalize(text: str) -> str:
    """Return text in half width and simplified characters, without invisible characters, at most 500.

    Full-width letters, digits and signs become half-width (NFKC, which also unfolds 「㈠」 and 「①」);
    traditional becomes simplified; common shorthand (xyk, 肿么) is written out; zero-width, bidirectional and
    control characters and lone surrogates go; runs of white space become one space. Applying it twice gives
    the same as once.
    """
    # NFKC may grow one character to eighteen: cut before and after.
    visible = "".join(_kept(char) for char in text[: MAX_LENGTH * 4])
    folded = unicodedata.normalize("NFKC", visible)
    spaced = _SPACES.sub(" ", "".join(_kept(char) for char in folded)).strip()
    simplified: str = zhconv.convert(spaced[:MAX_LENGTH].translate(_VARIANTS), "zh-cn")
    written_out = _SHORT.sub(lambda match: _SHORT_FOR[match[0].lower()], simplified)
    return written_out[:MAX_LENGTH].strip()


def _kept(char: str) -> str:
    """Return the character, a space for a line break or tab, or nothing for an invisible one.

    Unicode categories: Cc control, Cf format (zero width, bidi marks), Cs surrogate, Co private use,
    Cn unassigned. Variation selectors are marks (Mn) but invisible too.
    """
    if char in "\n\r\t\v\f\x85":
        return " "
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} or "\ufe00" <= char <= "\ufe0f":
        return ""
    return char


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class ChineseNormalizer(GraphComponent):  # type: ignore[misc]  # Rasa ships no type information
    """First component of the pipeline: normalises the text of messages and of training examples."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ChineseNormalizer:
        """Create the component; it has no settings."""
        return cls()

    @staticmethod
    def required_packages() -> list[str]:
        """Return what must be installed."""
        return ["zhconv"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Normalise messages in place."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                message.set(TEXT, normalize(text), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise training examples in place."""
        self.process(training_data.training_examples)
        return training_data
