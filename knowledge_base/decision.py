"""Whether to answer, to offer similar questions, or to admit that we do not know: the thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from knowledge_base.articles import Article

# Confidence is the probability that the article is the right one (see confidence.py). Leaving one variant out
# is harsher than life, because the variants of an article differ on purpose; calibration.py prints the table.
ANSWER_FROM = 0.65
SUGGEST_FROM = 0.3
# A suggestion costs the customer one look: the second and third are shown from here on.
FURTHER_FROM = 0.05
SUGGESTIONS = 3

Kind = Literal["answer", "suggest", "unsure"]


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found for a question.

    ``score`` is the confidence, 0 to 1; ``variant`` the title or variant closest to the question.
    """

    article: Article
    score: float
    variant: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do with a question.

    ``answer``: show ``article``; ``suggestions`` are its related articles. ``suggest``: ask whether one of
    ``suggestions`` is meant. ``unsure``: say so; ``suggestions`` is empty. ``other_brand`` names the
    institution whose product is meant; then nothing is answered as ours.
    """

    kind: Kind
    article: Article | None = None
    suggestions: tuple[Article, ...] = field(default=())
    confidence: float = 0.0
    other_brand: str | None = None


def decide(hits: Sequence[Hit], *, other_brand: str | None = None, vague: bool = False) -> Answer:
    """Decide from the hits, best first.

    With ``other_brand``, or for a ``vague`` question that only names a subject (微信), the most that is
    done is to suggest.
    """
    if not hits or hits[0].score < SUGGEST_FROM:
        return Answer("unsure", confidence=hits[0].score if hits else 0.0, other_brand=other_brand)
    best = hits[0]
    if best.score >= ANSWER_FROM and other_brand is None and not vague:
        return Answer("answer", article=best.article, confidence=best.score)
    further = [hit.article for hit in hits[1:SUGGESTIONS] if hit.score >= FURTHER_FROM]
    return Answer(
        "suggest", suggestions=(best.article, *further), confidence=best.score, other_brand=other_brand
    )
