"""Tells whether a question is about another institution's product, which must not be answered as ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from knowledge_base.facts import ArticleError, parse_yaml, read_text

BRANDS_FILE = Path(__file__).parent / "other_brands.yml"
OWN_NAMES = ("云川银行", "云川")
# What a bank's customer says to it, meaning it.
_OWN_WORDS = re.compile(r"你们|贵行|你行|本行|咱们行|咱行|我行")
_ANOTHER = "他行"

# A customer who may be falling for a fraud is always ours to help.
_FRAUD = re.compile(r"骗|冒充|保证金|解冻费|安全账户|验证码|假冒")

Kind = Literal["bank", "lender"]

# Money between us and one other bank, or our card in its machine: ours to answer. § stands for the bank.
_BETWEEN_BANKS = re.compile(
    r"(转|汇|打|划|存|还|付)[^§，。？]{0,8}(到|给|往|至|入|进|去)[^§，。？]{0,6}§"
    r"|(到|给|往|向|转|汇|从|由|跨行)§"
    r"|§[^，。？]{0,4}(转|汇|打|划)[^，。？]{0,4}(过来|进来|给我|到我|入我|到这|进我)"
    r"|在§[^，。？]{0,6}(机|atm|柜台)"
    r"|§的?(atm|取款机|提款机|自助机|柜员机|机器|自动取款机)[^，。？]{0,8}(取|存|吞)"
    r"|跨行|他行|其他银行|别的银行|收款行|对方是"
)
# A lender or wallet and our card: charged to it, bound to it.
_OUR_CARD = re.compile(
    r"(扣|代扣|划扣)[^，。？]{0,6}(卡|账户|钱|款)|(卡|账户)[^，。？]{0,8}扣|绑.{0,4}卡|卡.{0,4}绑|解绑"
)


@dataclass(frozen=True, slots=True)
class _Mention:
    brand: str
    kind: Kind
    start: int
    end: int


class OtherBrands:
    """The curated list of other institutions, minus those that are ours by ``own_names``."""

    def __init__(self, path: Path = BRANDS_FILE, own_names: Iterable[str] = OWN_NAMES) -> None:
        names, kinds, ordinary = _read(path)
        own = {_plain(name) for name in own_names}
        ours = {brand for alias, brand in names.items() if alias in own}
        own |= {alias for alias, brand in names.items() if brand in ours}
        self._own = sorted(own, key=len, reverse=True)
        self._brands = {alias: brand for alias, brand in names.items() if brand not in ours}
        self._kinds = kinds
        words = sorted([*ordinary, *self._brands], key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, words)))

    def find(self, text: str) -> str | None:
        """The institution whose product the question is about; None when it is ours to answer.

        Ours are also: money moved between us and one other bank, and our card charged by or bound to
        somebody's wallet. A question that names us as well is ours.
        """
        plain = _plain(text)
        mentions = self._mentions(plain)
        named = _OWN_WORDS.search(plain) or any(name in plain for name in self._own)
        if not mentions or named or _FRAUD.search(plain):
            return None
        if len({mention.brand for mention in mentions}) > 1:
            return mentions[0].brand
        first = mentions[0]
        ours = _BETWEEN_BANKS if first.kind == "bank" else _OUR_CARD
        return None if ours.search(self._replaced(plain, mentions, "§")) else first.brand

    def neutral(self, text: str) -> str:
        """The question with our names left out and other banks called 他行, for comparing questions."""
        plain = _plain(text)
        for name in self._own:
            plain = plain.replace(name, "")
        mentions = [mention for mention in self._mentions(plain) if mention.kind == "bank"]
        about_other = self.find(text) is not None
        return self._replaced(plain, mentions, "" if about_other else _ANOTHER)

    def _mentions(self, plain: str) -> list[_Mention]:
        found = []
        for match in self._pattern.finditer(plain):
            brand = self._brands.get(match.group())
            if brand is not None:
                found.append(_Mention(brand, self._kinds[brand], match.start(), match.end()))
        return found

    @staticmethod
    def _replaced(plain: str, mentions: list[_Mention], mark: str) -> str:
        for mention in reversed(mentions):
            plain = plain[: mention.start] + mark + plain[mention.end :]
        return plain


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"\s+", "", folded).replace(",", "，").replace("?", "？")


def _read(path: Path) -> tuple[dict[str, str], dict[str, Kind], list[str]]:
    data = parse_yaml(read_text(path), path.name, "file")
    if not isinstance(data, dict) or not isinstance(data.get("brands"), list):
        raise ArticleError(path.name, "brands", "must be a list")
    names: dict[str, str] = {}
    kinds: dict[str, Kind] = {}
    for entry in data["brands"]:
        match entry:
            case {"name": str(name), "kind": ("bank" | "lender") as kind, "aliases": [*aliases]} if aliases:
                kinds[name] = "bank" if kind == "bank" else "lender"
            case _:
                raise ArticleError(path.name, "brands", f"{entry!r} needs name, kind and aliases")
        for alias in aliases:
            if names.setdefault(_plain(str(alias)), name) != name:
                raise ArticleError(path.name, "brands", f"{alias!r} belongs to two brands")
    return names, kinds, [_plain(str(word)) for word in data.get("ordinary") or []]
