"""Branches and rates: data files of the bank, validated when they are read."""

from collections import Counter
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from integrations.crm.bank.errors import BadBankData

_FOLDER = Path(__file__).resolve().parent
BRANCHES_FILE = _FOLDER / "branches.yml"
RATES_FILE = _FOLDER / "rates.yml"


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError("write the number in quotes, so that it is exact")
    return value


Text = Annotated[str, Field(min_length=1, max_length=80)]
Percent = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=36, decimal_places=4)]
BranchKind = Literal["网点", "ATM"]


class Entry(BaseModel):
    """One entry of a data file: nothing but the named fields, and no change later."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)


class Branch(Entry):
    """A branch (网点) or a self-service bank (ATM)."""

    id: Annotated[str, Field(pattern=r"^[AB]\d{3}$")]
    name: Text
    kind: BranchKind
    city: Annotated[str, Field(min_length=2, pattern="[^市]$")]
    district: Text
    address: Text
    hours: Text
    phone: Text | None
    lat: Annotated[float, Field(ge=18, le=54)]
    lon: Annotated[float, Field(ge=73, le=136)]


class DepositRate(Entry):
    """Interest on a deposit, percent a year; `months` 0 for demand deposits."""

    product: Text
    term: Text
    months: Annotated[int, Field(ge=0, le=60)]
    rate: Percent


class DepositRates(Entry):
    """All deposit rates and the day since which they hold."""

    effective_date: date
    rates: Annotated[tuple[DepositRate, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_rate_a_term(self) -> Self:
        refuse_doubles([(row.product, row.months) for row in self.rates], "product and months")
        return self


class LoanRate(Entry):
    """Interest on a loan, percent a year (单利), from the best to the worst customers."""

    product: Text
    term: Text
    lowest: Annotated[Percent, Field(alias="from")]
    highest: Annotated[Percent, Field(alias="to")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lowest > self.highest:
            raise ValueError(f"{self.product}: 'from' is larger than 'to'")
        return self


class LoanRates(Entry):
    """All loan rates, and the loan prime rates (LPR) last published."""

    effective_date: date
    lpr_date: date
    lpr_one_year: Percent
    lpr_five_years: Percent
    rates: Annotated[tuple[LoanRate, ...], Field(min_length=1)]


class Rates(Entry):
    """The file of rates."""

    deposits: DepositRates
    loans: LoanRates


class _Branches(Entry):
    branches: Annotated[tuple[Branch, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_id_each(self) -> Self:
        refuse_doubles([branch.id for branch in self.branches], "id")
        return self


@lru_cache
def read_branches(path: Path = BRANCHES_FILE) -> tuple[Branch, ...]:
    """The branches in the file's order. Raises BadBankData, which names the entry."""
    return read_file(path, _Branches).branches


@lru_cache
def read_rates(path: Path = RATES_FILE) -> Rates:
    """The rates. Raises BadBankData, which names the entry."""
    return read_file(path, Rates)


_Model = TypeVar("_Model", bound=BaseModel)


def read_file(path: Path, model: type[_Model]) -> _Model:
    """The YAML file as that model. Raises BadBankData, which names the file and the entry."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    # ValueError: not UTF-8, or a date such as 2026-13-45; RecursionError: nested too deeply.
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise BadBankData(f"{path.name}: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in error.errors())
        raise BadBankData(f"{path.name}: " + "; ".join(faults)) from error


def refuse_doubles(keys: list[Any], what: str) -> None:
    """Raise ValueError where a key comes twice; `what` names it."""
    doubled = [key for key, times in Counter(keys).items() if times > 1]
    if doubled:
        raise ValueError(f"the same {what} twice: {', '.join(map(str, doubled))}")
