"""Finds the article for a customer's question."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from knowledge_base.article_classifier import ArticleClassifier
from knowledge_base.articles import Article
from knowledge_base.decision import Answer, Hit, decide
from knowledge_base.facts import ArticleError
from knowledge_base.index import Index, make_rows
from knowledge_base.other_brands import OtherBrands
from knowledge_base.question_text import Normalise, condense, fold
from knowledge_base.subjects import Subjects
from knowledge_base.text_list import read_lines
from knowledge_base.vector_cache import Encoder, VectorCache

BACKGROUND_FILE = Path(__file__).parent / "background.txt"
# What stands after the first characters of a long story seldom changes what is asked.
QUESTION_MAX = 200
_REMEMBERED = 2**15  # questions: somewhat more than the articles have
# Articles by the index's score among which the confidence decides the order.
SHORTLIST = 5


def load_background(path: Path = BACKGROUND_FILE) -> list[str]:
    """Questions that no article answers. Raises ArticleError."""
    return read_lines(path)


@lru_cache
def normaliser(brands: OtherBrands) -> Normalise:
    """How questions are brought into the form in which they are compared.

    What has been compared is remembered: the articles' own questions are needed twice at every start.
    """
    return lru_cache(_REMEMBERED)(lambda text: condense(brands.neutral(text))[:QUESTION_MAX])


class Search:
    """Search over a fixed list of articles; make a new one when an article changes.

    Making one encodes only texts that are not in ``cache_folder`` yet. Safe to use from several threads.
    """

    def __init__(
        self,
        articles: Sequence[Article],
        encoder: Encoder,
        *,
        cache_folder: Path | None = None,
        background: Sequence[str] | None = None,
        brands: OtherBrands | None = None,
        classifier: ArticleClassifier | None = None,
    ) -> None:
        """Raises ArticleError when there is no article."""
        if not articles:
            raise ArticleError("articles", "folder", "holds no article")
        self.articles = {article.id: article for article in articles}
        self.brands = brands or OtherBrands()
        self._normalise = normaliser(self.brands)
        self._ordered = list(articles)
        self._encoder = encoder
        self._subjects = Subjects()
        self._exact = {fold(text): (article, text) for article in articles for text in article.questions}
        self._exact |= {fold(article.title): (article, article.title) for article in articles}
        rows = make_rows(articles, load_background() if background is None else background, self._normalise)
        vectors = VectorCache(encoder, cache_folder).vectors([row.compared for row in rows])
        self.index = Index(rows, vectors, list(self.articles), classifier)

    def search(self, text: str, k: int = 5) -> list[Hit]:
        """The ``k`` best articles, best first; none for a text without letters, digits or characters.

        The text of a title or variant finds its article with score 1.
        """
        compared = self._normalise(text)
        if not compared or k < 1:
            return []
        vector = self._encoder.encode([compared])[0]
        hits = [
            Hit(self._ordered[match.article], match.confidence, match.closest)
            for match in self.index.best(compared, vector, max(k, SHORTLIST) + 1)
        ]
        exact = self._exact.get(fold(text))
        if exact is not None:
            article, wording = exact
            hits = [Hit(article, 1.0, wording), *(hit for hit in hits if hit.article.id != article.id)]
        return hits[:k]

    def ask(self, text: str) -> Answer:
        """Search and decide; an answer's suggestions are its related articles."""
        hits = self.search(text)
        if fold(text) in self._exact:
            answer = decide(hits)
        else:
            vague = self._subjects.only_names(self._normalise(text))
            answer = decide(
                hits,
                other_brand=self.brands.institution(text),
                vague=vague,
                about_lenders=self.brands.about_lenders,
                about_wallets=self.brands.about_wallets,
            )
        if answer.article is not None:
            return dataclasses.replace(answer, suggestions=tuple(self.related(answer.article)))
        return self._with_general_advice(answer)

    def _with_general_advice(self, answer: Answer) -> Answer:
        """About a lender there is always something to read: what to do about loans that aren't ours."""
        lender = answer.other_brand is not None and answer.other_brand.kind == "lender"
        about = [id_ for id_ in self.brands.about_lenders if id_ in self.articles]
        if not lender or not about or answer.suggestions:
            return answer
        return dataclasses.replace(answer, kind="suggest", suggestions=(self.articles[about[0]],))

    def related(self, article: Article) -> list[Article]:
        """The articles it refers to, in its order; those not in force are left out."""
        return [self.articles[id_] for id_ in article.related if id_ in self.articles]
