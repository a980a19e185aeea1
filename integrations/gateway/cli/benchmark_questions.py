"""`qiantai benchmark questions`: what the running system answers to labelled questions of real customers."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from actions.service_titles import SERVICES
from integrations.crm.database import Database
from integrations.crm.settings import PROJECT, Settings, get_settings
from integrations.gateway.cli.ask import Asked, UnansweredError, put, read_questions, running_at
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.plots import stacked_bars
from integrations.gateway.cli.progress import bar
from integrations.gateway.cli.question_scores import (
    VERDICTS,
    Label,
    Outcome,
    Verdict,
    by_category,
    figures,
    judge,
)
from integrations.gateway.cli.text_files import numbered_lines
from integrations.gateway.knowledge import articles
from knowledge_base.articles import Article
from knowledge_base.other_brands import OtherBrands

_SCOPES = {"in": "", "vague": "含糊", "other": "他行他司", "out": "无关"}
_NOT_OURS = ("utter_other_brand", "utter_other_brand_hotline")
_GUESS = ("utter_enquiry_guess", "utter_other_brand_guess")
_NOT_KNOWN = ("utter_not_understood", "utter_out_of_scope", "utter_enquiry_suggest", "utter_which_service")
_ID = re.compile(r"[0-9a-f]{16}")
_FIELDS = {"id", "scope", "articles", "actions"}
VERDICT_NAMES = {
    "right": "答对",
    "suggested": "推荐中有",
    "unknown": "没有给出答案",
    "misguessed": "猜错",
    "wrong": "答错",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled question and what the system answered."""

    label: Label
    asked: Asked
    outcome: Outcome


def benchmark_questions(
    labels: Path, questions: Path, own_bank: str | None, parallel: int, plot: Path | None, out: Path | None
) -> list[str]:
    """Ask every labelled question; return the figures' lines. Raises CliError.

    With ``own_bank`` its names in the questions are replaced by ours: they were asked of that bank.
    """
    known = articles()
    labelled = read_labels(labels, known)
    wanted = [(text, label) for text in read_questions(questions) if (label := labelled.get(hashed(text)))]
    if not wanted:
        raise CliError(f"No question of {questions} is labelled in {labels}.")
    settings = get_settings()
    ours = _own_names(own_bank, settings)
    base, database = running_at(settings), Database(settings.database_url)
    asked = [(ours(text), label) for text, label in wanted]
    cases = asyncio.run(_ask_all(asked, base, database, parallel, Outcomes(known)))
    if out is not None:
        _write(out, "".join(json.dumps(_row(case), ensure_ascii=False) + "\n" for case in cases))
    judged = [(case.label, case.outcome) for case in cases]
    if plot is not None:
        _plot(plot, by_category(judged))
        _plot(plot.with_stem(f"{plot.stem}-confidence"), _by_confidence(cases))
    missing = len(labelled) - len(wanted)
    times = sorted(case.asked.ms for case in cases)
    found = figures(judged) | {"p50_ms": f"{times[len(times) // 2]:.0f}"}
    return ([f"labels_without_question: {missing}"] if missing else []) + [
        f"{name}: {value}" for name, value in found.items()
    ]


def _plot(file: Path, table: Mapping[str, Counter[Verdict]]) -> None:
    rows = {name: [counts[verdict] for verdict in VERDICTS] for name, counts in table.items()}
    stacked_bars(file, rows, [VERDICT_NAMES[verdict] for verdict in VERDICTS], "问题数")


def _by_confidence(cases: Sequence[Case]) -> dict[str, Counter[Verdict]]:
    """Verdicts by tenths of the intent's confidence, the surest first."""
    found: dict[str, Counter[Verdict]] = {
        f"{tenth / 10:.1f}–{tenth / 10 + 0.1:.1f}": Counter() for tenth in range(9, -1, -1)
    }
    names = list(found)[::-1]
    for case in cases:
        tenth = min(int(float(case.asked.understood.get("confidence") or 0) * 10), 9)
        found[names[tenth]][judge(case.label, case.outcome)] += 1
    return found


def hashed(question: str) -> str:
    """The id of a question in the labels: labels do not hold other people's words."""
    return hashlib.sha256(question.strip().encode()).hexdigest()[:16]


def read_labels(file: Path, known: Collection[Article]) -> dict[str, Label]:
    """Labels by question id, one JSON object a line; of ``known`` articles only. Raises CliError."""
    found: dict[str, Label] = {}
    ids = {f"{article.category}/{article.id}" for article in known}
    for number, line in numbered_lines(file):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CliError(f"{file}, line {number}: not JSON.") from error
        problem = _problem(row, ids) or ("the id is there twice" if row["id"] in found else None)
        if problem:
            raise CliError(f"{file}, line {number}: {problem}.")
        found[row["id"]] = _label(row)
    return found


def _problem(row: Any, known: set[str]) -> str | None:
    if not isinstance(row, dict) or row.keys() != _FIELDS:
        return f"needs exactly the fields {', '.join(sorted(_FIELDS))}"
    if not isinstance(row["id"], str) or not _ID.fullmatch(row["id"]):
        return "the id must be the first 16 hexadecimal digits of the question's SHA-256"
    if str(row["scope"]) not in _SCOPES:
        return f"the scope must be one of {', '.join(_SCOPES)}"
    for name, allowed in (("articles", known), ("actions", set(SERVICES))):
        if not isinstance(row[name], list) or not set(map(str, row[name])) <= allowed:
            return f"{name} must be a list of known ones"
    return None


def _label(row: dict[str, Any]) -> Label:
    first = row["articles"][0].split("/")[0] if row["articles"] else "服务"
    ids = frozenset(article.split("/")[1] for article in row["articles"])
    return Label(row["scope"], ids, frozenset(row["actions"]), _SCOPES[row["scope"]] or first)


def _own_names(own_bank: str | None, settings: Settings) -> Callable[[str], str]:
    if own_bank is None:
        return lambda text: text
    brands = OtherBrands()
    if own_bank not in brands.names():
        raise CliError(f"{own_bank} is not in knowledge_base/other_brands.yml.")
    return lambda text: brands.as_ours(text, own_bank, settings.bank_name)


async def _ask_all(
    pairs: Sequence[tuple[str, Label]],
    base: str,
    database: Database,
    parallel: int,
    read_outcome: Callable[[Asked], Outcome],
) -> list[Case]:
    slots = asyncio.Semaphore(parallel)

    async def one(question: str, label: Label) -> Case:
        async with slots:
            asked = await put(question, base, database)
        progress.advance(progress.task_ids[0])
        return Case(label, asked, read_outcome(asked))

    with bar("提问", len(pairs)) as progress:
        try:
            return list(await asyncio.gather(*(one(text, label) for text, label in pairs)))
        except UnansweredError as error:
            raise CliError(f"The system gave no answer: {error}") from error


class Outcomes:
    """Reads from the replies what the assistant did, by the product's own titles and words."""

    def __init__(self, known: Collection[Article]) -> None:
        self._offers = {article.title: article.id for article in known}
        # 「人工」 stands beside every "I don't know".
        self._offers |= {title: service for service, title in SERVICES.items() if service != "human"}
        domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
        self._words = {
            name: [_pattern(one["text"]) for one in domain["responses"][name]]
            for name in (*_NOT_OURS, *_GUESS, *_NOT_KNOWN)
        }

    def __call__(self, asked: Asked) -> Outcome:
        """What was done for a question."""
        titles = [button["title"] for reply in asked.replies for button in reply.get("buttons") or []]
        intent, shown = asked.understood.get("intent"), asked.article is not None
        served = not shown and not self._said(asked, _NOT_KNOWN)
        return Outcome(
            article=asked.article,
            guess=self._said(asked, _GUESS),
            service=intent if intent in SERVICES and served else None,
            offered=tuple(self._offers[title] for title in titles if title in self._offers),
            not_ours=self._said(asked, _NOT_OURS),
        )

    def _said(self, asked: Asked, responses: Sequence[str]) -> bool:
        patterns = [pattern for name in responses for pattern in self._words[name]]
        return any(pattern.fullmatch(reply["text"] or "") for reply in asked.replies for pattern in patterns)


def _pattern(response: str) -> re.Pattern[str]:
    return re.compile(".*?".join(map(re.escape, re.split(r"\{\w+\}", response))), re.DOTALL)


def _row(case: Case) -> dict[str, Any]:
    return case.asked.row() | {
        "offered": list(case.outcome.offered),
        "scope": case.label.scope,
        "expected": sorted(case.label.articles | case.label.actions),
        "verdict": judge(case.label, case.outcome),
    }


def _write(file: Path, content: str) -> None:
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CliError(f"Could not write {file}: {error.strerror}") from error
