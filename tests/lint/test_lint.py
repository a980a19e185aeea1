"""The lint commands find nothing here, and do find what they are for."""

from pathlib import Path

import pytest

from knowledge_base.articles import load_articles
from knowledge_base.facts import load_facts
from knowledge_base.near_duplicates import near_duplicates
from knowledge_base.text_list import read_lines
from knowledge_base.validator import ARTICLES_FOLDER, FACTS_FILE
from tests.lint import import_direction, migration_drift, nlu_data

FIXTURES = nlu_data.PROJECT / "tests/knowledge_base/fixtures"
BACKGROUND = read_lines(nlu_data.PROJECT / "knowledge_base/background.txt")
PARAPHRASES = sorted((nlu_data.PROJECT / "knowledge_base/paraphrases").glob("*.tsv"))


def test_imports_point_one_way() -> None:
    assert import_direction.violations() == []


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("integrations.crm.tickets.service", "fastapi"),
        ("integrations.crm.customers.service", "integrations.crm.conversations.service"),
        ("knowledge_base.search", "integrations.crm.models"),
        ("bot.nlu.dates", "actions.forms"),
        ("integrations.web_chat.routes", "integrations.console.pages"),
        ("actions.balance", "integrations.gateway.app"),
    ],
)
def test_a_wrong_import_is_found(module: str, target: str) -> None:
    assert import_direction._problem(module, target)


def test_migrations_agree_with_models() -> None:
    assert migration_drift.differences() == []


def test_training_data_is_clean() -> None:
    assert nlu_data.problems() == []


def intent(name: str, *examples: str, filled: bool = True) -> str:
    """A block of training data; ``filled`` brings it to the number of examples that an intent needs."""
    # Powers have few pairs of digits in common, so the fillers are no near-duplicates of one another.
    fillers = [f"{name}{7**number}" for number in range(3, 3 + nlu_data.FEWEST_EXAMPLES - len(examples))]
    lines = [*examples, *(fillers if filled else [])]
    return f"  - intent: {name}\n    examples: |\n" + "".join(f"      - {line}\n" for line in lines)


def faults(folder: Path, **topics: str) -> list[str]:
    """The faults of one file a topic; the blocks of each start in its third line."""
    for topic, blocks in topics.items():
        (folder / f"{topic}.yml").write_text(f'version: "3.1"\nnlu:\n{blocks}', encoding="utf-8")
    return nlu_data.problems(folder)


def test_sound_training_data_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, card=intent("card", "卡丢了"), loan=intent("loan", "我要贷款")) == []


def test_what_search_is_tested_with_is_nowhere_learned_from() -> None:
    asked = [line.split("\t")[0] for line in read_lines(FIXTURES / "paraphrases.tsv")]
    asked += read_lines(FIXTURES / "out_of_scope.txt")
    triplets = [line for path in PARAPHRASES for line in read_lines(path)]
    learned = [
        *article_questions(),
        *BACKGROUND,
        *(text for line in triplets for text in line.split("\t")),
    ]
    learned += [example.text for example in nlu_data.examples()]
    assert alike(asked, learned) == []


def test_the_background_holds_no_question_of_an_article() -> None:
    assert alike(BACKGROUND, article_questions()) == []


def article_questions() -> list[str]:
    articles = load_articles(ARTICLES_FOLDER, load_facts(FACTS_FILE))
    return [text for article in articles for text in (article.title, *article.variants)]


def alike(some: list[str], others: list[str]) -> list[tuple[str, str]]:
    """The pairs of a text of ``some`` and one of ``others`` that say nearly the same."""
    texts, owners = [*some, *others], ["some"] * len(some) + ["others"] * len(others)
    pairs = near_duplicates(texts, owners, above=0.75)
    return [(texts[pair.first], texts[pair.second]) for pair in pairs]


def test_an_example_in_two_intents_is_found(tmp_path: Path) -> None:
    card, loan = intent("card", "查余额"), intent("loan", "贷款", "查 余额？")
    assert faults(tmp_path, card=card, loan=loan) == [
        "loan.yml:6: 「查 余额？」 stands in loan and in card (card.yml:5)"
    ]


def test_an_example_written_twice_is_found(tmp_path: Path) -> None:
    assert (
        faults(tmp_path, card=intent("card", "卡丢了", "卡丢了！", "挂失"))
        == [
            "card.yml:6: 「卡丢了！」 stands twice in card (card.yml:5)",
            "card.yml:5: card has 39 examples, at least 40 are needed",
        ][::-1]
    )


def test_signs_alone_are_examples_of_their_own(tmp_path: Path) -> None:
    assert faults(tmp_path, talk=intent("thank", "🙏", "👍") + intent("abuse", "👎", "。。。")) == []


def test_near_duplicates_across_intents_are_found(tmp_path: Path) -> None:
    one, other = "我想查一查这张卡的余额", "我想查一查这张卡的余额啊"
    assert faults(tmp_path, a=intent("card", one), b=intent("loan", other)) == [
        f"b.yml:5: 「{other}」 of loan is nearly 「{one}」 of card (a.yml:5)"
    ]


def test_near_duplicates_within_an_intent_are_allowed(tmp_path: Path) -> None:
    assert faults(tmp_path, a=intent("card", "我想查一查这张卡的余额", "我想查一查这张卡的余额啊")) == []


def test_an_intent_with_too_few_examples_is_found(tmp_path: Path) -> None:
    assert faults(tmp_path, card=intent("card", "挂失", "卡丢了", filled=False)) == [
        "card.yml:5: card has 2 examples, at least 40 are needed"
    ]


@pytest.mark.parametrize(
    "example",
    ["查[1234](card)的余额", '转[五百]{"entity": "amount"}', "转[500] (amount)", "转{多少}元"],
)
def test_entity_markup_is_found(tmp_path: Path, example: str) -> None:
    assert faults(tmp_path, card=intent("card", "挂失", example)) == [
        f"card.yml:6: 「{example}」 carries entity markup; entities are found by rules"
    ]


@pytest.mark.parametrize("example", ["余额（活期）多少", "卡丢了[哭]", "转500(元)"])
def test_brackets_that_mark_nothing_are_allowed(tmp_path: Path, example: str) -> None:
    assert faults(tmp_path, card=intent("card", example)) == []


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("  - intent: card\n", "card.yml:3: is no intent with examples"),
        ("  - synonym: 卡\n    examples: |\n      - 银行卡\n", "card.yml:3: is no intent with examples"),
        ("  - intent: card\n    examples: |\n", "card.yml:4: card has no example"),
        ("  - intent: card\n    examples: 卡丢了\n", "card.yml:4: examples must follow a | line by line"),
        (
            "  - intent: card\n    examples: |\n      卡丢了\n",
            "card.yml:5: 「卡丢了」 must start with a dash",
        ),
        ("  - intent: [\n", "is not YAML"),
    ],
)
def test_a_block_of_another_shape_is_found(tmp_path: Path, block: str, line: str) -> None:
    [found] = faults(tmp_path, card=block)
    assert line in found
    assert "\n" not in found
