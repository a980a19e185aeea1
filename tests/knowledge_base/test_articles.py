"""Loading articles: what is taken in, and that every bad input is named with file and field."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base.articles import load_article, load_articles
from knowledge_base.facts import ArticleError, Facts, load_facts

Write = Callable[..., Path]
FACTS = Facts({"card.fee": "10元", "bank.hotline": "95718"})


def test_reads_every_field_and_fills_in_facts(write: Write) -> None:
    path = write(
        body="工本费{{ card.fee }}，请拨打{{bank.hotline}}。", action="card_loss", title="补卡{{card.fee}}"
    )
    article = load_article(path, FACTS)
    assert article.id == "card-lost"
    assert article.title == "补卡10元"
    assert article.body == "工本费10元，请拨打95718。"
    assert article.action == "card_loss"
    assert article.related == ("card-found", "card-new")
    assert len(article.variants) == 8
    assert (article.effective, article.review) == (dt.date(2026, 1, 1), dt.date(2027, 1, 1))


def test_an_article_may_explain_a_product(write: Write) -> None:
    assert load_article(write(), FACTS).product is None
    assert load_article(write(product="YC-W101"), FACTS).product == "YC-W101"


def test_in_force_from_the_effective_day_and_due_on_the_review_day(write: Write) -> None:
    article = load_article(write(), FACTS)
    assert not article.in_force(dt.date(2025, 12, 31))
    assert article.in_force(dt.date(2026, 1, 1))
    assert not article.review_due(dt.date(2026, 12, 31))
    assert article.review_due(dt.date(2027, 1, 1))


def test_a_number_among_the_variants_is_text(write: Write) -> None:
    assert "95718" in load_article(write(variants="[95718, 卡丢了]"), FACTS).variants


@pytest.mark.parametrize("field", ["id", "title", "category", "audience", "variants", "effective", "review"])
def test_a_missing_field_is_named(write: Write, field: str) -> None:
    with pytest.raises(ArticleError) as caught:
        load_article(write(**{field: None}), FACTS)
    assert (caught.value.file, caught.value.field) == ("cards/card-lost.md", field)
    assert "cards/card-lost.md" in str(caught.value) and field in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("id", "Card_Lost", "kebab-case"),
        ("id", "../../etc/passwd", "kebab-case"),
        ("title", "[列表]", "must be text"),
        ("title", '""', "is empty"),
        ("title", '"一\\u0000二"', "control character"),
        ("title", '"一\\n二"', "control character"),
        ("title", "true", "must be text"),
        ("title", "'<img src=x onerror=alert(1)>'", "HTML"),
        ("title", "'{{ no.such }}'", "unknown fact 'no.such'"),
        ("category", "信用卡", "kebab-case"),
        ("audience", "everyone", "personal or business"),
        ("variants", "卡丢了", "must be a list"),
        ("variants", "[]", "empty list"),
        ("variants", "[卡丢了, {a: b}]", "must be text"),
        ("variants", "[卡丢了, null]", "must be text"),
        ("effective", "soon", "must be a date"),
        ("effective", "2026-01-01 08:00:00", "must be a date"),
        ("review", "20270101", "must be a date"),
        ("related", "card-found", "must be a list"),
        ("action", "rm", "not a self-service"),
        ("product", "W101", "must be a product's code"),
        ("product", "yc-w101", "must be a product's code"),
        ("product", "YC-W1011", "must be a product's code"),
        ("product", "YC-W１０１", "must be a product's code"),
        ("product", "[YC-W101]", "must be text"),
        ("product", "null", "is missing"),
    ],
)
def test_a_bad_value_is_refused(write: Write, field: str, value: str, problem: str) -> None:
    with pytest.raises(ArticleError, match=problem) as caught:
        load_article(write(**{field: value}), FACTS)
    assert caught.value.field == field


def test_an_unknown_field_is_refused(write: Write) -> None:
    with pytest.raises(ArticleError, match="tags: is not a field"):
        load_article(write(tags="[a]"), FACTS)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "front matter"),
        (b"# no front matter", "front matter"),
        (b"---\nid: a\n", "front matter"),
        (b"---\n- a\n---\nbody", "must be a mapping"),
        (b"---\nid: [\n---\nbody", "bad YAML"),
        (b"---\nid: a\nid: b\n---\nbody", "'id' is repeated"),
        (b"---\nid: !!python/object/apply:os.system [ls]\n---\nbody", "bad YAML"),
        (b"---\neffective: 2026-13-45\n---\nbody", "bad YAML"),
        (b"---\nid: " + b"[" * 1500 + b"\n---\nbody", "bad YAML"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "bad.md"
    path.write_bytes(content)
    with pytest.raises(ArticleError, match=problem):
        load_article(path, FACTS)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(write: Write) -> None:
    path = write()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_article(path, FACTS).id == "card-lost"


@pytest.mark.parametrize("body", ["", "   "])
def test_an_empty_body_is_refused(write: Write, body: str) -> None:
    with pytest.raises(ArticleError, match="body: is empty"):
        load_article(write(body=body), FACTS)


def test_html_and_unknown_facts_in_the_body_are_refused(write: Write) -> None:
    with pytest.raises(ArticleError, match="body: holds HTML"):
        load_article(write(body="点<a href='x'>这里</a>"), FACTS)
    with pytest.raises(ArticleError, match=r"body: unknown fact 'card\.gone'"):
        load_article(write(body="{{ card.gone }}"), FACTS)


def test_articles_come_in_order_of_id_and_hidden_files_are_left_out(write: Write) -> None:
    folder = write("cards/b.md", id="b").parent.parent
    write("cards/a.md", id="a")
    write("cards/.draft.md", id="draft")
    assert [article.id for article in load_articles(folder, FACTS)] == ["a", "b"]


def test_an_id_used_twice_is_refused(write: Write) -> None:
    folder = write("cards/a.md").parent.parent
    write("loans/b.md")
    with pytest.raises(ArticleError, match=r"b\.md: id: 'card-lost' is used by another file"):
        load_articles(folder, FACTS)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="nowhere: folder: does not exist"):
        load_articles(tmp_path / "nowhere", FACTS)


def test_facts_are_flat_text(tmp_path: Path) -> None:
    path = tmp_path / "facts.yml"
    path.write_text("card: {fee: 10元, replace: {days: 7}}\nhotline: 95718\n", encoding="utf-8")
    facts = load_facts(path)
    assert facts.keys() == {"card.fee", "card.replace.days", "hotline"}
    assert facts["card.replace.days"] == "7"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "mapping of sections"),
        ("- a", "mapping of sections"),
        ("card: {fee: }", r"card\.fee: must be text"),
        ("card: {fee: true}", r"card\.fee: must be text"),
        ("card: {fee: [1]}", r"card\.fee: must be text"),
        ("card: {费: 1}", "English letters"),
        ("card: {fee: 1, fee: 2}", "'fee' is repeated"),
        ("card: {", "bad YAML"),
    ],
)
def test_bad_facts_are_refused(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "facts.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ArticleError, match=problem):
        load_facts(path)


def test_missing_facts_are_named(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=r"facts\.yml: file: cannot be read"):
        load_facts(tmp_path / "facts.yml")
