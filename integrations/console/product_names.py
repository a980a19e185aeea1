"""Which of the bank's products a text names. Pure but for the catalogue, which is read once."""

from functools import lru_cache

from integrations.crm.bank.catalogue import Product, read_products
from knowledge_base.question_text import fold

BANK = "云川"
"""Staff leave the bank's name out: 「进取权益一年期」 is 「云川进取权益一年期」."""


def named_products(text: str) -> tuple[Product, ...]:
    """The products named, by name or code, whatever spaces and marks stand between the characters.

    Where one name is part of another that stands there, only the longer one counts.
    """
    folded, found = fold(text), {}
    for name, code in _names():
        if name in folded:
            found[code] = read_products()[code]
            folded = folded.replace(name, "\n")
    return tuple(found.values())


@lru_cache
def _names() -> tuple[tuple[str, str], ...]:
    names: dict[str, str] = {}
    for code, product in read_products().items():
        names |= {fold(product.name): code, fold(code): code}
        if product.risk is not None:
            names.setdefault(fold(product.name.removeprefix(BANK)), code)
    return tuple(sorted(names.items(), key=lambda pair: -len(pair[0])))
