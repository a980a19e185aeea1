"""Reads other_brands.yml: other institutions, what their products are at ours, and how to reach them."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from knowledge_base.facts import ArticleError, parse_yaml, read_text

Kind = Literal["bank", "lender"]
"""bank: money goes between it and us; lender: credit and wallets, which have no counterpart at ours."""


def plain(text: str) -> str:
    """Half width, lower case, without white space: the form in which names are looked for."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"\s+", "", folded).replace(",", "，").replace("?", "？")


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
# A single character would find an institution in any text.
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=30)]
_ArticleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
# 3 to 12 digits and dashes: 95588, 400-8308-300.
_Hotline = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9-]{1,10}[0-9]$")]


class _Part(BaseModel):
    # A bare 95588 in YAML is a number, yet plainly meant as text.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Brand(_Part):
    """An institution: its name as customers read it, its aliases, and what its products mean at ours."""

    name: _Name
    kind: Kind
    aliases: list[_Name] = Field(min_length=1)
    hotline: _Hotline | None = None
    means: dict[_Name, _Text] = {}

    @model_validator(mode="after")
    def _products_are_aliases(self) -> Brand:
        known = {plain(alias) for alias in self.aliases}
        if strange := [word for word in self.means if plain(word) not in known]:
            raise ValueError(f"means {strange[0]!r} is not among the aliases")
        return self


class BrandList(_Part):
    """The file; ``words`` are names that several banks use for what is called otherwise at ours."""

    brands: list[Brand] = Field(min_length=1)
    words: dict[_Name, _Text] = {}
    ordinary: list[_Name] = []
    about_lenders: list[_ArticleId] = []
    about_wallets: list[_ArticleId] = []

    @model_validator(mode="after")
    def _every_name_means_one_thing(self) -> BrandList:
        owners: dict[str, str] = {}
        entries = [(alias, brand.name) for brand in self.brands for alias in brand.aliases]
        entries += [(word, "words") for word in self.words] + [(word, "ordinary") for word in self.ordinary]
        for alias, owner in entries:
            if owners.setdefault(plain(alias), owner) != owner:
                raise ValueError(f"{alias!r} belongs to {owners[plain(alias)]} and to {owner}")
        names = [brand.name for brand in self.brands]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]!r} is listed twice")
        return self

    @model_validator(mode="after")
    def _meanings_name_nobody(self) -> BrandList:
        """A product may not become another institution's: the replaced text is compared with our articles."""
        aliases = {plain(alias) for brand in self.brands for alias in brand.aliases}
        for word in (*self.words.values(), *(ours for brand in self.brands for ours in brand.means.values())):
            if any(alias in plain(word) for alias in aliases):
                raise ValueError(f"means {word!r} names another institution")
        return self


def load_brands(path: Path) -> BrandList:
    """Read the file. Raises ArticleError with the first problem."""
    data = parse_yaml(read_text(path), path.name, "file")
    try:
        return BrandList.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "file"
        raise ArticleError(path.name, field, first["msg"]) from error
