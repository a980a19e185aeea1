"""The index over the articles: vectors, character runs and the weights that turn them into scores."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from knowledge_base.articles import Article
from knowledge_base.confidence import Confidence, Evidence
from knowledge_base.lexical import CharacterTfidf, Coverage
from knowledge_base.question_text import condense
from knowledge_base.subjects import SubjectMatch, Subjects
from knowledge_base.vector_cache import Vectors

RowKind = Literal["question", "body", "background"]
Scores = npt.NDArray[np.float32]
Normalise = Callable[[str], str]

# Weight of meaning against wording, and how far each kind of row is trusted (larger is less): chosen by
# leaving one variant out, see calibration.py.
MEANING_WEIGHT = 0.6
NOISE: dict[RowKind, float] = {"question": 1.0, "body": 2.0, "background": 1.0}

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


@dataclass(frozen=True, slots=True)
class Match:
    """An article found for a question, with the evidence and the wording closest to the question."""

    article: int
    evidence: Evidence
    closest: str


@dataclass(frozen=True, slots=True)
class _Question:
    """A question with its scores by article and its similarity to every row."""

    compared: str
    scores: Scores
    meaning: Scores
    wording: Scores
    left_out_of: int = NO_ARTICLE


def make_rows(
    articles: Sequence[Article], background: Sequence[str], normalise: Normalise = condense
) -> list[Row]:
    """Titles, variants and sentences of the articles, then the questions that none of them answers."""
    rows: list[Row] = []
    for place, article in enumerate(articles):
        for text in (article.title, *article.variants):
            rows.append(Row(place, "question", text, normalise(text)))
        for sentence in _SENTENCE.split(article.body):
            compared = normalise(_MARKUP.sub(" ", sentence))[:_BODY_MAX]
            if len(compared) >= _BODY_MIN:
                rows.append(Row(place, "body", sentence.strip(), compared))
    rows += [Row(NO_ARTICLE, "background", text, normalise(text)) for text in background]
    return rows


class Index:
    """Scores articles for a question: kernel ridge regression over meaning and wording together.

    The closest single wording decides little on short questions; the regression weighs every title,
    variant and sentence of an article. Fitting takes about a second for 2,000 rows.
    """

    def __init__(self, rows: Sequence[Row], vectors: Vectors) -> None:
        """``vectors`` holds one unit row for each of ``rows``. At least one question is needed."""
        self.rows = list(rows)
        self._owner = np.array([row.article for row in self.rows])
        self._questions = np.array([row.kind == "question" for row in self.rows])
        self._articles = int(self._owner.max()) + 1
        self._centre = vectors[self._questions].mean(axis=0)
        self._vectors = self._centred(vectors)
        self._wording = CharacterTfidf([row.compared for row in self.rows])
        self._coverage = Coverage(*self._texts("question", "body"))
        self._subjects = SubjectMatch(Subjects(), *self._texts("question"))
        meaning, wording = self._pairwise()
        self._weights, scores = self._fit(meaning, wording)
        # The best article for each title, variant and background question as if it were not in the index.
        self.left_out = self._leave_one_out(scores, meaning, wording)
        self.confidence = self._calibrate()

    def best(self, compared: str, vector: Vectors, count: int) -> list[Match]:
        """The ``count`` best articles for a normalised question and its vector, best first."""
        # einsum keeps to one thread: on a busy machine BLAS threads cost more than they bring here.
        meaning = np.einsum("ij,j->i", self._vectors, self._centred(vector[None, :])[0])
        wording = self._wording.score(compared)
        similarity = MEANING_WEIGHT * meaning + (1 - MEANING_WEIGHT) * wording
        scores = np.einsum("i,ij->j", similarity, self._weights)
        return self._matches(_Question(compared, scores, meaning, wording), count)

    def _texts(self, *kinds: RowKind) -> tuple[list[str], list[int]]:
        chosen = [row for row in self.rows if row.kind in kinds]
        return [row.compared for row in chosen], [row.article for row in chosen]

    def _centred(self, vectors: Vectors) -> Vectors:
        moved = vectors - self._centre
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        return np.asarray(moved / np.maximum(lengths, 1e-6), dtype=np.float32)

    def _pairwise(self) -> tuple[Scores, Scores]:
        return np.asarray(self._vectors @ self._vectors.T), self._wording.pairwise()

    def _fit(self, meaning: Scores, wording: Scores) -> tuple[Scores, Scores]:
        """Weights of the rows for each article, and the scores of each row had it been left out."""
        target = np.zeros((len(self.rows), self._articles), dtype=np.float32)
        owned = self._owner != NO_ARTICLE
        target[owned, self._owner[owned]] = 1.0
        similarity = MEANING_WEIGHT * meaning + (1 - MEANING_WEIGHT) * wording
        noise = np.array([NOISE[row.kind] for row in self.rows], dtype=np.float32)
        similarity[np.diag_indices_from(similarity)] += noise
        inverse = np.linalg.inv(similarity)
        weights = np.asarray(inverse @ target, dtype=np.float32)
        left_out = target - weights / np.diag(inverse)[:, None]
        return weights, np.asarray(left_out, dtype=np.float32)

    def _leave_one_out(self, left_out: Scores, meaning: Scores, wording: Scores) -> list[tuple[int, Match]]:
        found = []
        for place, row in enumerate(self.rows):
            if row.kind != "body":
                meaning[place, place] = wording[place, place] = -1.0
                question = _Question(
                    row.compared, left_out[place], meaning[place], wording[place], row.article
                )
                found.append((place, self._matches(question, 1)[0]))
        return found

    def _calibrate(self) -> Confidence:
        places = [place for place, _ in self.left_out]
        return Confidence(
            [match.evidence for _, match in self.left_out],
            [match.article == self._owner[place] for place, match in self.left_out],
            [self.rows[place].kind == "question" for place in places],
        )

    def _matches(self, question: _Question, count: int) -> list[Match]:
        scores = question.scores
        order = [int(article) for article in np.argsort(-scores, kind="stable")[: max(count, 2)]]
        matches = []
        for article in order[:count]:
            rival = next((other for other in order if other != article), None)
            own = np.flatnonzero((self._owner == article) & self._questions)
            closest = own[int(np.argmax(question.meaning[own] + question.wording[own]))]
            without = question.compared if article == question.left_out_of else None
            shared, strange = self._subjects(question.compared, article, without=without)
            evidence = Evidence(
                score=float(scores[article]),
                lead=float(scores[article] - (0.0 if rival is None else scores[rival])),
                meaning=float(question.meaning[own].max()),
                coverage=self._coverage(question.compared, article, without=without),
                shared=shared,
                strange=strange,
            )
            matches.append(Match(article, evidence, self.rows[closest].text))
        return matches
