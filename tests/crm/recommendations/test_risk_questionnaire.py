"""The questionnaire's file, and the level that follows from answers."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from integrations.crm.bank.errors import BadBankData
from integrations.crm.recommendations.errors import IncompleteAnswers
from integrations.crm.recommendations.risk_questionnaire import (
    QUESTIONNAIRE_FILE,
    judge,
    read_questionnaire,
)

FORM = read_questionnaire()
BOLDEST = {one.id: max(one.options, key=lambda option: option.points).key for one in FORM.questions}
WARIEST = {one.id: min(one.options, key=lambda option: option.points).key for one in FORM.questions}


def level(completed_years: int, **answers: str) -> int:
    return judge(FORM, BOLDEST | answers, completed_years)[0]


def test_ten_questions_reach_every_level() -> None:
    assert len(FORM.questions) == 10
    assert judge(FORM, BOLDEST, 40) == (5, 100)
    assert judge(FORM, WARIEST, 40) == (1, 0)


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, 1), (20, 1), (21, 2), (40, 2), (41, 3), (60, 3), (61, 4), (80, 4), (81, 5), (100, 5)],
)
def test_bands(score: int, expected: int) -> None:
    assert sum(score >= smallest for smallest in FORM.bands) == expected


@pytest.mark.parametrize(
    ("changes", "age", "expected"),
    [
        ({"loss": "A"}, 40, 1),
        ({"loss": "B"}, 40, 2),
        ({"loss": "C"}, 40, 3),
        ({"loss": "D"}, 40, 5),
        ({"goal": "A"}, 40, 2),
        ({"horizon": "A"}, 40, 2),
        ({"debts": "E"}, 40, 2),
        ({"experience": "A"}, 40, 3),
        ({"years": "A"}, 40, 3),
        ({}, 64, 5),
        ({}, 65, 3),
        ({"age": "E"}, 40, 3),
        ({"income_source": "E"}, 64, 5),
        ({"income_source": "E"}, 65, 1),
        ({"income_source": "E", "age": "E"}, 40, 1),
    ],
)
def test_knock_out_rules(changes: dict[str, str], age: int, expected: int) -> None:
    assert level(age, **changes) == expected


answers = st.fixed_dictionaries(
    {one.id: st.sampled_from([option.key for option in one.options]) for one in FORM.questions}
)


@given(answers, st.integers(18, 110))
def test_whoever_bears_less_never_gets_a_higher_level(given_answers: dict[str, str], age: int) -> None:
    found = judge(FORM, given_answers, age)[0]
    assert 1 <= found <= 5
    assert judge(FORM, given_answers | {"loss": "A"}, age)[0] == 1
    assert judge(FORM, given_answers, max(age, 65))[0] <= min(found, 3)


@pytest.mark.parametrize(
    ("wrong", "missing", "unknown"),
    [
        ({}, [one.id for one in FORM.questions], []),
        ({key: value for key, value in BOLDEST.items() if key != "loss"}, ["loss"], []),
        (BOLDEST | {"loss": "F"}, [], ["loss"]),
        (BOLDEST | {"loss": "e"}, [], ["loss"]),
        (BOLDEST | {"loss": ""}, [], ["loss"]),
        (BOLDEST | {"shoe_size": "A"}, [], ["shoe_size"]),
    ],
)
def test_incomplete_answers_decide_nothing(
    wrong: dict[str, str], missing: list[str], unknown: list[str]
) -> None:
    with pytest.raises(IncompleteAnswers) as raised:
        judge(FORM, wrong, 40)
    assert raised.value.data == {"missing": missing, "unknown": unknown}


def broken(tmp_path: Path, **changes: object) -> Path:
    content = yaml.safe_load(QUESTIONNAIRE_FILE.read_text(encoding="utf-8")) | changes
    path = tmp_path / "questionnaire.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"questions": []}, "questions"),
        ({"bands": [0, 21, 41, 61]}, "bands"),
        ({"bands": [1, 21, 41, 61, 81]}, "bands"),
        ({"bands": [0, 41, 21, 61, 81]}, "bands"),
        ({"at_most": [{"level": 1, "why": "none"}]}, "condition"),
        ({"at_most": [{"level": 6, "from_age": 65, "why": "high"}]}, "level"),
        ({"at_most": [{"level": 1, "answers": {"loss": ["F"]}, "why": "key"}]}, "loss F"),
        ({"at_most": [{"level": 1, "answers": {"shoes": ["A"]}, "why": "id"}]}, "shoes"),
        ({"more": 1}, "more"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, changes: dict[str, object], named: str) -> None:
    with pytest.raises(BadBankData, match=named):
        read_questionnaire(broken(tmp_path, **changes))


@pytest.mark.parametrize(
    "content", [b"", b"- a\n- b", b"questions: [", b"\xff\xfe\x00", b"a: !!python/object:os.x"]
)
def test_a_file_that_is_no_questionnaire(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "questionnaire.yml"
    path.write_bytes(content)
    with pytest.raises(BadBankData, match=r"questionnaire\.yml"):
        read_questionnaire(path)
