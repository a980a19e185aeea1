"""The index over the articles: which of them come into question, and what speaks for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import pairwise
from typing import Literal

import numpy as np
import onnxruntime  # noqa: F401  # before usearch: loaded in the other order, the process crashes
from usearch.index import Index as Neighbours

from knowledge_base.article_classifier import FLOOR, NOTHING, ArticleClassifier, held_out, is_held_out
from knowledge_base.articles import Article
from knowledge_base.confidence import Confidence, Evidence, Numbers, shares
from knowledge_base.lexical import LexicalIndex, Places, Scores
from knowledge_base.question_text import Normalise, condense
from knowledge_base.regression import ArticleRegression
from knowledge_base.subjects import SubjectMatch, Subjects
from knowledge_base.vector_cache import Vectors

RowKind = Literal["question", "body", "background"]

# How far each kind of row is trusted.
TRUST: dict[RowKind, float] = {"question": 1.0, "body": 0.5, "background": 1.0}
# The closest rows by meaning and by wording whose articles come into question.
CLOSEST = 48
LIKELIEST = 10  # as many articles come in by the classifier
# As many of the knowledge base's own questions teach the confidence.
LESSONS = 400

_SENTENCE = re.compile(r"[\n。；！？]")
_MARKUP = re.compile(r"[|*#>`_\[\]()\-]+")
_BODY_MIN, _BODY_MAX = 6, 80
NO_ARTICLE = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One text that speaks for an article (its place in the list), or for none."""

    article: int
    kind: RowKind
    text: str
    compared: str
    held_out: bool = False  # from the classifier's training


@dataclass(frozen=True, slots=True)
class Match:
    """An article found for a question, how likely it is right, and its wording closest to the question."""

    article: int
    confidence: float
    closest: str


@dataclass(frozen=True, slots=True)
class _Question:
    """A question as it is compared; ``row`` is its place where it is one of the index's own, left out."""

    text: str
    vector: Vectors
    row: int | None = None


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The articles that come into question, what speaks for each, and its closest question row.

    ``nothing`` is what the classifier says of no article being right (a logarithm).
    """

    articles: list[int]
    evidence: list[Evidence]
    closest: list[int]
    nothing: float

    @property
    def shares(self) -> Numbers:
        return shares([one.score for one in self.evidence])


def make_rows(
    articles: Sequence[Article], background: Sequence[str], normalise: Normalise = condense
) -> list[Row]:
    """Questions and sentences of the articles, then the questions that none of them answers."""
    rows: list[Row] = []
    for place, article in enumerate(articles):
        unseen = held_out(article)
        for text in article.questions:
            rows.append(Row(place, "question", text, normalise(text), text in unseen))
        for sentence in _SENTENCE.split(article.body):
            compared = normalise(_MARKUP.sub(" ", sentence))[:_BODY_MAX]
            if len(compared) >= _BODY_MIN:
                rows.append(Row(place, "body", sentence.strip(), compared))
    rows += [Row(NO_ARTICLE, "background", text, normalise(text), is_held_out(text)) for text in background]
    return rows


class Index:
    """Finds and weighs articles; both grow little with their number.

    Meaning is looked up in a graph of near neighbours, wording in lists by term; only the articles found
    there, or named by the classifier, are weighed. What a lead is worth is learned from the rows, each as if
    it were not there.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        vectors: Vectors,
        ids: Sequence[str] = (),
        classifier: ArticleClassifier | None = None,
    ) -> None:
        """``vectors`` holds one unit row for each of ``rows``. At least one question is needed.

        ``ids`` are those of the articles, by which the ``classifier`` names them.
        """
        self.rows = list(rows)
        self._vectors = vectors
        self._owner = np.array([row.article for row in self.rows], dtype=np.int64)
        self._asked = np.flatnonzero([row.kind == "question" for row in self.rows])
        self._rows_of = _grouped(self._owner, self._asked)
        self._neighbours = Neighbours(ndim=vectors.shape[1], metric="ip", dtype="f32", expansion_search=128)
        self._neighbours.add(self._asked, vectors[self._asked])
        asked = [self.rows[place].compared for place in self._asked]
        self._wording = LexicalIndex(asked)
        self._subjects = SubjectMatch(Subjects(), asked, self._owner[self._asked].tolist())
        self._trust = np.array([TRUST[row.kind] for row in self.rows], dtype=np.float32)
        self._regression = ArticleRegression(vectors, self._owner, self._trust, int(self._owner.max()) + 1)
        self._classifier = classifier
        places = {id_: place for place, id_ in enumerate(ids)} | {NOTHING: NO_ARTICLE}
        self._classes = [places.get(id_) for id_ in (classifier.ids if classifier else [])]
        self._learn()

    def best(self, compared: str, vector: Vectors, count: int) -> list[Match]:
        """The ``count`` best articles for a normalised question and its vector, likeliest first."""
        found = self._candidates(_Question(compared, vector))
        if not found.articles:
            return []
        likely = found.shares
        order = np.argsort(-likely, kind="stable")[:count]
        chances = self._confidence(likely[order], np.full(len(order), found.nothing))
        return [
            Match(found.articles[place], float(chance), self.rows[found.closest[place]].text)
            for place, chance in zip(order, chances, strict=True)
        ]

    def left_out_confidence(self) -> Numbers:
        """The confidence for each of ``left_out``, as if the question were not in the index."""
        return self._confidence(self._left_out_shares, self._left_out_nothing)

    def _candidates(self, question: _Question) -> _Candidates:
        places, scores = self._wording.score(question.text)
        named = self._named(question.text)
        articles = self._in_question(question, places, scores, named)
        wording = np.zeros(len(self.rows), dtype=np.float32)
        wording[self._asked[places]] = scores
        weighed = [
            self._weigh(question, article, float(fit), named.get(article, FLOOR), wording)
            for article, fit in zip(articles, self._fits(question, articles), strict=True)
        ]
        return _Candidates(
            articles,
            [evidence for evidence, _ in weighed],
            [closest for _, closest in weighed],
            named.get(NO_ARTICLE, FLOOR),
        )

    def _named(self, text: str) -> dict[int, float]:
        """What the classifier says of each article it knows, and of none being right (NO_ARTICLE)."""
        if self._classifier is None:
            return {}
        told = zip(self._classes, self._classifier.log_probabilities(text).tolist(), strict=True)
        return {article: chance for article, chance in told if article is not None}

    def _in_question(
        self, question: _Question, places: Places, wording: Scores, named: dict[int, float]
    ) -> list[int]:
        near = self._neighbours.search(question.vector, min(CLOSEST, len(self._asked))).keys
        like = places if len(places) <= CLOSEST else places[np.argpartition(-wording, CLOSEST)[:CLOSEST]]
        rows = {int(place) for place in (*near, *self._asked[like])} - {question.row}
        likely = nlargest(LIKELIEST, named, key=lambda article: named[article])
        return sorted(({int(self._owner[row]) for row in rows} | set(likely)) - {NO_ARTICLE})

    def _fits(self, question: _Question, articles: list[int]) -> Vectors:
        if question.row is None:
            return self._regression.scores(question.vector, articles)
        owner, trust = int(self._owner[question.row]), float(self._trust[question.row])
        return self._regression.scores_without(question.vector, articles, owner=owner, weight=trust)

    def _weigh(
        self, question: _Question, article: int, fit: float, named: float, wording: Scores
    ) -> tuple[Evidence, int]:
        rows = self._rows_of[article]
        own = question.row is not None and article == self._owner[question.row]
        if own:
            rows = rows[rows != question.row]
        shared, strange = self._subjects(question.text, article, without=question.text if own else None)
        if not len(rows):
            return Evidence(named, fit, -1.0, shared, strange), int(self._rows_of[article][0])
        alike = self._vectors[rows] @ question.vector + wording[rows]
        best = int(alike.argmax())
        return Evidence(named, fit, float(alike[best]), shared, strange), int(rows[best])

    def _learn(self) -> None:
        best: list[tuple[float, float]] = []
        self.left_out: list[tuple[int, int]] = []
        for place in self._lessons():
            found = self._candidates(_Question(self.rows[place].compared, self._vectors[place], place))
            if found.articles:
                likely = found.shares
                first = int(np.argmax(likely))
                self.left_out.append((place, found.articles[first]))
                best.append((float(likely[first]), found.nothing))
        self._left_out_shares = np.array([share for share, _ in best])
        self._left_out_nothing = np.array([nothing for _, nothing in best])
        self._confidence = Confidence(
            self._left_out_shares,
            self._left_out_nothing,
            [article == self._owner[place] for place, article in self.left_out],
            [self._owner[place] != NO_ARTICLE for place, _ in self.left_out],
        )

    def _lessons(self) -> list[int]:
        nowhere = self._owner == NO_ARTICLE
        unseen = np.array([row.held_out for row in self.rows])
        if self._classifier is None or not unseen.any():
            unseen[:] = True
        questions = self._asked[unseen[self._asked]]
        if len(questions) > LESSONS:
            questions = np.random.default_rng(0).choice(questions, LESSONS, replace=False)
        return [*np.flatnonzero(nowhere & unseen).tolist(), *sorted(questions.tolist())]


def _grouped(owners: Places, rows: Places) -> list[Places]:
    """Those of ``rows`` that belong to each article."""
    order = rows[np.argsort(owners[rows], kind="stable")]
    starts = np.searchsorted(owners[order], np.arange(int(owners.max()) + 2))
    return [order[start:stop] for start, stop in pairwise(starts)]
