"""Checks the articles: ``python -m knowledge_base.validator`` prints one line a problem."""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.articles import Article, article_files, load_article
from knowledge_base.asked import with_asked
from knowledge_base.facts import ArticleError, Facts, load_facts
from knowledge_base.near_duplicates import near_duplicates
from knowledge_base.question_text import fold

ARTICLES_FOLDER = Path(__file__).parent / "articles"
FACTS_FILE = Path(__file__).parent / "facts.yml"

TITLE_MAX = 30
VARIANTS_MIN, VARIANTS_MAX = 8, 15
VARIANT_MAX = 40
BODY_MIN, BODY_MAX = 60, 420
RELATED_MIN, RELATED_MAX = 2, 4
ALIKE_ABOVE = 0.85
"""Share of common character pairs above which questions of two articles are one and the same question."""

# Promises of returns or of approval that financial publicity must not make (资管新规).
_PROMISES = re.compile(
    r"保本|稳赚|包赚|只赚不赔|稳赚不赔|零风险|无风险收益|保证收益|保证盈利|保证本金|收益有保障|刚性兑付|"
    r"一定通过|一定能通过|保证通过|百分百通过|100%通过|包过|必过|保证下款|一定批|包批|必下款"
)
# Words that turn such a phrase into a warning or a denial when they stand before it in the same sentence,
# or just after it.
_DENIED_BEFORE = re.compile(r"不|非|没|无法|未|勿|别|凡是|声称|宣称|谎称|所谓|骗|冒充|承诺")
_DENIED_AFTER = re.compile(r"^.{0,12}(诈骗|骗局|骗子|骗术|不可信|不要信|都是假)")
_SENTENCE = re.compile(r"[。！？；\n]")
RISK_WORDS = "理财非存款、产品有风险、投资须谨慎"
BENCHMARK_WORDS = "业绩比较基准不是收益承诺"
# Codes of wealth products and of funds; the product files have further rated ones (insurance that invests).
_WEALTH, _RATED = "YC-W", ("YC-W", "YC-F")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with one file."""

    file: str
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.text}"


def check_folder(folder: Path, facts: Facts, *, review_on: dt.date | None = None) -> list[Problem]:
    """Every problem of the articles below ``folder`` and of the questions beside it, ordered by file.

    With ``review_on`` an article whose review is due on that day is a problem too.
    """
    problems: list[Problem] = []
    loaded: list[tuple[Path, Article]] = []
    if not folder.is_dir():
        return [Problem(folder.name, "folder", "does not exist")]
    for path in article_files(folder):
        try:
            loaded.append((path, load_article(path, facts)))
        except ArticleError as error:
            problems.append(Problem(error.file, error.field, error.problem))
    loaded, strange = _with_asked(loaded, folder.parent / "questions")
    problems += strange
    if not loaded and not problems:
        problems.append(Problem(folder.name, "folder", "holds no article"))
    for path, article in loaded:
        problems += check_article(article, path)
        if review_on is not None and article.review_due(review_on):
            problems.append(Problem(_name(path), "review", f"was due on {article.review}"))
    return sorted(set(problems + list(_check_together(loaded))))


def _with_asked(
    loaded: list[tuple[Path, Article]], folder: Path
) -> tuple[list[tuple[Path, Article]], list[Problem]]:
    try:
        articles = with_asked([article for _, article in loaded], folder)
    except ArticleError as error:
        return loaded, [Problem(error.file, error.field, error.problem)]
    return [(path, article) for (path, _), article in zip(loaded, articles, strict=True)], []


def check_article(article: Article, path: Path) -> list[Problem]:
    """Every problem that one article has by itself."""
    found = [*_check_names(article, path), *_check_sizes(article), *_check_words(article)]
    return [Problem(_name(path), field, text) for field, text in found]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _questions(article: Article) -> list[tuple[str, str]]:
    variants = (("variants", variant) for variant in article.variants)
    return [("title", article.title), *variants, *(("questions", asked) for asked in article.asked)]


def _check_names(article: Article, path: Path) -> Iterator[tuple[str, str]]:
    if article.id != path.stem:
        yield "id", f"{article.id!r} differs from the file name {path.stem!r}"
    if article.category != path.parent.name:
        yield "category", f"{article.category!r} differs from the folder {path.parent.name!r}"
    if article.review <= article.effective:
        yield "review", f"{article.review} is not later than effective {article.effective}"


def _check_sizes(article: Article) -> Iterator[tuple[str, str]]:
    if len(article.title) > TITLE_MAX:
        yield "title", f"has {len(article.title)} characters, at most {TITLE_MAX} are allowed"
    if not VARIANTS_MIN <= len(article.variants) <= VARIANTS_MAX:
        yield "variants", f"there are {len(article.variants)}, not {VARIANTS_MIN} to {VARIANTS_MAX}"
    for field, text in _questions(article)[1:]:
        if len(text) > VARIANT_MAX:
            yield field, f"{text!r} is longer than {VARIANT_MAX} characters"
    if not RELATED_MIN <= len(article.related) <= RELATED_MAX:
        yield "related", f"there are {len(article.related)}, not {RELATED_MIN} to {RELATED_MAX}"
    length = sum("\u4e00" <= char <= "\u9fff" for char in article.body)
    if not BODY_MIN <= length <= BODY_MAX:
        yield "body", f"has {length} Chinese characters, not {BODY_MIN} to {BODY_MAX}"


def _check_words(article: Article) -> Iterator[tuple[str, str]]:
    for phrase in forbidden_promises(article.body):
        yield "body", f"promises {phrase!r}"
    for field, text in [*_questions(article), ("body", article.body)]:
        if "{" in text or "}" in text:
            yield field, "has a brace left over; write {{ section.key }}"
        if "\ufffd" in text:
            yield field, "holds a broken character (U+FFFD)"
    if article.product is not None:
        for words in _words_due(article.product):
            if words not in article.body:
                yield "body", f"explains {article.product} without the words {words!r}"


def _words_due(product: str) -> Iterator[str]:
    """The words that an article about that product has to contain (资管新规, 理财产品销售规则)."""
    if product.startswith(_RATED):
        yield RISK_WORDS
    if product.startswith(_WEALTH):
        yield BENCHMARK_WORDS


def forbidden_promises(text: str) -> list[str]:
    """Promises of returns or approval that ``text`` makes; one that is denied or warned of is not counted."""
    found: list[str] = []
    for sentence in _SENTENCE.split(text):
        for match in _PROMISES.finditer(sentence):
            before, after = sentence[: match.start()], sentence[match.end() :]
            if not _DENIED_BEFORE.search(before) and not _DENIED_AFTER.match(after):
                found.append(match.group())
    return found


def _check_together(loaded: Sequence[tuple[Path, Article]]) -> Iterator[Problem]:
    ids: dict[str, Path] = {}
    for path, article in loaded:
        if article.id in ids:
            yield Problem(_name(path), "id", f"{article.id!r} is used by {_name(ids[article.id])} too")
        ids.setdefault(article.id, path)
    asked: dict[str, tuple[Path, str]] = {}
    for path, article in loaded:
        for related in article.related:
            if related == article.id:
                yield Problem(_name(path), "related", "points at the article itself")
            elif related not in ids:
                yield Problem(_name(path), "related", f"there is no article {related!r}")
        if len(set(article.related)) < len(article.related):
            yield Problem(_name(path), "related", "names an article twice")
        yield from _check_questions(path, article, asked)
    yield from _check_products(loaded)
    yield from _check_alike(loaded)


def _check_products(loaded: Sequence[tuple[Path, Article]]) -> Iterator[Problem]:
    explained: dict[str, Path] = {}
    for path, article in loaded:
        if article.product is not None:
            other = explained.setdefault(article.product, path)
            if other != path:
                yield Problem(_name(path), "product", f"{article.product} has {_name(other)} already")


def _check_questions(path: Path, article: Article, asked: dict[str, tuple[Path, str]]) -> Iterator[Problem]:
    for field, text in _questions(article):
        key = fold(text)
        if not key:
            yield Problem(_name(path), field, f"{text!r} has no letter, digit or Chinese character")
            continue
        other, _ = asked.setdefault(key, (path, text))
        if other != path:
            yield Problem(_name(path), field, f"{text!r} points at {_name(other)} too")
        elif asked[key][1] is not text:
            yield Problem(_name(path), field, f"{text!r} is written twice")


def _check_alike(loaded: Sequence[tuple[Path, Article]]) -> Iterator[Problem]:
    """Questions of two articles that are not equal, which _check_questions finds, but nearly so."""
    asked = [(path, *question) for path, article in loaded for question in _questions(article)]
    texts, owners = [text for _, _, text in asked], [path for path, _, _ in asked]
    for first, second, _ in near_duplicates(texts, owners, above=ALIKE_ABOVE):
        path, field, text = asked[second]
        other, _, earlier = asked[first]
        if fold(earlier) != fold(text):
            yield Problem(_name(path), field, f"{text!r} is nearly {earlier!r} of {_name(other)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: 0 when all is well, 1 with one line a problem on standard output."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.validator", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ARTICLES_FOLDER, help="folder of the articles"
    )
    parser.add_argument("--facts", type=Path, default=FACTS_FILE, help="the file of the bank's own figures")
    parser.add_argument("--review-on", type=dt.date.fromisoformat, help="also report reviews due on this day")
    options = parser.parse_args(arguments)
    try:
        facts = load_facts(options.facts)
    except ArticleError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    problems = check_folder(options.folder, facts, review_on=options.review_on)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    if not problems:
        sys.stdout.write(f"{len(article_files(options.folder))} articles, no problem\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
