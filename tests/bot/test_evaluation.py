"""Splits, scores and the whole way of a small evaluation."""

from __future__ import annotations

import json
import pathlib
from collections import Counter

import pytest

from bot.evaluation import (
    NOTHING,
    Outcome,
    Split,
    baseline,
    first_real_intent,
    folds,
    main,
    own_examples,
    sample,
)

EXAMPLES = [(intent, f"{intent}{number}") for number in range(6) for intent in ("balance", "greet", "rates")]
PROJECT = pathlib.Path(__file__).resolve().parents[2]


def test_each_example_is_asked_once_and_never_trained_on() -> None:
    splits = list(folds(EXAMPLES, 3, seed=0))
    assert Counter(example for split in splits for example in split.test) == Counter(EXAMPLES)
    for split in splits:
        assert not set(split.train) & set(split.test)
        assert Counter([*split.train, *split.test]) == Counter(EXAMPLES)
        assert Counter(intent for intent, _ in split.test) == {"balance": 2, "greet": 2, "rates": 2}


def test_the_seed_decides_the_folds() -> None:
    assert list(folds(EXAMPLES, 3, seed=1)) == list(folds(EXAMPLES, 3, seed=1))
    assert list(folds(EXAMPLES, 3, seed=1)) != list(folds(EXAMPLES, 3, seed=2))


def test_too_many_folds_name_the_rarest_intent() -> None:
    with pytest.raises(ValueError, match="7 folds are too many: the intent rare has 1 examples"):
        list(folds([*EXAMPLES, ("rare", "x")], 7, seed=0))


@pytest.mark.parametrize("per_intent", [1, 2, 5])
def test_a_sample_has_so_many_of_each_intent(per_intent: int) -> None:
    chosen = sample([*EXAMPLES, ("rare", "x")], per_intent, seed=3)
    assert Counter(intent for intent, _ in chosen) == {
        "balance": per_intent,
        "greet": per_intent,
        "rates": per_intent,
        "rare": 1,
    }
    assert len(set(chosen)) == len(chosen) and set(chosen) <= {*EXAMPLES, ("rare", "x")}
    assert chosen == sample([*EXAMPLES, ("rare", "x")], per_intent, seed=3)


def test_other_seeds_choose_others_and_no_limit_chooses_all() -> None:
    assert len({tuple(sample(EXAMPLES, 2, seed)) for seed in range(5)}) > 1
    assert sample(EXAMPLES, None, seed=0) == EXAMPLES
    assert sample(EXAMPLES, 100, seed=0) == EXAMPLES


@pytest.mark.parametrize(
    ("names", "intent"),
    [
        (["balance", "greet"], "balance"),
        (["nlu_fallback", "greet", "balance"], "greet"),
        (["nlu_fallback"], None),
        ([], None),
    ],
)
def test_the_fallback_is_not_an_answer(names: list[str], intent: str | None) -> None:
    assert first_real_intent({"intent_ranking": [{"name": name} for name in names]}) == intent
    assert first_real_intent({}) is None


def test_figures_of_known_answers() -> None:
    outcome = Outcome(
        trained=[EXAMPLES[:9], EXAMPLES[:12]],
        expected=["balance", "balance", "greet", "strange"],
        answered=["balance", "greet", "greet", NOTHING],
        reference=["balance", "balance", "greet", "greet"],
        train_seconds=[10.0, 20.0],
        milliseconds=[1.0, 2.0, 3.0, 4.0],
    )
    figures = outcome.figures()
    assert (figures["examples_train"], figures["examples_test"]) == (10, 4)
    assert (figures["intents"], figures["unknown_intents"]) == (3, 1)
    assert (figures["accuracy"], figures["baseline_accuracy"]) == (0.5, 0.75)
    # balance: precision 1, recall 1/2; greet: precision 1/2, recall 1; strange: nothing.
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert figures["train_seconds"] == 15.0
    assert figures["parse_p50_ms"] == 2.5 and figures["parse_p95_ms"] == pytest.approx(3.85)
    assert outcome.confusions() == [("balance", "greet", 1), ("strange", NOTHING, 1)]


def test_confusions_are_counted_and_ordered() -> None:
    outcome = Outcome(expected=["a", "b", "b", "c"], answered=["b", "c", "c", "c"])
    assert outcome.confusions() == [("b", "c", 2), ("a", "b", 1)]


def test_the_reference_learns_from_characters() -> None:
    train = [("balance", "查余额"), ("balance", "余额多少"), ("greet", "你好"), ("greet", "您好啊")]
    assert baseline(Split(train, [("balance", "看余额"), ("greet", "你好啊")])) == ["balance", "greet"]


def test_our_own_examples_have_no_marks_of_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    examples = own_examples()
    assert len({intent for intent, _ in examples}) > 50 and len(examples) > 2000
    assert not [text for _, text in examples if "](" in text]


@pytest.mark.model
def test_texts_go_through_the_real_pipeline(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that mean something to Rasa, brackets, a strange intent and an intent payload do no harm."""
    monkeypatch.chdir(PROJECT)
    request, result = tmp_path / "request.json", tmp_path / "result.json"
    train = {
        "faq/balance": ["查余额", "余额多少", "我卡里还有多少钱 [成都](city)"],
        "nlu_fallback": ["你好", "您好", "早上好"],
    }
    asked = {
        "train": [[intent, text] for intent, texts in train.items() for text in texts],
        "test": [
            ["faq/balance", "查一下余额"],
            ["nlu_fallback", "您好您好"],
            ["strange", "/greet"],
        ],
        "per_intent": 2,
        "folds": 5,
        "seed": 0,
    }
    request.write_text(json.dumps(asked), encoding="utf-8")
    main(request, result)
    written = json.loads(result.read_text(encoding="utf-8"))
    figures = written["figures"]
    assert (figures["examples_train"], figures["examples_test"], figures["intents"]) == (4, 3, 2)
    assert figures["unknown_intents"] == 1 and figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["train_seconds"] > 0 and 0 < figures["parse_p50_ms"] <= figures["parse_p95_ms"]
    assert written["confusions"] == [["strange", NOTHING, 1]]
