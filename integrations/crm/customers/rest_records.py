"""What the bank's CRM answers, checked strictly (docs/crm-port.md); fields unknown to us are ignored."""

import json
from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from integrations.crm.customers.errors import BadDirectoryAnswer

NUMBER = r"^[0-9A-Za-z-]{1,20}$"
PHONE = r"^1[0-9]{10}$"
_Phone = Annotated[str, Field(pattern=PHONE)]
# PostgreSQL cannot store NUL, and no name has a line break.
_LINE = r"^[^\x00-\x1f\x7f]+$"


class CustomerRecord(BaseModel):
    """One customer; `phones` has the primary one first."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    number: Annotated[str, Field(pattern=NUMBER)]
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=_LINE)]
    gender: Literal["male", "female"]
    birth_date: date
    id_number: Annotated[str, Field(pattern=r"^[0-9A-Z]{6,18}$")]
    city: Annotated[str, Field(min_length=1, max_length=40, pattern=_LINE)]
    tier: Literal["vip", "important", "standard"] = "standard"
    joined_on: date
    phones: Annotated[tuple[_Phone, ...], Field(max_length=10)]
    email: Annotated[str, Field(max_length=120, pattern=r"^[^\s@\x00]+@[^\s@\x00]+$")] | None = None


class FoundRecords(BaseModel):
    """The answer to a search."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    customers: tuple[CustomerRecord, ...]


_Answer = TypeVar("_Answer", CustomerRecord, FoundRecords)


def read_answer(body: bytes, kind: type[_Answer]) -> _Answer:
    """The checked answer. Raises BadDirectoryAnswer, which names fields and holds no values."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in one["loc"]) or "body" for one in error.errors()})
        # A JSON key is the sender's to choose, so it could be anything: only ours are told.
        known = [field for field in fields if all(p in _FIELDS or p.isdigit() for p in field.split("."))]
        raise BadDirectoryAnswer(reason="shape", fields=known[:10]) from None


def is_not_found(body: bytes) -> bool:
    """Whether the body of a 404 says that there is no such customer."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and answer.get("error") == "customer_not_found"


_FIELDS = {"body", "customers", *CustomerRecord.model_fields}
