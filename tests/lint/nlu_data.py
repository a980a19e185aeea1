"""Training data that can't be learned from: one sentence in two intents, too few, markup of entities."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from knowledge_base.near_duplicates import near_duplicates
from knowledge_base.question_text import fold

PROJECT = Path(__file__).resolve().parents[2]
# No intent is exempt: a short answer (affirm, deny, skip) has as many spellings as a question, and the
# classifier weighs all intents alike.
FEWEST_EXAMPLES = 40
ALIKE_ABOVE = 0.8
"""Share of common character pairs above which two intents can't be told apart by an example."""

# Entities are found by rules (bot/nlu); an annotation would be read by nobody and taken for words.
_MARKUP = re.compile(r"\[[^\]]*\]\s*[({]|[{}]")


class Fault(NamedTuple):
    """One thing wrong at one line; the order is that of files and lines."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Example(NamedTuple):
    """One example and where it stands."""

    text: str
    intent: str
    file: str
    line: int

    @property
    def place(self) -> str:
        """File, line and intent in words."""
        return f"{self.intent} ({self.file}:{self.line})"

    def fault(self, text: str) -> Fault:
        """A fault of this example."""
        return Fault(self.file, self.line, f"「{self.text}」 {text}")


def problems(folder: Path = PROJECT / "data/nlu") -> list[str]:
    """One line for each fault below ``folder``: file, line and what is wrong."""
    found = [item for path in sorted(folder.glob("*.yml")) for item in _read(path)]
    good = [item for item in found if isinstance(item, Example)]
    faults = [item for item in found if isinstance(item, Fault)]
    faults += [*_markup(good), *_repeated(good), *_alike(good), *_too_few(good)]
    return [str(fault) for fault in sorted(faults)]


def examples(folder: Path = PROJECT / "data/nlu") -> list[Example]:
    """Every example below ``folder`` in order of files and lines; what is no example is left out."""
    found = (item for path in sorted(folder.glob("*.yml")) for item in _read(path))
    return [item for item in found if isinstance(item, Example)]


def _read(path: Path) -> Iterator[Example | Fault]:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        yield Fault(path.name, mark.line + 1 if mark else 1, f"is not YAML: {error.problem}")
        return
    for block in _items(_fields(root).get("nlu")):
        fields = _fields(block)
        intent, listed = fields.get("intent"), fields.get("examples")
        if not isinstance(intent, yaml.ScalarNode) or not isinstance(listed, yaml.ScalarNode):
            yield Fault(path.name, block.start_mark.line + 1, "is no intent with examples")
        elif listed.style != "|":
            yield Fault(path.name, listed.start_mark.line + 1, "examples must follow a | line by line")
        elif not listed.value.strip():
            yield Fault(path.name, listed.start_mark.line + 1, f"{intent.value} has no example")
        else:
            yield from _lines(path.name, intent.value, listed)


def _lines(file: str, intent: str, listed: yaml.ScalarNode) -> Iterator[Example | Fault]:
    # The text of a literal block starts on the line below its | and keeps every line.
    for line, text in enumerate(listed.value.splitlines(), listed.start_mark.line + 2):
        example = text.removeprefix("- ").strip()
        if text.startswith("- ") and example:
            yield Example(example, intent, file, line)
        elif text.strip():
            yield Fault(file, line, f"「{text}」 must start with a dash and a space")


def _fields(node: yaml.Node | None) -> dict[str, yaml.Node]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {str(key.value): value for key, value in pairs}


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _key(text: str) -> str:
    # A smiley folds to nothing, yet is an example of its own.
    return fold(text) or text


def _markup(found: Sequence[Example]) -> Iterator[Fault]:
    for example in found:
        if _MARKUP.search(example.text):
            yield example.fault("carries entity markup; entities are found by rules")


def _repeated(found: Sequence[Example]) -> Iterator[Fault]:
    homes: dict[str, Example] = {}
    for example in found:
        home = homes.setdefault(_key(example.text), example)
        if home.intent != example.intent:
            yield example.fault(f"stands in {example.intent} and in {home.place}")
        elif home is not example:
            yield example.fault(f"stands twice in {home.place}")


def _alike(found: Sequence[Example]) -> Iterator[Fault]:
    texts = [example.text for example in found]
    owners = [example.intent for example in found]
    for pair in near_duplicates(texts, owners, above=ALIKE_ABOVE):
        earlier, later = found[pair.first], found[pair.second]
        if _key(earlier.text) != _key(later.text):
            yield later.fault(f"of {later.intent} is nearly 「{earlier.text}」 of {earlier.place}")


def _too_few(found: Sequence[Example]) -> Iterator[Fault]:
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in found:
        by_intent[example.intent].append(example)
    for intent, own in by_intent.items():
        number = len({_key(example.text) for example in own})
        if number < FEWEST_EXAMPLES:
            text = f"{intent} has {number} examples, at least {FEWEST_EXAMPLES} are needed"
            yield Fault(own[0].file, own[0].line, text)


if __name__ == "__main__":
    lines = problems()
    print("\n".join(lines) or "training data is clean")  # noqa: T201 - a command's output
    sys.exit(bool(lines))
