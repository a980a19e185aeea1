"""Whether to answer, to offer similar questions, or to admit that we do not know: the thresholds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from knowledge_base.articles import Article
from knowledge_base.other_brands import Institution

# Confidence is the probability that the article is the right one (see confidence.py). Leaving one variant out
# is harsher than life, because the variants of an article differ on purpose: `qiantai benchmark questions`
# measures the thresholds on customers' questions, calibration.py on the articles' own.
ANSWER_FROM = 0.7
# From here on the likeliest article is shown at once, but as a guess beside the others.
GUESS_FROM = 0.3
SUGGEST_FROM = 0.15
# Advice on other companies' credit is right about any of them, so that showing it needs little confidence:
# lenders are too many to list, and many a question names one that nobody knows.
ADVISE_FROM = 0.15
# A suggestion costs the customer one look: the second and third are shown from here on.
FURTHER_FROM = 0.05
SUGGESTIONS = 3

Kind = Literal["answer", "guess", "suggest", "unsure"]


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
    ``suggestions`` is meant; ``guess``: the same, with the first of them already shown. ``unsure``: say so;
    ``suggestions`` is empty. ``other_brand`` is the institution whose product is meant: that is said first,
    and an article is our own rule, for reference.
    """

    kind: Kind
    article: Article | None = None
    suggestions: tuple[Article, ...] = field(default=())
    confidence: float = 0.0
    other_brand: Institution | None = None

    @property
    def likeliest(self) -> Article | None:
        """The article that is shown, as the answer or as a guess; None where none is."""
        return self.suggestions[0] if self.kind == "guess" else self.article


def decide(
    hits: Sequence[Hit],
    *,
    other_brand: Institution | None = None,
    vague: bool = False,
    about_lenders: Collection[str] = (),
    about_wallets: Collection[str] = (),
) -> Answer:
    """Decide from the hits, best first.

    A question about another bank's product is answered with our own rule, for reference. One about a lender
    only from the articles that are about other companies' credit, ``about_lenders``, or ``about_wallets``:
    our own loan's terms would be taken for theirs. For a ``vague`` question that only names a subject (微信),
    the most that is done is to suggest.
    """
    if other_brand is not None and other_brand.kind == "lender":
        hits = [hit for hit in hits if hit.article.id in {*about_lenders, *about_wallets}]
    if not hits or hits[0].score < SUGGEST_FROM:
        return Answer("unsure", confidence=hits[0].score if hits else 0.0, other_brand=other_brand)
    best = hits[0]
    if best.score >= ANSWER_FROM and not vague:
        return Answer("answer", article=best.article, confidence=best.score, other_brand=other_brand)
    near = [best, *(hit for hit in hits[1:] if hit.score >= FURTHER_FROM)]
    suggested = tuple(hit.article for hit in near[:SUGGESTIONS])
    guess_from = ADVISE_FROM if best.article.id in about_lenders else GUESS_FROM
    kind: Kind = "guess" if best.score >= guess_from and not vague else "suggest"
    return Answer(kind, suggestions=suggested, confidence=best.score, other_brand=other_brand)
