"""`qiantai benchmark nlu`: what can't be measured is named; the figures come last, in their order."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from integrations.gateway.cli import benchmark_nlu as module
from integrations.gateway.cli.benchmark_nlu import NluOptions, benchmark_nlu, read_examples
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.training import run_for_bot
from tests.gateway.refusals import refused

GREET = '{"utt": "你好", "intent": "greet"}\n'
BALANCE = '{"utt": "查余额", "intent": "balance", "partition": "dev"}\n'
FIGURES = {
    "examples_train": 10,
    "examples_test": 4,
    "intents": 3,
    "unknown_intents": 1,
    "accuracy": 0.85338,
    "macro_f1": 0.5,
    "baseline_accuracy": 0.75,
    "train_seconds": 12.34,
    "parse_p50_ms": 9.876,
    "parse_p95_ms": 12.0,
}


@pytest.fixture
def train(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_text(GREET + BALANCE, encoding="utf-8")
    return path


# ---- files


def test_a_sound_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    odd = json.dumps({"intent": "faq/a", "utt": " 两\u2028行 [城市](city) "}, ensure_ascii=False)
    file.write_bytes(("\ufeff" + GREET.replace("\n", "\r\n") + "\n" + odd).encode())
    assert read_examples(file) == [("greet", "你好"), ("faq/a", " 两\u2028行 [城市](city) ")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"caf\xe9\n", "not UTF-8"),
        ((GREET + "not json\n").encode(), "line 2: not JSON"),
        ((GREET + "[" * 100_000 + "\n").encode(), "line 2: not JSON"),
        ((GREET + "9" * 5000 + "\n").encode(), "line 2: not JSON"),
        ((GREET + '["你好", "greet"]\n').encode(), "line 2: not a JSON object"),
        ((GREET + '\n{"intent": "greet"}\n').encode(), "line 3: utt must be a text"),
        (b'{"utt": "hello"}\n', "line 1: intent must be a text"),
        (b'{"utt": 7, "intent": "greet"}\n', "line 1: utt must be a text"),
        (b'{"utt": "hello", "intent": null}\n', "line 1: intent must be a text"),
        (b'{"utt": "  ", "intent": "greet"}\n', "line 1: utt must be a text"),
        (b'{"utt": "\\ud800", "intent": "greet"}\n', "line 1: utt has half a character"),
    ],
)
@pytest.mark.parametrize("as_train", [True, False])
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, train: Path, content: bytes, sentence: str, as_train: bool
) -> None:
    file = tmp_path / "odd.jsonl"
    file.write_bytes(content)
    first, second = (file, train) if as_train else (train, file)
    said = refused("benchmark", "nlu", "--train", str(first), "--test", str(second))
    assert sentence in said and "odd.jsonl" in said


def test_a_missing_file_is_named(tmp_path: Path, train: Path) -> None:
    none = str(tmp_path / "none.jsonl")
    assert "none.jsonl" in refused("benchmark", "nlu", "--train", none, "--test", str(train))
    assert "none.jsonl" in refused("benchmark", "nlu", "--train", str(train), "--test", none)


def test_one_intent_cannot_be_told_from_anything(tmp_path: Path, train: Path) -> None:
    one = tmp_path / "one.jsonl"
    one.write_text(GREET * 3, encoding="utf-8")
    assert "one intent only" in refused("benchmark", "nlu", "--train", str(one), "--test", str(train))


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (["--train", "a.jsonl"], "--test"),
        (["--test", "a.jsonl"], "--train"),
        (["--per-intent", "0"], "--per-intent"),
        (["--per-intent", "-3"], "--per-intent"),
        (["--folds", "1"], "--folds"),
        (["--seed", "-1"], "--seed"),
        (["--seed", str(2**32)], "--seed"),
        (["--plot", "nowhere/at/all.png"], "--plot"),
        (["--plot", "plot.txt"], "--plot"),
    ],
)
def test_options_that_make_no_sense_are_named(options: list[str], name: str) -> None:
    assert name in refused("benchmark", "nlu", *options)


# ---- the bot's part


def test_figures_and_plot_of_what_the_bot_found(
    tmp_path: Path, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}

    def answer(arguments: Sequence[str], log: Path, what: str) -> None:
        asked.update(json.loads(Path(arguments[1]).read_text(encoding="utf-8")))
        confusions = [["greet", "balance", 3], ["balance", "greet", 2], ["loan", "rates", 1]]
        found = {"figures": FIGURES, "confusions": confusions}
        Path(arguments[2]).write_text(json.dumps(found), encoding="utf-8")

    monkeypatch.setattr(module, "run_for_bot", answer)
    plot = tmp_path / "confused.png"
    lines = benchmark_nlu(NluOptions(train=train, test=train, per_intent=30, seed=7, plot=plot))
    both = [["greet", "你好"], ["balance", "查余额"]]
    assert asked == {"train": both, "test": both, "per_intent": 30, "folds": 5, "seed": 7}
    assert lines[:5] == [
        "examples_train: 10",
        "examples_test: 4",
        "intents: 3",
        "unknown_intents: 1",
        "accuracy: 0.8534",
    ]
    assert [line.split(": ")[0] for line in lines] == list(FIGURES)
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_nothing_confused_is_still_a_plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(arguments: Sequence[str], log: Path, what: str) -> None:
        Path(arguments[2]).write_text(json.dumps({"figures": FIGURES, "confusions": []}), encoding="utf-8")

    monkeypatch.setattr(module, "run_for_bot", answer)
    benchmark_nlu(NluOptions(plot=tmp_path / "none.png"))
    assert (tmp_path / "none.png").read_bytes().startswith(b"\x89PNG")


def test_too_many_folds_are_refused_in_the_bots_own_words(tmp_path: Path) -> None:
    request = {"train": None, "test": None, "per_intent": None, "folds": 5000, "seed": 0}
    asked = tmp_path / "request.json"
    asked.write_text(json.dumps(request), encoding="utf-8")
    log = module.LOGS / "benchmark-nlu-refused.log"
    with pytest.raises(CliError, match=r"5000 folds are too many: the intent .* has"):
        run_for_bot(["bot.evaluation", str(asked), str(tmp_path / "result.json")], log, "The benchmark")
    assert not (tmp_path / "result.json").exists()
