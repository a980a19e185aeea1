"""The index over the articles: which of them come into question, and what speaks for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import pairwise
from typing import Literal

import numpy as np
from usearch.index import Index as Neighbours

from knowledge_base.article_classifier import FLOOR, NOTHING, ArticleClassifier, held_out, is_held_out
from knowledge_base.articles import Article
from knowledge_base.confidence import Confidence, Evidence, Numbers, Ranker, summary
from knowledge_base.lexical import Coverage, LexicalIndex, Places, Scores
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
# As many of the knowledge base's own questions teach the ranker and the confidence.
LESSONS = 1500

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
    """The articles that come into question, the evidence for each and its closest question row."""

    articles: list[int]
    evidence: list[Evidence]
    closest: list[int]


def make_rows(
    articles: Sequence[Article], background: Sequence[str], normalise: Normalise = condense
) -> list[Row]:
    """Titles, variants and sentences of the articles, then the questions that none of them answers."""
    rows: list[Row] = []
    for place, article in enumerate(articles):
        unseen = held_out(article)
        for text in (article.title, *article.variants):
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
    there are weighed. What the evidence is worth is learned from the rows, each as if it were not there.
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
        self._questions = np.array([row.kind == "question" for row in self.rows])
        self._trust = np.array([TRUST[row.kind] for row in self.rows], dtype=np.float32)
        self._rows_of = _grouped(self._owner)
        self._neighbours = Neighbours(ndim=vectors.shape[1], metric="ip", dtype="f32", expansion_search=128)
        self._neighbours.add(np.arange(len(self.rows)), vectors)
        self._wording = LexicalIndex([row.compared for row in self.rows])
        articles = int(self._owner.max()) + 1
        self._regression = ArticleRegression(vectors, self._owner, self._trust, articles)
        self._coverage = Coverage(*self._texts("question", "body"))
        self._subjects = SubjectMatch(Subjects(), *self._texts("question"))
        self._classifier = classifier
        places = {id_: place for place, id_ in enumerate(ids)} | {NOTHING: NO_ARTICLE}
        self._classes = [places.get(id_) for id_ in (classifier.ids if classifier else [])]
        self._learn()

    def best(self, compared: str, vector: Vectors, count: int) -> list[Match]:
        """The ``count`` best articles for a normalised question and its vector, likeliest first."""
        found = self._candidates(_Question(compared, vector))
        if not found.articles:
            return []
        scores = self._ranker.scores(found.evidence)
        order = [int(place) for place in np.argsort(-scores, kind="stable")[:count]]
        likely = self._confidence([summary(place, scores, found.evidence) for place in order])
        matches = [
            Match(found.articles[place], float(chance), self.rows[found.closest[place]].text)
            for place, chance in zip(order, likely, strict=True)
        ]
        return sorted(matches, key=lambda match: -match.confidence)

    def _texts(self, *kinds: RowKind) -> tuple[list[str], list[int]]:
        chosen = [row for row in self.rows if row.kind in kinds]
        return [row.compared for row in chosen], [row.article for row in chosen]

    def _candidates(self, question: _Question) -> _Candidates:
        places, scores = self._wording.score(question.text)
        named = self._named(question)
        articles = self._in_question(question, places, scores, named)
        if not articles:
            return _Candidates([], [], [])
        wording = np.zeros(len(self.rows), dtype=np.float32)
        wording[places] = scores
        told = [
            (float(fit), *_told(named, article))
            for fit, article in zip(self._fits(question, articles), articles, strict=True)
        ]
        return self._weighed(question, articles, told, wording)

    def _named(self, question: _Question) -> dict[int, float]:
        """What the classifier says of each article it knows, and of none being right (NO_ARTICLE)."""
        if self._classifier is None:
            return {}
        told = zip(self._classes, self._classifier.log_probabilities(question.text), strict=True)
        return {article: float(chance) for article, chance in told if article is not None}

    def _in_question(
        self, question: _Question, places: Places, wording: Scores, named: dict[int, float]
    ) -> list[int]:
        near = self._neighbours.search(question.vector, min(CLOSEST, len(self.rows))).keys
        like = places if len(places) <= CLOSEST else places[np.argpartition(-wording, CLOSEST)[:CLOSEST]]
        rows = {int(place) for place in (*near, *like)} - {question.row}
        likely = nlargest(LIKELIEST, named, key=lambda article: named[article])
        return sorted(({int(self._owner[row]) for row in rows} | set(likely)) - {NO_ARTICLE})

    def _fits(self, question: _Question, articles: list[int]) -> Vectors:
        if question.row is None:
            return self._regression.scores(question.vector, articles)
        owner, trust = int(self._owner[question.row]), float(self._trust[question.row])
        return self._regression.scores_without(question.vector, articles, owner=owner, weight=trust)

    def _weighed(
        self,
        question: _Question,
        articles: list[int],
        told: list[tuple[float, float, float]],
        wording: Scores,
    ) -> _Candidates:
        """The evidence for all ``articles`` at once: one by one most of a search went into small arrays."""
        rows = np.concatenate([self._rows_of[article] for article in articles])
        which = np.repeat(np.arange(len(articles)), [len(self._rows_of[article]) for article in articles])
        if question.row is not None:
            rows, which = rows[rows != question.row], which[rows != question.row]
        asked = self._questions[rows]
        meaning, like = self._vectors[rows] @ question.vector, wording[rows]
        body = np.zeros(len(articles), dtype=np.float32)
        np.maximum.at(body, which[~asked], (meaning + like)[~asked])
        by_meaning = _Leading(meaning[asked], which[asked], len(articles))
        by_wording = _Leading(like[asked], which[asked], len(articles))
        by_both = _Leading((meaning + like)[asked], which[asked], len(articles))
        owner = None if question.row is None else self._owner[question.row]
        evidence = []
        numbers = zip(
            by_meaning.value(0, -1.0),
            by_meaning.value(1, -1.0),
            by_wording.value(0, 0.0),
            by_both.value(0, -1.0),
            body.tolist(),
            strict=True,
        )
        for article, (fit, likely, nothing), (near, second, words, both, said) in zip(
            articles, told, numbers, strict=True
        ):
            without = question.text if article == owner else None
            shared, strange = self._subjects(question.text, article, without=without)
            evidence.append(
                Evidence(
                    fit,
                    likely,
                    nothing,
                    near,
                    second,
                    words,
                    both,
                    said,
                    self._coverage(question.text, article, without=without),
                    shared,
                    strange,
                )
            )
        first = [int(self._rows_of[article][0]) for article in articles]
        return _Candidates(articles, evidence, by_both.place(rows[asked], first))

    def _learn(self) -> None:
        asked = self._lessons()
        found = [
            (place, self._candidates(_Question(self.rows[place].compared, self._vectors[place], place)))
            for place in asked
        ]
        lessons = [(place, one) for place, one in found if one.articles]
        known = [(place, one) for place, one in lessons if self._owner[place] != NO_ARTICLE]
        self._ranker = Ranker(
            [evidence for _, one in known for evidence in one.evidence],
            [article == self._owner[place] for place, one in known for article in one.articles],
        )
        self.left_out = [(place, *self._outcome(one)) for place, one in lessons]
        self._confidence = Confidence(
            [told for _, _, told in self.left_out],
            [article == self._owner[place] for place, article, _ in self.left_out],
            [self._owner[place] != NO_ARTICLE for place, _, _ in self.left_out],
        )

    def _outcome(self, found: _Candidates) -> tuple[int, Numbers]:
        scores = self._ranker.scores(found.evidence)
        best = int(np.argmax(scores))
        return found.articles[best], summary(best, scores, found.evidence)

    def _lessons(self) -> list[int]:
        nowhere = self._owner == NO_ARTICLE
        unseen = np.array([row.held_out for row in self.rows])
        if self._classifier is None or not unseen.any():
            unseen[:] = True
        places = np.flatnonzero(nowhere & unseen).tolist()
        questions = np.flatnonzero(self._questions & unseen)
        if len(questions) > LESSONS:
            questions = np.random.default_rng(0).choice(questions, LESSONS, replace=False)
        return [*places, *sorted(questions.tolist())]

    def left_out_confidence(self) -> Numbers:
        """The confidence for each of ``left_out``, as if the question were not in the index."""
        return self._confidence([told for _, _, told in self.left_out])


class _Leading:
    """The largest of the values that belong to each owner; the first of equal ones."""

    def __init__(self, values: Scores, owners: Places, count: int) -> None:
        """``owners`` are below ``count``."""
        order = np.lexsort((-values, owners))
        self._sizes = np.bincount(owners, minlength=count)
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._order, self._values = order, values[order]

    def value(self, rank: int, missing: float) -> list[float]:
        """The value after ``rank`` larger ones for each owner, ``missing`` where there are not so many."""
        found = np.full(len(self._sizes), missing, dtype=np.float32)
        there = self._sizes > rank
        found[there] = self._values[self._starts[there] + rank]
        return [float(value) for value in found]

    def place(self, places: Places, missing: list[int]) -> list[int]:
        """That of ``places`` where each owner's largest value stands, ``missing`` where it has none."""
        found = np.array(missing, dtype=np.int64)
        there = self._sizes > 0
        found[there] = places[self._order[self._starts[there]]]
        return [int(place) for place in found]


def _told(named: dict[int, float], article: int) -> tuple[float, float]:
    return named.get(article, FLOOR), named.get(NO_ARTICLE, FLOOR)


def _grouped(owners: Places) -> list[Places]:
    """The rows of each article."""
    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.arange(int(owners.max()) + 2))
    return [order[start:stop] for start, stop in pairwise(starts)]
