"""What questions are about: credit card or debit card, fee or limit, personal or business."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from knowledge_base.question_text import fold
from knowledge_base.text_list import read_lines

SUBJECTS_FILE = Path(__file__).parent / "subjects.txt"


class Subjects:
    """Finds the subjects that a text names; the first name of a line stands for the others."""

    def __init__(self, path: Path = SUBJECTS_FILE) -> None:
        """Raises ArticleError when the list cannot be read."""
        self._names = [tuple(fold(name) for name in line.split()) for line in read_lines(path)]

        self.of = lru_cache(maxsize=1024)(self._of)

    def _of(self, text: str) -> frozenset[str]:
        """The subjects named in a folded text."""
        return frozenset(names[0] for names in self._names if any(name in text for name in names))

    def only_names(self, text: str) -> bool:
        """Whether a folded text is the bare name of a subject, or a single character."""
        return len(text) <= 1 or any(text in names for names in self._names)


class SubjectMatch:
    """Compares the subjects of a question with those that the questions of an article name."""

    def __init__(self, subjects: Subjects, texts: Sequence[str], owners: Sequence[int]) -> None:
        """``owners`` names the article of each text."""
        self._subjects = subjects
        self._named: dict[int, Counter[str]] = {}
        for text, owner in zip(texts, owners, strict=True):
            self._named.setdefault(owner, Counter()).update(subjects.of(text))

    def __call__(self, text: str, owner: int, *, without: str | None = None) -> tuple[int, int]:
        """How many subjects of ``text`` the article names, and how many are strange to it.

        ``without`` is one of the owner's texts to leave out.
        """
        asked = self._subjects.of(text)
        left_out = self._subjects.of(without) if without else frozenset()
        named = self._named.get(owner, Counter())
        shared = sum(named[subject] > (subject in left_out) for subject in asked)
        return shared, len(asked) - shared
