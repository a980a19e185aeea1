"""Search over the bank's real articles, and over small made ones for the edges."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge_base.articles import Article
from knowledge_base.calibration import curve
from knowledge_base.decision import ANSWER_FROM
from knowledge_base.facts import ArticleError
from knowledge_base.other_brands import Institution
from knowledge_base.search import Search, load_background
from knowledge_base.text_list import read_lines
from tests.knowledge_base.conftest import CountingEncoder, make_article

FIXTURES = Path(__file__).parent / "fixtures"
OUT_OF_SCOPE = read_lines(FIXTURES / "out_of_scope.txt")
PARAPHRASES = [
    (question, set(ids.split("|")))
    for question, ids in (line.split("\t") for line in read_lines(FIXTURES / "paraphrases.tsv"))
]


def test_every_title_and_variant_finds_its_article_for_certain(
    search: Search, articles: list[Article]
) -> None:
    for article in articles:
        for text in (article.title, *article.variants[::4]):
            answer = search.ask(f" {text}？")
            assert (answer.kind, answer.confidence) == ("answer", 1.0), text
            assert answer.article is not None and answer.article.id == article.id, text


def test_an_answer_suggests_its_related_articles(search: Search, articles: list[Article]) -> None:
    for article in articles:
        assert [other.id for other in search.ask(article.title).suggestions] == list(article.related)


def test_paraphrases_find_their_article(search: Search) -> None:
    assert len(PARAPHRASES) >= 60
    assert {id_ for _, ids in PARAPHRASES for id_ in ids} <= set(search.articles)
    first = [search.search(question, 1)[0].article.id in ids for question, ids in PARAPHRASES]
    three = [
        any(hit.article.id in ids for hit in search.search(question, 3)) for question, ids in PARAPHRASES
    ]
    assert sum(first) / len(first) >= 0.84
    assert sum(three) / len(three) >= 0.95


def test_paraphrases_are_seldom_answered_wrongly(search: Search) -> None:
    answers = [(search.ask(question), ids) for question, ids in PARAPHRASES]
    stated = [answer.article.id in ids for answer, ids in answers if answer.article]
    shown = [answer.likeliest.id in ids for answer, ids in answers if answer.likeliest]
    assert len(stated) / len(answers) >= 0.5
    assert sum(stated) / len(stated) >= 0.95
    assert len(shown) / len(answers) >= 0.8
    assert sum(shown) / len(shown) >= 0.9


def test_out_of_scope_is_seldom_answered(search: Search) -> None:
    assert not set(OUT_OF_SCOPE) & set(load_background())
    kinds = [search.ask(question).kind for question in OUT_OF_SCOPE]
    assert kinds.count("answer") / len(kinds) <= 0.1
    assert (kinds.count("answer") + kinds.count("guess")) / len(kinds) <= 0.18
    assert kinds.count("unsure") / len(kinds) >= 0.55


def test_variants_that_the_classifier_never_saw_are_mostly_answered_rightly(search: Search) -> None:
    """They are harder than customers' questions: an article's variants are written to differ."""
    (point,) = curve(search.index, [ANSWER_FROM])
    assert point.answered >= 0.25
    assert point.right >= 0.7
    assert point.wrongly <= 0.03


@pytest.mark.parametrize("text", ["", "   ", "？！。", "\u200b", "\n\t"])
def test_a_text_without_words_is_unsure(search: Search, text: str) -> None:
    assert search.search(text) == []
    assert search.ask(text).kind == "unsure"


@pytest.mark.parametrize(
    "text", ["卡" * 5000, "🙂🙂🙂", "\ud800", "a\x00b", "' OR 1=1 --", "{{ card.fee }}", "%s%n"]
)
def test_odd_texts_do_no_harm(search: Search, text: str) -> None:
    assert search.ask(text).kind in {"answer", "suggest", "unsure"}


@pytest.mark.parametrize("text", ["微信", "信用卡", "转账？", "贷款"])
def test_a_bare_subject_is_not_answered(search: Search, text: str) -> None:
    assert search.ask(text).kind != "answer"


def test_another_bank_is_named_and_our_rule_is_for_reference(search: Search) -> None:
    answer = search.ask("工行信用卡年费怎么收")
    assert answer.other_brand == Institution("工商银行", "bank", "95588")
    found = answer.article or answer.suggestions[0]
    assert found.id == "credit-annual-fee"
    ours = search.ask("转账到招商银行多久能到账")
    assert (ours.other_brand, ours.likeliest and ours.likeliest.id) == (None, "transfer-arrival-time")


@pytest.mark.parametrize(
    "text", ["花呗怎么提前还款", "借呗利息多少", "微粒贷额度怎么恢复", "【极速贷】您有5万额度"]
)
def test_a_lender_is_never_answered_with_our_loans(search: Search, text: str) -> None:
    answer = search.ask(text)
    assert answer.other_brand is not None
    about = (*search.brands.about_lenders, *search.brands.about_wallets)
    shown = [answer.article] if answer.article else answer.suggestions
    assert shown and all(article.id in about for article in shown)


def test_politeness_and_our_name_change_nothing(search: Search) -> None:
    plain = search.search("怎么提高信用卡的额度")[0]
    polite = search.search("您好，请问云川银行怎么提高信用卡的额度呢？")[0]
    assert (plain.article, plain.score) == (polite.article, polite.score)


def test_hits_are_ordered_distinct_and_as_many_as_asked(search: Search) -> None:
    found = search.search("卡里的钱怎么少了", 7)
    assert len(found) == len({hit.article.id for hit in found}) == 7
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in found)
    assert all(hit.variant in hit.article.questions for hit in found)
    assert search.search("卡里的钱怎么少了", 0) == []


def test_threads_get_the_same_answers(search: Search) -> None:
    questions = [question for question, _ in PARAPHRASES[:24]]
    alone = [search.ask(question) for question in questions]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(search.ask, questions))
    assert [answer.article for answer in together] == [answer.article for answer in alone]
    assert [answer.confidence for answer in together] == pytest.approx([one.confidence for one in alone])


def test_a_title_wins_over_another_articles_variant() -> None:
    articles = [make_article("a", "补卡", title="挂失"), make_article("b", "挂失", title="换卡")]
    search = Search(articles, CountingEncoder(), background=[])
    assert search.search("挂失")[0].article.id == "a"


def test_one_article_and_no_background_is_enough() -> None:
    search = Search([make_article("only", "卡丢了")], CountingEncoder(), background=[])
    assert [hit.article.id for hit in search.search("我的卡丢了")] == ["only"]


def lender_search(*articles: Article) -> Search:
    return Search(articles, CountingEncoder(), background=[])


def test_about_a_lender_the_general_advice_is_suggested_at_least() -> None:
    general = make_article("other-lender-service", "别家贷款问谁")
    answer = lender_search(general, make_article("loan", "快贷怎么还", "花呗怎么提前还")).ask(
        "花呗如何提前还掉"
    )
    assert answer.article is None and answer.kind == "suggest"
    assert answer.suggestions == (general,)


def test_without_an_article_about_lenders_none_is_made_up() -> None:
    answer = lender_search(make_article("loan", "快贷怎么还")).ask("花呗")
    assert (answer.article, answer.other_brand) == (None, Institution("花呗", "lender", "95188"))


def test_a_variant_that_names_a_lender_is_an_ordinary_question() -> None:
    answer = lender_search(make_article("wallet", "花呗能还信用卡吗")).ask("花呗能还信用卡吗？")
    assert (answer.kind, answer.other_brand) == ("answer", None)


def test_no_article_is_an_error() -> None:
    with pytest.raises(ArticleError, match="holds no article"):
        Search([], CountingEncoder())


def test_related_articles_that_are_not_there_are_left_out(small: list[Article]) -> None:
    search = Search(small, CountingEncoder(), background=[])
    assert search.related(small[0]) == []
