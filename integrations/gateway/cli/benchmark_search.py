"""`qiantai benchmark search`: how long finding takes, and how that grows with the number of articles."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from integrations.crm.settings import PROJECT, Settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.generated_articles import grow
from integrations.gateway.cli.progress import working
from integrations.gateway.knowledge import MODELS, articles, newest_classifier
from knowledge_base.adapter import sentence_encoder
from knowledge_base.article_classifier import ArticleClassifier
from knowledge_base.facts import ArticleError
from knowledge_base.index import Index, Row, make_rows
from knowledge_base.other_brands import OtherBrands
from knowledge_base.search import SHORTLIST, load_background, normaliser
from knowledge_base.vector_cache import VectorCache, Vectors

_QUESTIONS = 500
_WARM_UP = 50
_ASKED_FOR = SHORTLIST + 1  # articles, as Search asks for
SIZE_MAX = 100_000
"""More articles do not fit into the memory of an ordinary machine."""


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """What the real articles are searched by: rows, their vectors, article ids and the trained classifier."""

    rows: list[Row]
    vectors: Vectors
    ids: list[str]
    classifier: ArticleClassifier | None


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    vector: Vectors


def benchmark_search(sizes: str, seed: int, settings: Settings) -> list[str]:
    """Measure an index of each size; return the lines of the figures. Raises CliError.

    Milliseconds of ``Index.best`` for questions already encoded, one after the other on one thread, as the
    product calls it: with the article classifier where it is trained, whose own part is shown too.
    """
    counts = read_sizes(sizes)
    if seed < 0:
        raise CliError(f"--seed must not be negative, and {seed} is.")
    try:
        with working("读取知识库 (new articles are encoded first)"):
            base = load_knowledge_base(settings)
    except ArticleError as error:
        raise CliError(f"The knowledge base cannot be used: {error}") from error
    lines, high = [], []
    for count in counts:
        with working(f"{count} 篇文章 (minutes for thousands)"):
            median, tail = search_milliseconds(base, count, seed)
        lines += [f"articles_{count}_p50_ms: {median:.1f}", f"articles_{count}_p95_ms: {tail:.1f}"]
        high.append(tail)
    if base.classifier is not None:
        name = base.classifier.log_probabilities
        median, _ = _percentiles([_timed(partial(name, question.text)) for question in _asked(base, seed)])
        lines.append(f"classifier_p50_ms: {median:.1f}")
    return [*lines, f"growth_p95: {high[-1] / high[0]:.2f}"]


def read_sizes(sizes: str) -> list[int]:
    """Numbers between commas, growing. Raises CliError."""
    try:
        counts = [int(part) for part in sizes.split(",")]
    except ValueError as error:
        raise CliError(f"--sizes must be numbers between commas such as 1000,10000, not {sizes}.") from error
    if any(not 2 <= count <= SIZE_MAX for count in counts):
        raise CliError(f"--sizes must be between 2 and {SIZE_MAX}, not {sizes}.")
    if counts != sorted(set(counts)):
        raise CliError(f"--sizes must grow, not {sizes}.")
    return counts


def load_knowledge_base(settings: Settings, models: Path = MODELS) -> KnowledgeBase:
    """The bank's own, as the running system has it. Raises ArticleError."""
    known = articles()
    rows = make_rows(known, load_background(), normaliser(OtherBrands()))
    cache = VectorCache(sentence_encoder(settings.encoder, models), PROJECT / "var/index")
    vectors = cache.vectors([row.compared for row in rows])
    return KnowledgeBase(rows, vectors, [article.id for article in known], newest_classifier(known, models))


def search_milliseconds(base: KnowledgeBase, count: int, seed: int) -> tuple[float, float]:
    """Median and 95th percentile of finding in ``count`` articles."""
    rows, vectors = grow(base.rows, base.vectors, count, seed)
    ids = [*base.ids, *(f"generated-{number}" for number in range(len(base.ids), count))][:count]
    index = Index(rows, vectors, ids, base.classifier)
    searches = [
        partial(index.best, question.text, question.vector, _ASKED_FOR) for question in _asked(base, seed)
    ]
    for search in searches[:_WARM_UP]:
        search()
    return _percentiles([_timed(search) for search in searches])


def _asked(base: KnowledgeBase, seed: int) -> list[_Question]:
    """Titles and variants of real articles, at random."""
    places = [place for place, row in enumerate(base.rows) if row.kind == "question"]
    chosen = np.random.default_rng(seed).choice(places, _QUESTIONS)
    return [_Question(base.rows[place].compared, base.vectors[place]) for place in chosen]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _percentiles(milliseconds: Sequence[float]) -> tuple[float, float]:
    return float(np.percentile(milliseconds, 50)), float(np.percentile(milliseconds, 95))
