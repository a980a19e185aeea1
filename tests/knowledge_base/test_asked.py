"""Further questions of the articles, from files beside them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base.article_classifier import training_rows
from knowledge_base.asked import QUESTIONS_FOLDER, load_asked, with_asked
from knowledge_base.facts import ArticleError, Facts
from knowledge_base.question_text import condense
from knowledge_base.search import Search
from knowledge_base.validator import check_folder
from tests.knowledge_base.conftest import CountingEncoder, make_article

LOST, FOUND = make_article("lost", "卡丢了"), make_article("found", "卡找到了")


def questions(folder: Path, text: str, name: str = "cards.tsv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_questions_belong_to_their_articles(tmp_path: Path) -> None:
    folder = questions(tmp_path, "# 说明\nlost\t卡不见了 咋整\n\nlost\t卡被偷了\nfound\t卡在沙发底下\n")
    lost, found = with_asked([LOST, FOUND], folder)
    assert (lost.asked, found.asked) == (("卡不见了 咋整", "卡被偷了"), ("卡在沙发底下",))
    assert lost.questions == (LOST.title, *LOST.variants, *lost.asked)
    assert ("lost", condense("卡被偷了")) in training_rows([lost, found], [], condense)


def test_a_question_finds_its_article_for_certain(tmp_path: Path) -> None:
    articles = with_asked([LOST, FOUND], questions(tmp_path, "found\t卡在沙发底下"))
    answer = Search(articles, CountingEncoder(), background=[]).ask("卡在沙发底下！")
    assert answer.article is not None and (answer.article.id, answer.confidence) == ("found", 1.0)


def test_without_files_nothing_changes(tmp_path: Path) -> None:
    assert with_asked([LOST], tmp_path / "none") == [LOST]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lost 卡不见了", "is not an article's id, a tab and a question"),
        ("\t卡不见了", "is not an article's id, a tab and a question"),
        ("lost\t ", "is not an article's id, a tab and a question"),
        ("stolen\t卡被偷了", "'?stolen'?: is not an article"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ArticleError, match=problem):
        with_asked([LOST], questions(tmp_path, text))


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "cards.tsv").write_bytes(b"lost\t\xff\xfe")
    with pytest.raises(ArticleError, match=r"cards\.tsv"):
        load_asked(tmp_path)


def test_the_validator_reads_them_too(write: Callable[..., Path], tmp_path: Path) -> None:
    write()
    folder = tmp_path / "questions"
    folder.mkdir()
    questions(folder, f"card-lost\t卡丢了怎么办3\ncard-lost\t{'很' * 41}\n")
    fields = {problem.field for problem in check_folder(tmp_path / "articles", Facts({}))}
    assert "questions" in fields
    questions(folder, "nobody\t卡丢了")
    assert any(problem.field == "nobody" for problem in check_folder(tmp_path / "articles", Facts({})))


def test_every_article_of_ours_has_some() -> None:
    assert len(load_asked(QUESTIONS_FOLDER)) >= 600
