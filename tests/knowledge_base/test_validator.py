"""Each check of the validator fails on its own, with one line that says where and what."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base.facts import Facts
from knowledge_base.validator import (
    ARTICLES_FOLDER,
    BENCHMARK_WORDS,
    RISK_WORDS,
    check_folder,
    forbidden_promises,
    main,
)

Write = Callable[..., Path]
FACTS = Facts({"card.fee": "10元"})


@pytest.fixture
def folder(write: Write) -> Path:
    """Three sound articles that refer to one another."""
    ids = ["card-lost", "card-found", "card-new"]
    for id_ in ids:
        others = ", ".join(other for other in ids if other != id_)
        variants = ", ".join(f"{id_}问法{number}" for number in range(8))
        write(
            f"cards/{id_}.md", id=id_, title=f"{id_}怎么办", variants=f"[{variants}]", related=f"[{others}]"
        )
    return write("cards/card-lost.md").parent.parent


def problems(folder: Path, **options: dt.date) -> list[str]:
    return [str(problem) for problem in check_folder(folder, FACTS, **options)]


def test_sound_articles_have_no_problem(folder: Path) -> None:
    assert problems(folder) == []


def test_the_real_articles_have_no_problem(facts: Facts) -> None:
    assert [str(problem) for problem in check_folder(ARTICLES_FOLDER, facts)] == []


TOO_LONG = "长" * 41


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"id": "card-other"}, "id: 'card-other' differs from the file name 'card-lost'"),
        ({"category": "loans"}, "category: 'loans' differs from the folder 'cards'"),
        ({"review": "2026-01-01"}, "review: 2026-01-01 is not later than effective 2026-01-01"),
        ({"title": "怎" * 31}, "title: has 31 characters"),
        ({"variants": "[一, 二, 三, 四, 五, 六, 七]"}, "variants: there are 7, not 8 to 15"),
        ({"variants": f"[{', '.join(map(str, range(16)))}]"}, "variants: there are 16, not 8 to 15"),
        ({"variants": f"[{TOO_LONG}, 二, 三, 四, 五, 六, 七, 八]"}, "is longer than 40 characters"),
        ({"variants": "[一, 一？, 三, 四, 五, 六, 七, 八]"}, "variants: '一？' is written twice"),
        ({"variants": "['？？', 二, 三, 四, 五, 六, 七, 八]"}, "'？？' has no letter"),
        ({"variants": "[card-new问法1, 二, 三, 四, 五, 六, 七, 八]"}, "points at cards/card-lost.md too"),
        ({"title": "CARD-NEW 怎么办！"}, "points at cards/card-lost.md too"),
        ({"title": "card-new 怎么办呢"}, "title: 'card-new怎么办' is nearly 'card-new 怎么办呢' of"),
        ({"related": "[card-new]"}, "related: there are 1, not 2 to 4"),
        ({"related": "[card-new, card-gone]"}, "related: there is no article 'card-gone'"),
        ({"related": "[card-new, card-lost]"}, "related: points at the article itself"),
        ({"related": "[card-new, card-new]"}, "related: names an article twice"),
        ({"body": "太短了。"}, "body: has 3 Chinese characters"),
        ({"body": "很长" * 300}, "body: has 600 Chinese characters"),
        ({"body": "这款产品保本，请放心购买。" * 8}, "body: promises '保本'"),
        ({"body": "费用是{ card.fee }元，您可以马上挂失。" * 8}, "body: has a brace left over"),
        ({"body": "费用是{{ card fee }}元，您可以马上挂失。" * 8}, "body: has a brace left over"),
        ({"title": "卡丢了\ufffd怎么办"}, "title: holds a broken character"),
        ({"title": None}, "title: is missing"),
        ({"body": "{{ card.gone }}"}, "body: unknown fact 'card.gone'"),
    ],
)
def test_each_check_fails(folder: Path, write: Write, changes: dict[str, str], line: str) -> None:
    write("cards/card-lost.md", **changes)
    found = problems(folder)
    assert any(line in problem for problem in found), found
    assert all(problem.startswith("cards/") and "\n" not in problem for problem in found)


def test_a_product_has_one_article(folder: Path, write: Write) -> None:
    for id_ in ("card-lost", "card-found"):
        path = folder / f"cards/{id_}.md"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("category:", "product: YC-K601\ncategory:"), encoding="utf-8")
    assert problems(folder) == ["cards/card-lost.md: product: YC-K601 has cards/card-found.md already"]


@pytest.mark.parametrize(
    ("code", "due"),
    [
        ("YC-W101", [RISK_WORDS, BENCHMARK_WORDS]),
        ("YC-F301", [RISK_WORDS]),
        ("YC-D101", []),
        ("YC-I405", []),
    ],
)
def test_wealth_and_funds_come_with_their_warnings(
    folder: Path, write: Write, code: str, due: list[str]
) -> None:
    variants = f"[{', '.join(f'card-lost问法{number}' for number in range(8))}]"
    sound = {"title": "card-lost怎么办", "variants": variants, "product": code}
    write("cards/card-lost.md", **sound)
    told = [f"cards/card-lost.md: body: explains {code} without the words {words!r}" for words in due]
    assert problems(folder) == sorted(told)
    write("cards/card-lost.md", "您可以在手机银行查看。" * 10 + "，".join(due), **sound)
    assert problems(folder) == []


def test_an_id_in_two_folders_is_one_problem_a_file(folder: Path, write: Write) -> None:
    write("loans/card-lost.md", category="loans", title="另一篇", variants="[甲, 乙, 丙, 丁, 戊, 己, 庚, 辛]")
    assert "loans/card-lost.md: id: 'card-lost' is used by cards/card-lost.md too" in problems(folder)


def test_a_review_is_due_only_when_asked_for(folder: Path) -> None:
    assert problems(folder, review_on=dt.date(2026, 12, 31)) == []
    assert "cards/card-new.md: review: was due on 2027-01-01" in problems(
        folder, review_on=dt.date(2027, 1, 1)
    )


def test_an_empty_or_missing_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert problems(tmp_path / "empty") == ["empty: folder: holds no article"]
    assert problems(tmp_path / "gone") == ["gone: folder: does not exist"]


@pytest.mark.parametrize(
    "text",
    ["本产品保本保息", "稳赚不赔", "您的申请一定通过", "保证收益5%", "零风险", "百分百通过审批", "我行包过"],
)
def test_promises_are_found(text: str) -> None:
    assert forbidden_promises(text)


@pytest.mark.parametrize(
    "text",
    [
        "理财产品不保本",
        "银行不承诺保证收益",
        "凡是声称稳赚的都要当心",
        "「稳赚不赔」都是骗局",
        "理财并非零风险",
    ],
)
def test_denials_and_warnings_are_allowed(text: str) -> None:
    assert forbidden_promises(text) == []


def test_a_denial_covers_only_its_own_sentence() -> None:
    assert forbidden_promises("理财不是存款。本产品保本。") == ["保本"]


def test_command_line(folder: Path, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = tmp_path / "facts.yml"
    facts.write_text("card: {fee: 10元}", encoding="utf-8")
    assert main([str(folder), "--facts", str(facts)]) == 0
    assert "3 articles, no problem" in capsys.readouterr().out
    write("cards/card-lost.md", category="loans", related="[card-new]")
    assert main([str(folder), "--facts", str(facts)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
    facts.write_text("card: {", encoding="utf-8")
    assert main([str(folder), "--facts", str(facts)]) == 1
    assert "facts.yml: file: bad YAML" in capsys.readouterr().out
