"""All entities of a message, found by rules: numbers by pure functions, words by spaCy's matcher."""

from __future__ import annotations

import functools
from datetime import date, datetime
from typing import Any, Callable, Mapping
from zoneinfo import ZoneInfo

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from bot.nlu import vocabulary
from bot.nlu.amounts import find_amounts
from bot.nlu.dates import find_dates
from bot.nlu.found import Found, is_free
from bot.nlu.identifiers import find_identifiers, find_reserved
from bot.nlu.measures import find_ordinals, find_rates, find_scores, find_terms

BANK_TIME_ZONE = ZoneInfo("Asia/Shanghai")
# Entities whose words do not overlap in meaning are matched apart: 取款机 is a channel and a branch kind.
_VOCABULARIES: Mapping[str, Callable[[], Mapping[str, tuple[str, ...]]]] = {
    "business_channel": lambda: vocabulary.BUSINESS_CHANNELS,
    "product_line": lambda: vocabulary.PRODUCT_LINES,
    "branch_kind": lambda: vocabulary.BRANCH_KINDS,
    "repayment_method": lambda: vocabulary.REPAYMENT_METHODS,
    "city": vocabulary.city_words,
    "district": vocabulary.district_words,
}


def find_entities(text: str, today: date) -> list[Found]:
    """Return every entity in normalised text, in order.

    A message that is nothing but a number can mean several things (1234: a card tail or an amount;
    3.5: a rate or an amount); it is given as each of them, and the form that asked takes its own.
    """
    identifiers = find_identifiers(text)
    named = [item for item in identifiers if not _is_bare(item, text)]
    reserved = find_reserved(text)
    dates = find_dates(text, today, [*named, *reserved])
    sure_dates = [item for item in dates if not _is_bare(item, text)]
    terms = find_terms(text, [*named, *sure_dates])
    rates = find_rates(text, [*named, *sure_dates, *terms])
    sure_rates = [item for item in rates if not _is_bare(item, text)]
    ordinals = find_ordinals(text)
    taken = [*named, *reserved, *sure_dates, *terms, *sure_rates, *ordinals]
    scores = [item for item in find_scores(text) if is_free(taken, item.start, item.end)]
    amounts = find_amounts(text, [*taken, *(item for item in scores if not _is_bare(item, text))])
    found = [*identifiers, *dates, *terms, *rates, *ordinals, *scores, *amounts, *find_words(text)]
    return sorted(found, key=lambda item: (item.start, item.entity))


def _is_bare(item: Found, text: str) -> bool:
    """Tell whether an entity read from a short number has no word that says what the number is."""
    return len(text) <= 8 and all(char in "0123456789./- ,一二三四五" for char in text.strip(" 。!吧啊的"))


def find_words(text: str) -> list[Found]:
    """Return the vocabulary entities: channels, product lines, places, repayment methods."""
    language, matchers = _matchers()
    doc = language.make_doc(text)
    found: list[Found] = []
    for entity, matcher in matchers.items():
        spans = filter_spans(matcher(doc, as_spans=True))
        found += [Found(entity, span.label_, span.start_char, span.end_char) for span in spans]
    return found + _unknown_districts(doc, found)


def _unknown_districts(doc: Doc, known: list[Found]) -> list[Found]:
    """Return tokens that end in 区 or 县 and are not in places.txt."""
    found = []
    for token in doc:
        word, start, end = token.text, token.idx, token.idx + len(token.text)
        if len(word) < 3 or word[-1] not in "区县" or word in vocabulary.NOT_DISTRICTS or not word.isalpha():
            continue
        if not any(item.entity == "district" and item.overlaps(start, end) for item in known):
            found.append(Found("district", word, start, end))
    return found


@functools.lru_cache(maxsize=1)
def _matchers() -> tuple[Language, dict[str, PhraseMatcher]]:
    """Build spaCy's blank Chinese with jieba segmentation and one matcher an entity, once."""
    language = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "jieba"}}})
    matchers = {}
    for entity, words in _VOCABULARIES.items():
        matcher = PhraseMatcher(language.vocab, attr="LOWER")
        for value, synonyms in words().items():
            matcher.add(value, [language.make_doc(word) for word in dict.fromkeys(synonyms)])
        matchers[entity] = matcher
    return language, matchers


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class BankEntityExtractor(GraphComponent, EntityExtractorMixin):  # type: ignore[misc]  # Rasa ships no types
    """Adds the rule-made entities to a message."""

    def __init__(self) -> None:
        """Build the matchers now: the tokenizer before it has loaded the bank's dictionary."""
        _matchers.cache_clear()
        _matchers()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> BankEntityExtractor:
        """Create the extractor; it has no settings."""
        return cls()

    @staticmethod
    def required_packages() -> list[str]:
        """Return what must be installed."""
        return ["spacy", "jieba", "cn2an"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the entities of messages in place."""
        today = datetime.now(BANK_TIME_ZONE).date()
        for message in messages:
            entities = [
                {"entity": item.entity, "value": item.value, "start": item.start, "end": item.end}
                for item in find_entities(message.get(TEXT) or "", today)
            ]
            entities = self.add_extractor_name(entities)
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages
