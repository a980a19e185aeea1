"""Which of the bank's products a text names. Pure but for the catalogue, which is read once.

People rarely write a product's whole name: 「云川优选混合一年定开」 is 「优选混合」 to them. A short form
counts where it has at least four characters and stands in the name of one product only.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache

from integrations.crm.bank.catalogue import Product, read_products

_SHORTEST = 4  # characters: 「稳盈」 or 「基金」 alone name no product
_ISSUER = 2  # characters before a product's own name: 云川, 西南, 锦江
_DESCRIBED = frozenset({"deposit", "loan"})  # their products are called what they are: 大额存单, 住房贷款
_CLASS_OF_SHARES = re.compile(r"(?<=[^a-z])[a-z]$")
_ENDING = re.compile(r"(?:理财|现金管理|定开|保险|(?<=\d)混合|[一二两三四五六七八九十]+(?:年期?|个月|号))$")
# 「沪深300指数」 is not ours alone, 「锦江沪深300指数」 is.
_ENDING_AFTER_ISSUER = re.compile(rf"(?:基金|指数)$|{_ENDING.pattern}")


def named_products(text: str) -> tuple[Product, ...]:
    """The products named, by name, short form or code, whatever spaces and marks stand in between.

    The longest names first; where one is part of another that stands there, only the longer one counts.
    What is a kind of product (大额存单, 住房贷款) names none.
    """
    return _found(text, _names(described=False))


def products_asked_about(text: str) -> tuple[Product, ...]:
    """As `named_products`, in a customer's words: by 「住房贷款」 they mean the one that the bank has."""
    return _found(text, _names(described=True))


def product_called(name: str) -> Product | None:
    """The product that a customer calls exactly so."""
    code = _names(described=True).get(_plain(name))
    return read_products()[code] if code else None


def _found(text: str, names: dict[str, str]) -> tuple[Product, ...]:
    left, found = _plain(text), {}
    for name, code in names.items():
        if name in left:
            found[code] = read_products()[code]
            left = left.replace(name, "\n")
    return tuple(found.values())


@lru_cache
def _names(*, described: bool) -> dict[str, str]:
    """Plain names, codes and unmistakable short forms → code, the longest first.

    `described`: the bank's only one of a kind is called by the kind.
    """
    products = read_products().values()
    whole = {_plain(product.name): product.code for product in products}
    issuers = _issuers([one.name for one in products if described or one.kind not in _DESCRIBED])
    owners: dict[str, set[str]] = defaultdict(set)
    for product in products:
        for form in _short_forms(product, issuers):
            owners[form] |= {code for name, code in whole.items() if form in name}
    short = {form: next(iter(codes)) for form, codes in owners.items() if len(codes) == 1}
    codes = {_plain(product.code): product.code for product in products}
    return dict(sorted((short | codes | whole).items(), key=lambda pair: -len(pair[0])))


def _issuers(names: list[str]) -> set[str]:
    """What several names begin with: who issues the product."""
    beginnings = Counter(name[:_ISSUER] for name in names)
    return {beginning for beginning, count in beginnings.items() if count > 1}


def _short_forms(product: Product, issuers: set[str]) -> Iterator[str]:
    """「西南稳健债券基金A」 is 「西南稳健债券」 and 「稳健债券基金」 too."""
    name = _CLASS_OF_SHARES.sub("", _plain(product.name))
    issued = name[:_ISSUER] in issuers
    bare = name[_ISSUER:] if issued else name
    if product.kind in _DESCRIBED:
        yield bare
        return
    yield from _shorter(bare, _ENDING)
    if issued:
        yield from _shorter(name, _ENDING_AFTER_ISSUER)


def _shorter(form: str, ending: re.Pattern[str]) -> Iterator[str]:
    """The form, and what is left of it as one ending after the other is taken off."""
    while len(form) >= _SHORTEST:
        yield form
        form, before = ending.sub("", form), form
        if form == before:
            return


def _plain(text: str) -> str:
    """Half-width, lower case, and nothing but letters, digits and Chinese characters."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())
