"""The risk questionnaire's data file, and the level that follows from answers. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from integrations.crm.bank.data import Entry, Text, read_file, refuse_doubles
from integrations.crm.recommendations.errors import IncompleteAnswers

QUESTIONNAIRE_FILE = Path(__file__).with_name("risk_questionnaire.yml")
Level = Annotated[int, Field(ge=1, le=5)]


class Option(Entry):
    """One answer to choose; `key` is A–E."""

    key: Annotated[str, Field(pattern="^[A-E]$")]
    text: Text
    points: Annotated[int, Field(ge=0, le=10)]


class Question(Entry):
    """One question with two to five options."""

    id: Annotated[str, Field(pattern="^[a-z_]{2,20}$")]
    text: Text
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=5)]

    @model_validator(mode="after")
    def _one_option_a_key(self) -> Self:
        refuse_doubles([option.key for option in self.options], "key")
        return self

    def points(self, key: str) -> int | None:
        """What an answer counts; None where the question has no such option."""
        return next((option.points for option in self.options if option.key == key), None)


class Cap(Entry):
    """A knock-out rule: where all its conditions hold, the level is at most `level`."""

    level: Level
    answers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    from_age: Annotated[int, Field(ge=18, le=120)] | None = None
    why: Annotated[str, Field(min_length=1, max_length=120)]

    @model_validator(mode="after")
    def _has_conditions(self) -> Self:
        if not self.answers and self.from_age is None:
            raise ValueError("a rule without condition would lower everybody's level")
        return self

    def holds(self, answers: Mapping[str, str], age: int) -> bool:
        """Whether the rule applies."""
        if self.from_age is not None and age < self.from_age:
            return False
        return all(answers[question] in keys for question, keys in self.answers.items())


class Questionnaire(Entry):
    """Questions, the smallest score of each level (C1 first), and knock-out rules."""

    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    bands: Annotated[tuple[int, ...], Field(min_length=5, max_length=5)]
    at_most: tuple[Cap, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        refuse_doubles([question.id for question in self.questions], "id")
        if self.bands[0] != 0 or list(self.bands) != sorted(set(self.bands)):
            raise ValueError("bands must begin with 0 and grow")
        known = {question.id: question for question in self.questions}
        for cap in self.at_most:
            for asked, keys in cap.answers.items():
                if asked not in known or any(known[asked].points(key) is None for key in keys):
                    raise ValueError(f"a rule names {asked} {', '.join(keys)}, which is not there")
        return self


@lru_cache
def read_questionnaire(path: Path = QUESTIONNAIRE_FILE) -> Questionnaire:
    """The questionnaire. Raises BadBankData, which names the entry."""
    return read_file(path, Questionnaire)


def judge(questionnaire: Questionnaire, answers: Mapping[str, str], age: int) -> tuple[int, int]:
    """Level 1–5 and score of complete answers by someone of that age in completed years.

    Raises IncompleteAnswers: a missing, an unknown or a superfluous answer must not decide a level.
    """
    points = {
        question.id: question.points(answers.get(question.id, "")) for question in questionnaire.questions
    }
    missing = [asked for asked in points if asked not in answers]
    unknown = [asked for asked in answers if points.get(asked) is None]
    if missing or unknown:
        raise IncompleteAnswers(missing=missing, unknown=unknown)
    score = sum(found for found in points.values() if found is not None)
    level = sum(score >= smallest for smallest in questionnaire.bands)
    return min([level, *(cap.level for cap in questionnaire.at_most if cap.holds(answers, age))]), score
