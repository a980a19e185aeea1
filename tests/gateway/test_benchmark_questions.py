"""Labelled questions: bad labels are named, answers are read by the product's own words."""

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.crm.settings import PROJECT
from integrations.gateway.cli.ask import Asked
from integrations.gateway.cli.benchmark_questions import Outcomes, hashed, read_labels
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.question_scores import Label, Outcome
from integrations.gateway.knowledge import articles
from knowledge_base.articles import Article
from tests.gateway.refusals import refused
from tests.gateway.test_operator_tools import qiantai
from tests.system import System

ASKS_BACK = "您想问的是下面哪一个？都不是的话，请换个说法，或回复「人工」。"
QUESTION = "银行卡被ATM吞了怎么办"
ROW: dict[str, Any] = {
    "id": hashed(QUESTION),
    "scope": "in",
    "articles": ["cards/card-swallowed"],
    "actions": ["branch"],
}


@pytest.fixture(scope="module")
def known() -> list[Article]:
    return articles()


def labels(folder: Path, *rows: Any) -> Path:
    file = folder / "labels.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


# ---- labels


def test_the_projects_labels_are_sound(known: list[Article]) -> None:
    found = read_labels(PROJECT / "tests/evaluation/questions.jsonl", known)
    assert len(found) >= 400


def test_a_label_is_read(tmp_path: Path, known: list[Article]) -> None:
    assert read_labels(labels(tmp_path, ROW), known) == {
        hashed(QUESTION): Label("in", frozenset({"card-swallowed"}), frozenset({"branch"}), "cards")
    }


@pytest.mark.parametrize(("scope", "category"), [("in", "服务"), ("out", "无关"), ("other", "他行他司")])
def test_a_label_without_articles_is_counted_as_a_service_or_by_its_scope(
    tmp_path: Path, known: list[Article], scope: str, category: str
) -> None:
    [label] = read_labels(labels(tmp_path, ROW | {"scope": scope, "articles": []}), known).values()
    assert label.category == category


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ([], "needs exactly the fields"),
        ({"id": ROW["id"]}, "needs exactly the fields"),
        (ROW | {"text": QUESTION}, "needs exactly the fields"),
        (ROW | {"id": 1}, "the id must be"),
        (ROW | {"id": "0123"}, "the id must be"),
        (ROW | {"scope": "inside"}, "the scope must be one of"),
        (ROW | {"scope": []}, "the scope must be one of"),
        (ROW | {"articles": ["cards/nowhere"]}, "articles must be a list of known ones"),
        (ROW | {"articles": "cards/card-swallowed"}, "articles must be a list of known ones"),
        (ROW | {"articles": [["cards/card-swallowed"]]}, "articles must be a list of known ones"),
        (ROW | {"actions": ["dance"]}, "actions must be a list of known ones"),
        (ROW | {"actions": None}, "actions must be a list of known ones"),
    ],
)
def test_a_bad_label_is_named_by_its_line(
    tmp_path: Path, known: list[Article], row: Any, problem: str
) -> None:
    with pytest.raises(CliError, match=f"line 2: {problem}"):
        read_labels(labels(tmp_path, ROW | {"id": "0" * 16}, row), known)


def test_an_id_given_twice_is_refused(tmp_path: Path, known: list[Article]) -> None:
    with pytest.raises(CliError, match="line 2: the id is there twice"):
        read_labels(labels(tmp_path, ROW, ROW), known)


@pytest.mark.parametrize("content", [b"{", b"[" * 100_000, b"id,scope"])
def test_what_is_not_json_is_named(tmp_path: Path, known: list[Article], content: bytes) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_bytes(content)
    with pytest.raises(CliError, match="line 1: not JSON"):
        read_labels(file, known)


# ---- the command


def test_refusals(tmp_path: Path) -> None:
    questions = tmp_path / "questions.txt"
    questions.write_text("今天天气\n", encoding="utf-8")
    file = str(labels(tmp_path, ROW))
    ask = ["benchmark", "questions", "--labels"]
    assert "Could not read" in refused(*ask, str(tmp_path / "none.jsonl"))
    assert "No question of" in refused(*ask, file, "--questions", str(questions))
    questions.write_text(QUESTION, encoding="utf-8")
    bank = ["--questions", str(questions), "--own-bank", "哪家银行"]
    assert "哪家银行 is not in" in refused(*ask, file, *bank)
    questions.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in refused(*ask, file, "--questions", str(questions))


@pytest.mark.live
@pytest.mark.xdist_group("system")
def test_the_running_system_is_judged(system: System, tmp_path: Path) -> None:
    other = "工行信用卡怎么申请"
    questions = tmp_path / "questions.txt"
    questions.write_text(f"{QUESTION}\n没有标注的问题\n{other}\n", encoding="utf-8")
    file = labels(
        tmp_path,
        ROW,
        {"id": hashed(other), "scope": "other", "articles": [], "actions": []},
        {"id": "0" * 16, "scope": "out", "articles": [], "actions": []},
    )
    out, plot = tmp_path / "out.jsonl", tmp_path / "plot.png"
    arguments = ["--labels", str(file), "--questions", str(questions), "--out", str(out), "--plot", str(plot)]
    output = qiantai(system, "benchmark", "questions", *arguments)
    figures = dict(line.split(": ") for line in output.splitlines() if ": " in line)
    assert figures["labels_without_question"] == "1" and figures["questions"] == "2"
    assert figures["answered_rightly"] == "1.0000" and figures["wrong"] == "0.0000"
    assert figures["in_scope_answered_rightly"] == figures["out_of_scope_recognised"] == "1.0000"
    assert output.rstrip().splitlines()[-1].startswith("p50_ms: ")
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["verdict"] for row in rows] == ["right", "right"]
    for file in (plot, tmp_path / "plot-confidence.png"):
        assert file.read_bytes().startswith(b"\x89PNG")


# ---- reading an answer


def asked(*replies: dict[str, Any], article: str | None = None, intent: str = "ask_card_use") -> Asked:
    shown = {"id": article, "title": ""} if article else None
    return Asked("问", list(replies), {"intent": intent, "article": shown}, 1.0)


def said(text: str, *titles: str) -> dict[str, Any]:
    return {"text": text, "buttons": [{"title": title, "payload": title} for title in titles]}


@pytest.fixture(scope="module")
def read_outcome(known: list[Article]) -> Outcomes:
    return Outcomes(known)


def test_an_article_counts_as_shown_and_no_service_beside_it(read_outcome: Outcomes) -> None:
    found = read_outcome(asked(said("答案", "有用", "没用"), article="card-swallowed", intent="balance"))
    assert found == Outcome(article="card-swallowed")


def test_buttons_are_offers_in_their_order_but_for_the_person(
    read_outcome: Outcomes, known: list[Article]
) -> None:
    first, second = known[:2]
    titles = [second.title, first.title, "查询余额", "人工", "都不是"]
    found = read_outcome(asked(said(ASKS_BACK, *titles), intent="balance"))
    assert found == Outcome(offered=(second.id, first.id, "balance"))


def test_a_guess_is_known_by_its_words(read_outcome: Outcomes) -> None:
    text = "您想问的可能是「吞卡怎么办」：\n\n请联系网点。\n\n来源：《办法》，2026年1月1日起执行"
    assert read_outcome(asked(said(text, "有用"), article="card-swallowed")).guess
    assert not read_outcome(asked(said(text.partition("\n\n")[2]), article="card-swallowed")).guess


def test_a_service_that_owned_up_is_none(read_outcome: Outcomes) -> None:
    assert read_outcome(asked(said("您是想办理下面哪一项？", "查询余额"), intent="rates")).service is None


def test_a_service_is_known_by_its_intent(read_outcome: Outcomes) -> None:
    assert read_outcome(asked(said("请先核实身份"), intent="balance")) == Outcome(service="balance")
    assert read_outcome(asked(said("抱歉", "人工"))) == Outcome()


@pytest.mark.parametrize("hotline", ["", "可以拨打客服电话 95588。"])
def test_not_ours_is_known_by_its_words(read_outcome: Outcomes, hotline: str) -> None:
    text = f"您问的是工商银行的业务，我这里查不到，也不能代为办理，请以该机构的答复为准。{hotline}"
    assert read_outcome(asked(said(text))).not_ours
