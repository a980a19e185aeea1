"""`qiantai benchmark nlu`: how often the pipeline of config.yml names the right intent.

The work is done by bot/evaluation.py in the bot's environment; here the data is read and the result shown.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.paths import LOGS
from integrations.gateway.cli.plots import stacked_bars
from integrations.gateway.cli.progress import working
from integrations.gateway.cli.text_files import numbered_lines
from integrations.gateway.cli.training import run_for_bot

_DECIMALS = {
    "accuracy": 4,
    "macro_f1": 4,
    "baseline_accuracy": 4,
    "train_seconds": 1,
    "parse_p50_ms": 1,
    "parse_p95_ms": 1,
}
"""Of the figures that are not counts."""

_BARS = 20

Example = tuple[str, str]
"""Intent and text."""


@dataclass(frozen=True, slots=True)
class NluOptions:
    """What is measured: ``train`` and ``test`` as files, or data/nlu in ``folds`` parts without them."""

    train: Path | None = None
    test: Path | None = None
    per_intent: int | None = None
    folds: int = 5
    seed: int = 0
    plot: Path | None = None


def benchmark_nlu(options: NluOptions) -> list[str]:
    """Train and ask; return the lines of the figures. Raises CliError."""
    _check(options)
    request = _request(options)
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "result.json")
        asked.write_text(json.dumps(request), encoding="utf-8")
        with working("训练并测试意图识别 (minutes)"):
            run_for_bot(
                ["bot.evaluation", str(asked), str(answered)], LOGS / "benchmark-nlu.log", "The benchmark"
            )
        result = json.loads(answered.read_text(encoding="utf-8"))
    if options.plot is not None:
        _plot(options.plot, result["confusions"])
    return [f"{name}: {value:.{_DECIMALS.get(name, 0)}f}" for name, value in result["figures"].items()]


def read_examples(file: Path) -> list[Example]:
    """The examples of a JSON-lines file with the fields ``utt`` and ``intent``. Raises CliError."""
    return [_example(line, f"{file}, line {number}") for number, line in numbered_lines(file)]


def _example(line: str, where: str) -> Example:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CliError(f"{where}: not JSON.") from error
    if not isinstance(row, dict):
        raise CliError(f"{where}: not a JSON object with utt and intent.")
    return _text_of(row, "intent", where), _text_of(row, "utt", where)


def _text_of(row: dict[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise CliError(f"{where}: {field} must be a text.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise CliError(f"{where}: {field} has half a character (a lone surrogate).") from error
    return value


def _check(options: NluOptions) -> None:
    if (options.train is None) != (options.test is None):
        raise CliError("--train and --test belong together: give both, or none for a cross-validation.")
    if options.per_intent is not None and options.per_intent < 1:
        raise CliError(f"--per-intent must be at least 1, not {options.per_intent}.")
    if options.folds < 2:
        raise CliError(f"--folds must be at least 2, not {options.folds}.")
    if not 0 <= options.seed < 2**32:
        raise CliError(f"--seed must be between 0 and {2**32 - 1}, not {options.seed}.")
    # Before minutes of training, not after them.
    if options.plot is not None and not (options.plot.suffix == ".png" and options.plot.parent.is_dir()):
        raise CliError(f"--plot must name a .png file in a folder that exists, not {options.plot}.")


def _request(options: NluOptions) -> dict[str, Any]:
    train = test = None
    if options.train is not None and options.test is not None:
        train, test = read_examples(options.train), read_examples(options.test)
        if len({intent for intent, _ in train}) < 2:
            raise CliError(f"{options.train} has one intent only: there is nothing to tell apart.")
    return {
        "train": train,
        "test": test,
        "per_intent": options.per_intent,
        "folds": options.folds,
        "seed": options.seed,
    }


def _plot(file: Path, confusions: Sequence[tuple[str, str, int]]) -> None:
    """The pairs of intents taken for each other, either way round, most frequent first."""
    pairs: Counter[tuple[str, str]] = Counter()
    for expected, answered, count in confusions:
        first, second = sorted((expected, answered))
        pairs[first, second] += count
    rows = {f"{first} / {second}": [count] for (first, second), count in pairs.most_common(_BARS)}
    stacked_bars(file, rows, ["confused"], "texts of one taken for the other")
