"""Training data that can't be learned from: an example in two intents, an intent with too few."""

import sys
from collections import defaultdict
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
FEWEST_EXAMPLES = 20


def problems(folder: Path = PROJECT / "data/nlu") -> list[str]:
    """One line for each problem, naming file and intent."""
    found: list[str] = []
    home: dict[str, str] = {}
    counts: dict[str, int] = defaultdict(int)
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu") or []:
            intent = block.get("intent")
            for example in _examples(block):
                counts[intent] += 1
                key = "".join(example.split()).lower()
                if key in home:
                    found.append(f"{path.name}: 「{example}」 stands in {home[key]} and in {intent}")
                home[key] = intent
    short = {intent: n for intent, n in counts.items() if n < FEWEST_EXAMPLES}
    return found + [
        f"{intent}: {n} examples, at least {FEWEST_EXAMPLES} are needed" for intent, n in short.items()
    ]


def _examples(block: dict[str, str]) -> list[str]:
    lines = (line.strip() for line in block["examples"].splitlines())
    return [line.removeprefix("- ").strip() for line in lines if line.startswith("- ")]


if __name__ == "__main__":
    lines = problems()
    print("\n".join(lines) or "training data is clean")  # noqa: T201 - a command's output
    sys.exit(bool(lines))
