"""The bank's products: data files in products/, one per kind, validated when they are read."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from integrations.crm.bank.data import Entry, Text, read_file, refuse_doubles
from integrations.crm.bank.errors import BadBankData

PRODUCTS_FOLDER = Path(__file__).resolve().parent / "products"

ProductKind = Literal["deposit", "wealth", "fund", "insurance", "credit_card", "loan"]
KIND_NAMES: dict[str, str] = {
    "deposit": "存款",
    "wealth": "理财",
    "fund": "基金",
    "insurance": "保险",
    "credit_card": "信用卡",
    "loan": "贷款",
}
"""What customers and staff call each kind."""
Tier = Literal["vip", "important", "standard"]
LifeStage = Literal["young", "family", "established", "retired"]
RISK_RATED: frozenset[str] = frozenset({"wealth", "fund"})
"""Kinds whose products must carry a risk level (金融机构产品适当性管理办法)."""
# Strict: YAML's true, "3" or 3.0 is a slip of the pen and not a risk level or an age.
_Risk = Annotated[int, Field(strict=True, ge=1, le=5)]
_Age = Annotated[int, Field(strict=True, ge=0, le=120)]
_Line = Annotated[str, Field(min_length=1, max_length=60)]


class Product(Entry):
    """One product as it may be offered.

    `risk` is 1–5 (R1–R5), None for deposits, cards and loans; insurance that invests has one too.
    `min_age` and `max_age` are both included; `cities` None means everywhere.
    `private` products (私募) are never shown; `in_person` ones are concluded with 双录 at a branch.
    `terms` are lines (名称, 内容) of the card; `article` is the id of the article that explains it.
    """

    code: Annotated[str, Field(pattern=r"^YC-[A-Z]\d{3}$")]
    name: Text
    kind: ProductKind
    risk: _Risk | None = None
    minimum_yuan: Annotated[int, Field(strict=True, ge=0, le=100_000_000)]
    min_age: _Age = 18
    max_age: _Age = 120
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)] = ("vip", "important", "standard")
    cities: tuple[str, ...] | None = None
    private: bool = False
    in_person: bool = False
    on_sale_from: date
    on_sale_until: date | None = None
    months: Annotated[int, Field(strict=True, ge=0, le=360)] | None = None
    life_stages: tuple[LifeStage, ...] = ()
    summary: Annotated[str, Field(min_length=8, max_length=60)]
    terms: Annotated[tuple[tuple[_Line, _Line], ...], Field(min_length=1, max_length=6)]
    article: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind in RISK_RATED and self.risk is None:
            raise ValueError(f"{self.code}: a {self.kind} product needs a risk level")
        if self.kind in ("deposit", "credit_card", "loan") and self.risk is not None:
            raise ValueError(f"{self.code}: a {self.kind} has no risk level")
        if self.min_age > self.max_age:
            raise ValueError(f"{self.code}: min_age is above max_age")
        if self.on_sale_until is not None and self.on_sale_until < self.on_sale_from:
            raise ValueError(f"{self.code}: on_sale_until is before on_sale_from")
        return self

    def on_sale(self, today: date) -> bool:
        """Whether it is sold on that day; both ends are included."""
        return self.on_sale_from <= today and (self.on_sale_until is None or today <= self.on_sale_until)


class _Products(Entry):
    products: Annotated[tuple[Product, ...], Field(min_length=1)]


@lru_cache
def read_products(folder: Path = PRODUCTS_FOLDER) -> dict[str, Product]:
    """All products by code, in the order of files and entries. Raises BadBankData, which names the entry."""
    products = [one for path in sorted(folder.glob("*.yml")) for one in read_file(path, _Products).products]
    try:
        refuse_doubles([one.code for one in products], "code")
        refuse_doubles([one.name for one in products], "name")
    except ValueError as error:
        raise BadBankData(f"{folder.name}: {error}") from error
    if not products:
        raise BadBankData(f"{folder.name}: no products")
    return {one.code: one for one in products}


def product_by_code(code: str) -> Product | None:
    """The product with that code."""
    return read_products().get(code)
