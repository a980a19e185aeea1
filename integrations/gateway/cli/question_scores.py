"""Judges the assistant's answers to labelled questions. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Scope = Literal["in", "vague", "other", "out"]
Verdict = Literal["right", "suggested", "unknown", "misguessed", "wrong"]
_FIGURES: dict[Verdict, str] = {
    "right": "answered_rightly",
    "suggested": "suggested_rightly",
    "unknown": "not_known",
    "misguessed": "wrong_as_a_guess",
    "wrong": "wrong",
}
VERDICTS = tuple(_FIGURES)


@dataclass(frozen=True, slots=True)
class Label:
    """What a good answer is.

    ``scope``: ``in`` a retail bank's business, ``vague`` (a bare subject: asking back is right), ``other``
    institutions' business, ``out`` of any front desk's. ``articles`` are the ids of those that answer it,
    ``actions`` the services that do; ``category`` is the topic under which the question is counted.
    """

    scope: Scope
    articles: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    category: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the assistant did.

    ``article`` was shown, with ``guess`` only as what may be meant; ``service`` was started; ``offered`` are
    the ids of articles and names of services on buttons, in their order; ``not_ours`` tells that the question
    was said to be another institution's.
    """

    article: str | None = None
    guess: bool = False
    service: str | None = None
    offered: tuple[str, ...] = ()
    not_ours: bool = False


def judge(label: Label, outcome: Outcome) -> Verdict:
    """Say whether the answer is right, at least suggested, missing, or wrong and misleading.

    A wrong guess is ``suggested`` where the right choice stands beside it, otherwise ``misguessed``. Asking
    back without the right choice, an offered person and a plain "I don't know" are all ``unknown``; where
    nothing is to be known (``other``, ``out``) or to be answered (``vague``) that is ``right``.
    """
    wanted = label.articles | label.actions
    done = {outcome.article, outcome.service} - {None, "human"}
    if done & wanted or (outcome.service == "human" and "human" in wanted):
        return "right"
    if outcome.not_ours and label.scope == "other":
        return "right"
    offered_rightly = bool(wanted & set(outcome.offered))
    if done and not outcome.guess:
        return "wrong"
    if done:
        return "suggested" if offered_rightly else "misguessed"
    if offered_rightly:
        return "right" if label.scope == "vague" else "suggested"
    if outcome.not_ours:
        return "wrong" if label.scope == "in" else "unknown"
    if label.scope == "vague":
        return "right"
    return "unknown" if label.scope == "in" or outcome.offered else "right"


def first_is_right(label: Label, outcome: Outcome) -> bool:
    """Whether what the assistant put first, shown or only suggested, is right."""
    if judge(label, outcome) == "right":
        return True
    nothing_done = outcome.article is None and outcome.service is None
    return nothing_done and bool(outcome.offered) and outcome.offered[0] in label.articles | label.actions


def figures(judged: Sequence[tuple[Label, Outcome]]) -> dict[str, str]:
    """Name every figure; shares have four decimals and are left out where there is nothing to share."""
    found = {"questions": str(len(judged))} | _shares(judged)
    scope = [pair for pair in judged if pair[0].scope == "in"]
    if scope:
        found["in_scope_questions"] = str(len(scope))
        found |= {f"in_scope_{name}": share for name, share in _shares(scope).items()}
        found["in_scope_first_right"] = _share(sum(first_is_right(*pair) for pair in scope), len(scope))
    outside = [pair for pair in judged if pair[0].scope in ("other", "out")]
    if outside:
        shares = _shares(outside)
        found["out_of_scope_questions"] = str(len(outside))
        found["out_of_scope_recognised"] = shares[_FIGURES["right"]]
        found["out_of_scope_wrong"] = shares[_FIGURES["wrong"]]
    return found


def by_category(judged: Iterable[tuple[Label, Outcome]]) -> dict[str, Counter[Verdict]]:
    """Count the verdicts by category, the largest first."""
    found: dict[str, Counter[Verdict]] = {}
    for label, outcome in judged:
        found.setdefault(label.category, Counter())[judge(label, outcome)] += 1
    return dict(sorted(found.items(), key=lambda item: -item[1].total()))


def _shares(judged: Sequence[tuple[Label, Outcome]]) -> dict[str, str]:
    """The share of every verdict, by the name of its figure."""
    counts = Counter(judge(label, outcome) for label, outcome in judged)
    return {name: _share(counts[verdict], len(judged)) for verdict, name in _FIGURES.items()}


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}"
