"""Articles: Markdown files with front matter, one answer each, loaded with the bank's facts filled in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from knowledge_base.facts import ArticleError, Facts, UnknownFact, parse_yaml, read_text

Audience = Literal["personal", "business"]

ID_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PRODUCT_PATTERN = re.compile(r"YC-[A-Z][0-9]{3}")
ACTIONS = frozenset(
    [
        "balance",
        "transactions",
        "credit_card_bill",
        "transfer_status",
        "card_loss",
        "fraud",
        "complaint",
        "branch",
        "rates",
        "loan_calculator",
        "recommendation",
        "risk_assessment",
        "appointment",
        "human",
    ]
)
FIELDS = frozenset(
    [
        "id",
        "title",
        "category",
        "audience",
        "variants",
        "effective",
        "review",
        "sources",
        "related",
        "action",
        "product",
    ]
)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)(.*)\Z", re.DOTALL)
# What a renderer may show raw: an article is text for customers, not a page.
_HTML = re.compile(r"<\s*/?\s*[A-Za-z!]")


@dataclass(frozen=True, slots=True)
class Article:
    """One answer of the knowledge base.

    ``variants`` are other ways customers ask for it, ``asked`` further ones (see asked.py); ``action`` names
    the self-service that gets it done; ``product`` is the code of the product that the article explains,
    so that it can be kept from those to whom the product may not be shown;
    ``body`` is Markdown with the bank's facts already filled in.
    """

    id: str
    title: str
    category: str
    audience: Audience
    variants: tuple[str, ...]
    effective: dt.date
    review: dt.date
    sources: tuple[str, ...]
    related: tuple[str, ...]
    action: str | None
    body: str
    asked: tuple[str, ...] = ()
    product: str | None = None

    @property
    def questions(self) -> tuple[str, ...]:
        """Everything that finds the article: title, variants, and what the search learns from besides."""
        return (self.title, *self.variants, *self.asked)

    def in_force(self, on: dt.date) -> bool:
        """Whether the article may be shown on that day."""
        return self.effective <= on

    def review_due(self, on: dt.date) -> bool:
        """Whether the day of the next review has come."""
        return on >= self.review


def load_articles(folder: Path, facts: Facts) -> list[Article]:
    """Every ``<category>/<id>.md`` below ``folder``, in order of id.

    Raises ArticleError for the first file that cannot be used and for an id that is used twice.
    """
    if not folder.is_dir():
        raise ArticleError(str(folder.name), "folder", "does not exist")
    articles: dict[str, Article] = {}
    for path in article_files(folder):
        article = load_article(path, facts)
        if article.id in articles:
            raise ArticleError(path.name, "id", f"{article.id!r} is used by another file too")
        articles[article.id] = article
    return [articles[key] for key in sorted(articles)]


def article_files(folder: Path) -> list[Path]:
    """The article files of ``folder`` in a fixed order; hidden files are left out."""
    return sorted(path for path in folder.rglob("*.md") if not path.name.startswith("."))


def load_article(path: Path, facts: Facts) -> Article:
    """Read one file. Raises ArticleError naming the file and the field."""
    file = f"{path.parent.name}/{path.name}"
    match = _FRONT_MATTER.match(read_text(path))
    if match is None:
        raise ArticleError(file, "file", "must start with front matter between two --- lines")
    data = parse_yaml(match.group(1), file, "front matter")
    if not isinstance(data, dict):
        raise ArticleError(file, "front matter", "must be a mapping")
    return _Reader(file, data, facts).article(match.group(2).strip())


class _Reader:
    """Takes typed fields out of one file's front matter."""

    def __init__(self, file: str, data: dict[object, object], facts: Facts) -> None:
        self._file = file
        self._data = data
        self._facts = facts

    def article(self, body: str) -> Article:
        for key in self._data:
            if key not in FIELDS:
                raise self._error(str(key), "is not a field of an article")
        if not body:
            raise self._error("body", "is empty")
        return Article(
            id=self._matching("id", ID_PATTERN.fullmatch, "must be kebab-case English"),
            title=self._text("title"),
            category=self._matching("category", ID_PATTERN.fullmatch, "must be kebab-case English"),
            audience=self._audience(),
            variants=self._texts("variants"),
            effective=self._date("effective"),
            review=self._date("review"),
            sources=self._texts("sources"),
            related=self._texts("related"),
            action=self._action(),
            body=self._safe("body", self._filled("body", body)),
            product=self._product(),
        )

    def _error(self, field: str, problem: str) -> ArticleError:
        return ArticleError(self._file, field, problem)

    def _value(self, field: str) -> object:
        if self._data.get(field) is None:
            raise self._error(field, "is missing")
        return self._data[field]

    def _string(self, field: str, value: object) -> str:
        # A bare 95718 in YAML is a number, yet plainly meant as text.
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self._error(field, f"must be text, not {type(value).__name__}")
        text = str(value).strip()
        if not text:
            raise self._error(field, "is empty")
        if any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in text):
            raise self._error(field, "holds a control character or a line break")
        return self._safe(field, self._filled(field, text))

    def _filled(self, field: str, text: str) -> str:
        try:
            return self._facts.fill(text)
        except UnknownFact as error:
            raise self._error(field, f"unknown fact {error.key!r}") from error

    def _safe(self, field: str, text: str) -> str:
        if _HTML.search(text):
            raise self._error(field, "holds HTML; use plain Markdown")
        return text

    def _text(self, field: str) -> str:
        return self._string(field, self._value(field))

    def _matching(self, field: str, accepts: Callable[[str], object], problem: str) -> str:
        text = self._text(field)
        if not accepts(text):
            raise self._error(field, f"{text!r} {problem}")
        return text

    def _texts(self, field: str) -> tuple[str, ...]:
        value = self._value(field)
        if not isinstance(value, list):
            raise self._error(field, f"must be a list, not {type(value).__name__}")
        if not value:
            raise self._error(field, "is an empty list")
        return tuple(self._string(field, item) for item in value)

    def _date(self, field: str) -> dt.date:
        value = self._value(field)
        if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
            raise self._error(field, f"must be a date such as 2026-01-01, not {value!r}")
        return value

    def _audience(self) -> Audience:
        match self._text("audience"):
            case "personal":
                return "personal"
            case "business":
                return "business"
            case other:
                raise self._error("audience", f"must be personal or business, not {other!r}")

    def _action(self) -> str | None:
        if self._data.get("action") is None:
            return None
        return self._matching("action", ACTIONS.__contains__, "is not a self-service of the front desk")

    def _product(self) -> str | None:
        if "product" not in self._data:
            return None
        return self._matching(
            "product", PRODUCT_PATTERN.fullmatch, "must be a product's code such as YC-W101"
        )
