"""Small articles made by hand, and the real ones behind the bundled encoder (loaded once a run)."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from integrations.crm.settings import get_settings
from integrations.gateway.knowledge import load_search
from knowledge_base.adapter import default_encoder
from knowledge_base.articles import Article, load_articles
from knowledge_base.encoder import SentenceEncoder
from knowledge_base.facts import Facts, load_facts
from knowledge_base.search import Search
from knowledge_base.validator import ARTICLES_FOLDER, FACTS_FILE
from knowledge_base.vector_cache import Vectors

PROJECT = Path(__file__).resolve().parents[2]
FRONT = {
    "id": "card-lost",
    "title": "银行卡丢了怎么挂失",
    "category": "cards",
    "audience": "personal",
    "variants": "[" + ", ".join(f"卡丢了怎么办{number}" for number in range(8)) + "]",
    "effective": "2026-01-01",
    "review": "2027-01-01",
    "sources": "[《办法》]",
    "related": "[card-found, card-new]",
}
BODY = "您可以马上挂失。" * 10


class CountingEncoder:
    """Vectors from the characters of a text; remembers every text it was asked for."""

    def __init__(self, name: str = "counting", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for char in text:
                row[ord(char) % self.dimension] += 1
            row /= np.linalg.norm(row) or 1
        return rows


def article_text(body: str = BODY, **changes: str | None) -> str:
    """The text of an article file; a field set to None is left out."""
    fields = {key: value for key, value in (FRONT | changes).items() if value is not None}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in fields.items()) + f"---\n{body}\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write an article file below a fresh folder: write("cards/card-lost.md", title=…)."""

    def written(name: str = "cards/card-lost.md", body: str = BODY, **changes: str | None) -> Path:
        path = tmp_path / "articles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article_text(body, **changes), encoding="utf-8")
        return path

    return written


def make_article(id_: str, *variants: str, body: str = "请到网点办理。", title: str | None = None) -> Article:
    """An article that is valid in itself."""
    return Article(
        id=id_,
        title=title or f"{variants[0]}怎么办理",
        category="cards",
        audience="personal",
        variants=variants,
        effective=dt.date(2026, 1, 1),
        review=dt.date(2027, 1, 1),
        sources=("《办法》",),
        related=(),
        action=None,
        body=body,
    )


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The bundled encoder."""
    return default_encoder(PROJECT / "models")


@pytest.fixture(scope="session")
def facts() -> Facts:
    """The bank's facts."""
    return load_facts(FACTS_FILE)


@pytest.fixture(scope="session")
def articles(facts: Facts) -> list[Article]:
    """The real articles."""
    return load_articles(ARTICLES_FOLDER, facts)


@pytest.fixture(scope="session")
def search() -> Search:
    """Search over the real articles, as the running system has it (`qiantai train` makes its models)."""
    return load_search(get_settings())


@pytest.fixture
def small() -> list[Article]:
    """Three articles."""
    return [
        make_article("card-lost", "卡丢了", "银行卡遗失", "卡找不到", "挂失银行卡"),
        make_article("transfer-fee", "转账手续费", "跨行汇款收费吗", "汇款费用多少"),
        make_article("loan-rate", "贷款利率", "贷款利息多少", "借款年化"),
    ]
