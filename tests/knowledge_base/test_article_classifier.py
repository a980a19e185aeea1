"""The classifier of articles: what it is trained on, what it tells, and broken files named in a sentence."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.article_classifier import (
    FLOOR,
    HELD_OUT,
    LABELS_FILE,
    NOTHING,
    ArticleClassifier,
    held_out,
    is_held_out,
    training_rows,
)
from knowledge_base.articles import Article
from knowledge_base.facts import ArticleError
from knowledge_base.index import Index, _Question, make_rows
from knowledge_base.pretrained import load
from knowledge_base.question_text import condense
from knowledge_base.search import load_background
from knowledge_base.transformer import Transformer
from tests.knowledge_base.conftest import CountingEncoder, make_article

QUESTIONS = {
    NOTHING: "今天天气怎么样",
    "card-lost": "银行卡丢了怎么挂失",
    "loan-rate": "贷款利率是多少",
    "transfer-fee": "转账手续费怎么收",
}
MANY = make_article("many", *(f"问法{number}" for number in range(9)), title="标题")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the training leaves it: the pretrained weights, and a head that points at the questions.

    A real training takes minutes.
    """
    folder = tmp_path_factory.mktemp("articles-trained")
    tokenizer, weights = load()
    means = Transformer.from_weights(tokenizer, weights)(list(QUESTIONS.values()))
    centre = means.mean(axis=0)
    towards = means - centre
    towards *= 20 / np.linalg.norm(towards, axis=1, keepdims=True) ** 2
    head = {"head.w": np.ascontiguousarray(towards.T), "head.b": -towards @ centre}
    Transformer.from_weights(tokenizer, weights | head).save(folder)
    (folder / LABELS_FILE).write_text(json.dumps(list(QUESTIONS)), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def classifier(trained: Path) -> ArticleClassifier:
    return ArticleClassifier(trained)


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """The same folder, its files linked, to break one of them."""
    folder = tmp_path / "articles-copied"
    folder.mkdir()
    for file in trained.iterdir():
        (folder / file.name).hardlink_to(file)
    return folder


# ---- what it is trained on


def test_a_variant_is_held_out_whatever_their_order() -> None:
    kept = held_out(MANY)
    assert len(kept) == HELD_OUT and kept < set(MANY.variants)
    assert held_out(replace(MANY, variants=MANY.variants[::-1])) == kept
    assert held_out(replace(MANY, title="别的标题", body="别的")) == kept


@pytest.mark.parametrize("count", range(1, 2 * HELD_OUT + 2))
def test_an_article_of_few_variants_is_learned_whole(count: int) -> None:
    few = make_article("few", *(f"问法{number}" for number in range(count)))
    assert len(held_out(few)) == (HELD_OUT if count > 2 * HELD_OUT else 0)


def test_rows_are_titles_and_variants_but_for_those_held_out() -> None:
    rows = training_rows([MANY], [], lambda text: f"<{text}>")
    wanted = ["标题", *(text for text in MANY.variants if text not in held_out(MANY))]
    assert rows == [("many", f"<{text}>") for text in wanted]


def test_questions_that_no_article_answers_are_labelled_nothing() -> None:
    background = [f"闲聊{number}" for number in range(40)]
    learned = [text for text in background if not is_held_out(text)]
    assert training_rows([], background, condense) == [(NOTHING, text) for text in learned]
    assert 10 < len(learned) < 30, "about every second one"


def test_every_real_article_is_learned_and_nothing_that_the_index_learns_from(
    articles: list[Article],
) -> None:
    background = load_background()
    learned = set(training_rows(articles, background, condense))
    assert {label for label, _ in learned} == {NOTHING, *(article.id for article in articles)}
    unseen = [row for row in make_rows(articles, background) if row.held_out]
    assert sum(row.kind == "question" for row in unseen) >= HELD_OUT * len(articles) * 0.9
    labels = {row.compared: articles[row.article].id if row.article >= 0 else NOTHING for row in unseen}
    folded_alike = [text for text, label in labels.items() if (label, text) in learned]
    # Two variants may differ in nothing but politeness.
    assert len(folded_alike) < len(labels) * 0.02, folded_alike[:5]


# ---- what it tells


def test_a_question_gets_its_article(classifier: ArticleClassifier) -> None:
    assert classifier.ids == list(QUESTIONS)
    for place, question in enumerate(QUESTIONS.values()):
        told = classifier.log_probabilities(question)
        assert np.argmax(told) == place
        assert told.dtype == np.float64 and told.shape == (len(QUESTIONS),)


@pytest.mark.parametrize("text", [*QUESTIONS.values(), "", "🙂", "卡" * 500, "hello"])
def test_probabilities_sum_to_one_down_to_the_floor(classifier: ArticleClassifier, text: str) -> None:
    told = classifier.log_probabilities(text)
    assert (told >= FLOOR).all() and (told <= 0).all()
    assert np.exp(told).sum() == pytest.approx(1, abs=1e-3)


def test_what_is_out_of_the_question_lies_on_the_floor(
    classifier: ArticleClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = np.array([[0.0, 400.0, 0.0, 399.0]], dtype=np.float32)
    monkeypatch.setattr(classifier, "_transformer", lambda texts: scores)
    assert classifier.log_probabilities("卡").tolist() == pytest.approx(
        [FLOOR, -0.3133, FLOOR, -1.3133], abs=1e-4
    )


def test_the_index_takes_its_word_by_id(classifier: ArticleClassifier) -> None:
    """The articles stand in another order, one is new and one is gone."""
    known = [
        make_article("new", "新文章", "新的问法"),
        make_article("loan-rate", "利息", "借钱", "年化"),
        make_article("card-lost", "不见", "丢失", "补卡"),
    ]
    rows = make_rows(known, ["今天吃什么", "讲个笑话"])
    encoder = CountingEncoder()
    vectors = encoder.encode([row.compared for row in rows])

    question = QUESTIONS["card-lost"]
    told = dict(zip(classifier.ids, classifier.log_probabilities(question), strict=True))
    index = Index(rows, vectors, [article.id for article in known], classifier)
    [vector] = encoder.encode([question])
    found = index._candidates(_Question(question, vector))
    named = {known[place].id: one.named for place, one in zip(found.articles, found.evidence, strict=True)}
    assert named == pytest.approx({"new": FLOOR, **{id_: told[id_] for id_ in ("loan-rate", "card-lost")}})
    assert found.nothing == told[NOTHING]


# ---- broken folders


def remove(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    replace_with(file, b"")


def cut(file: Path) -> None:
    replace_with(file, file.read_bytes()[: file.stat().st_size // 2])


def replace_with(file: Path, content: bytes) -> None:
    """The file may be a link to one that others need."""
    file.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize("break_it", [remove, empty, cut])
@pytest.mark.parametrize("name", [LABELS_FILE, "tokenizer.json", "word.npy", "transformer.onnx"])
def test_a_file_missing_or_broken(copied: Path, name: str, break_it: Callable[[Path], None]) -> None:
    break_it(copied / name)
    with pytest.raises(ArticleError, match=r"^articles-copied: classifier: .*remove the folder"):
        ArticleClassifier(copied)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{}", "not a list of article ids"),
        ('["card-lost", 3]', "not a list of article ids"),
        ('["card-lost"]', "1 labels for 4 classes"),
        (json.dumps([*QUESTIONS, "one-more"]), "5 labels for 4 classes"),
        ("\udcff", "cannot be read"),
    ],
)
def test_labels_that_do_not_fit(copied: Path, content: str, problem: str) -> None:
    replace_with(copied / LABELS_FILE, content.encode(errors="surrogateescape"))
    with pytest.raises(ArticleError, match=problem):
        ArticleClassifier(copied)


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=r"labels\.json cannot be read \(FileNotFoundError\)"):
        ArticleClassifier(tmp_path / "nowhere")
