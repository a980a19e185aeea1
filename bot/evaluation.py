"""Measures intent classification through the real pipeline: ``python -m bot.evaluation REQUEST RESULT``.

REQUEST is a JSON file: ``train`` and ``test`` are lists of [intent, text], both null for a cross-validation
of data/nlu in ``folds`` parts; ``per_intent`` (or null) limits the training examples of each intent; ``seed``
makes the choice repeatable. RESULT gets the ``figures`` by name, and ``confusions`` as [expected, answered,
count], the most frequent first. `qiantai benchmark nlu` writes the one and shows the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Iterator, Sequence

import numpy as np
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from bot.channels import log_privacy

CONFIG = "config.yml"
OWN_DATA = "data/nlu"
NOTHING = "-"
"""Stands for the answer to a text of which the pipeline makes nothing."""

_FALLBACK = "nlu_fallback"
_WARM_UP = 20  # texts parsed before the clock runs

Example = tuple[str, str]
"""Intent and text."""


@dataclass(frozen=True)
class Split:
    """What is trained on, and what is asked then."""

    train: Sequence[Example]
    test: Sequence[Example]


@dataclass
class Outcome:
    """What one or several splits gave; ``milliseconds`` has one entry a text of the test data."""

    trained: list[Sequence[Example]] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    reference: list[str] = field(default_factory=list)
    train_seconds: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return the figures by name; with several splits, sizes and seconds of training are means."""
        known = {intent for part in self.trained for intent, _ in part}
        asked = sorted(set(self.expected))
        macro_f1 = f1_score(self.expected, self.answered, labels=asked, average="macro", zero_division=0)
        return {
            "examples_train": round(sum(map(len, self.trained)) / len(self.trained)),
            "examples_test": len(self.expected),
            "intents": len(known),
            "unknown_intents": len(set(asked) - known),
            "accuracy": _share_equal(self.expected, self.answered),
            "macro_f1": float(macro_f1),
            "baseline_accuracy": _share_equal(self.expected, self.reference),
            "train_seconds": sum(self.train_seconds) / len(self.train_seconds),
            "parse_p50_ms": float(np.percentile(self.milliseconds, 50)),
            "parse_p95_ms": float(np.percentile(self.milliseconds, 95)),
        }

    def confusions(self) -> list[tuple[str, str, int]]:
        """Return the wrong answers, most frequent first: expected, answered, how often."""
        pairs = zip(self.expected, self.answered, strict=True)
        counted = Counter((expected, answered) for expected, answered in pairs if expected != answered)
        ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return [(expected, answered, count) for (expected, answered), count in ordered]


def own_examples() -> list[Example]:
    """Return the examples of data/nlu without the marks of their entities."""
    return [(example.get(INTENT), example.get(TEXT)) for example in load_data(OWN_DATA).intent_examples]


def folds(examples: Sequence[Example], count: int, seed: int) -> Iterator[Split]:
    """Yield ``count`` stratified splits; each example is asked once. Raises ValueError for too many."""
    intents = [intent for intent, _ in examples]
    rarest, number = min(Counter(intents).items(), key=lambda item: item[1])
    if number < count:
        raise ValueError(f"{count} folds are too many: the intent {rarest} has {number} examples")
    parts = StratifiedKFold(count, shuffle=True, random_state=seed)
    for train, test in parts.split(intents, intents):
        yield Split([examples[place] for place in train], [examples[place] for place in test])


def sample(examples: Sequence[Example], per_intent: int | None, seed: int) -> list[Example]:
    """Return at most ``per_intent`` random examples of each intent (None: all), in their order."""
    if per_intent is None:
        return list(examples)
    places: dict[str, list[int]] = {}
    for place, (intent, _) in enumerate(examples):
        places.setdefault(intent, []).append(place)
    random = np.random.default_rng(seed)
    chosen = [random.permutation(places[intent])[:per_intent] for intent in sorted(places)]
    return [examples[place] for place in sorted(int(place) for part in chosen for place in part)]


def first_real_intent(parsed: dict[str, Any]) -> str | None:
    """Return the intent that the classifier found likeliest.

    The FallbackClassifier puts nlu_fallback before an uncertain one; what is measured is the classifier.
    """
    names = [entry["name"] for entry in parsed.get(INTENT_RANKING_KEY) or []]
    return next((name for name in names if name != _FALLBACK), None)


def evaluate(splits: Iterator[Split]) -> Outcome:
    """Train and ask each split through the pipeline of config.yml, and the reference on the same texts."""
    outcome = Outcome()
    for split in splits:
        outcome.trained.append(split.train)
        outcome.expected += [intent for intent, _ in split.test]
        outcome.reference += baseline(split)
        with tempfile.TemporaryDirectory() as folder:
            _through_pipeline(split, pathlib.Path(folder), outcome)
    return outcome


def baseline(split: Split) -> list[str]:
    """Return what a linear SVM on the runs of one to three characters answers."""
    intents, texts = zip(*split.train, strict=True)
    model = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LinearSVC(random_state=0))
    model.fit(texts, intents)
    return [str(intent) for intent in model.predict([text for _, text in split.test])]


def _through_pipeline(split: Split, folder: pathlib.Path, outcome: Outcome) -> None:
    intents = sorted({intent for intent, _ in split.train})
    # Rasa reads a meaning into some names (a slash, nlu_fallback); data from elsewhere may have them.
    aliases = {intent: f"intent_{place:05}" for place, intent in enumerate(intents)}
    start = time.perf_counter()
    model = _train([(aliases[intent], text) for intent, text in split.train], folder)
    outcome.train_seconds.append(time.perf_counter() - start)
    names = {alias: intent for intent, alias in aliases.items()}
    for alias, milliseconds in asyncio.run(_parse(Agent.load(model), [text for _, text in split.test])):
        outcome.answered.append(names.get(alias or "", NOTHING))
        outcome.milliseconds.append(milliseconds)


def _train(examples: Sequence[Example], folder: pathlib.Path) -> str:
    # What Rasa found in its cache would be trained in no time.
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    # In this format a text is taken as it is; in YAML, brackets would mark entities.
    common = [{"intent": intent, "text": text} for intent, text in examples]
    data = folder / "nlu.json"
    data.write_text(json.dumps({"rasa_nlu_data": {"common_examples": common}}), encoding="utf-8")
    model = train_nlu(CONFIG, str(data), str(folder), fixed_model_name="evaluated")
    if model is None:
        raise RuntimeError("Rasa trained nothing")
    return str(model)


async def _parse(agent: Agent, texts: Sequence[str]) -> list[tuple[str | None, float]]:
    """Return intent and milliseconds of each text, one after the other."""
    for text in texts[:_WARM_UP]:
        await agent.parse_message(text)
    found = []
    for text in texts:
        start = time.perf_counter()
        parsed = await agent.parse_message(text)
        found.append((first_real_intent(parsed), (time.perf_counter() - start) * 1000))
    return found


def _share_equal(expected: Sequence[str], answered: Sequence[str]) -> float:
    return sum(one == other for one, other in zip(expected, answered, strict=True)) / len(expected)


def _splits(request: dict[str, Any]) -> Iterator[Split]:
    seed = request["seed"]
    if request["train"] is None:
        parts = folds(own_examples(), request["folds"], seed)
    else:
        parts = iter(
            [Split(*([(intent, text) for intent, text in request[part]] for part in ("train", "test")))]
        )
    for part in parts:
        yield Split(sample(part.train, request["per_intent"], seed), part.test)


def main(request: pathlib.Path, result: pathlib.Path) -> None:
    """Do what the file ``request`` asks and write ``result``; what cannot be done ends in one sentence."""
    log_privacy.install()
    try:
        outcome = evaluate(_splits(json.loads(request.read_text(encoding="utf-8"))))
    except ValueError as error:
        raise SystemExit(str(error)) from error
    written = {"figures": outcome.figures(), "confusions": outcome.confusions()}
    result.write_text(json.dumps(written), encoding="utf-8")


if __name__ == "__main__":
    main(*(pathlib.Path(argument) for argument in sys.argv[1:3]))
