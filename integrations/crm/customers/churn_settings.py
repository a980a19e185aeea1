"""The settings of the churn model: `churn.yml`, validated when it is read."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from integrations.crm.bank.data import Entry, Text, read_file, refuse_doubles

CHURN_FILE = Path(__file__).resolve().parent / "churn.yml"

_Percent = Annotated[int, Field(strict=True, ge=1, le=99)]


class ChurnRules(Entry):
    """What counts as a customer's own doing, and from when on something is said."""

    not_own: Annotated[tuple[Text, ...], Field(min_length=1)]
    incomes: Annotated[tuple[Text, ...], Field(min_length=1)]
    purchases: Annotated[tuple[Text, ...], Field(min_length=1)]
    if_not_better: Literal["nothing", "baseline"]
    reasons_from_percent: _Percent
    warn_from_percent: _Percent
    warn_from_lifetime_value_yuan: Annotated[int, Field(strict=True, ge=0, le=100_000_000)]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse_doubles([*self.not_own, *self.purchases], "summary")
        for summary in self.incomes:
            if summary not in self.not_own:
                raise ValueError(f"incomes: {summary} is not in not_own")
        if self.reasons_from_percent > self.warn_from_percent:
            raise ValueError("reasons_from_percent: above warn_from_percent, a warning would have no reason")
        return self


@lru_cache
def read_churn_rules(path: Path = CHURN_FILE) -> ChurnRules:
    """The settings. Raises BadBankData, which names the entry."""
    return read_file(path, ChurnRules)
