"""Further questions that the search learns from, beside an article's variants: ``questions/<category>.tsv``.

One a line: the article's id, a tab, the question. Variants are what an editor keeps an eye on; these are for
the breadth of how people write. Add a line when a question was not understood.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from knowledge_base.articles import Article
from knowledge_base.facts import ArticleError
from knowledge_base.text_list import read_lines

QUESTIONS_FOLDER = Path(__file__).parent / "questions"


def load_asked(folder: Path) -> dict[str, list[str]]:
    """The questions of each article id. Raises ArticleError naming the file and the line."""
    asked: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.tsv")):
        for line in read_lines(path):
            id_, tab, question = line.partition("\t")
            if not tab or not id_ or not question.strip():
                raise ArticleError(path.name, line, "is not an article's id, a tab and a question")
            asked.setdefault(id_, []).append(question.strip())
    return asked


def with_asked(articles: Sequence[Article], folder: Path = QUESTIONS_FOLDER) -> list[Article]:
    """The articles with their further questions. Raises ArticleError, also for an unknown article."""
    asked = load_asked(folder)
    if unknown := sorted(set(asked) - {article.id for article in articles}):
        raise ArticleError(folder.name, unknown[0], "is not an article")
    return [dataclasses.replace(one, asked=tuple(asked.get(one.id, ()))) for one in articles]
