"""A catalogue of any size, grown from the real one, to measure with."""

from collections.abc import Mapping
from itertools import count, cycle

from integrations.crm.bank.catalogue import Product

MOST = 10_000
"""Codes are a letter and three digits."""
_LETTERS = "ABCEGHJMNO"  # none that the real products use


def grow_products(products: Mapping[str, Product], wanted: int) -> dict[str, Product]:
    """The real products and copies of them under other codes and names, `wanted` altogether.

    Copies have every rule of their originals: risk, minimum, age, tier, region. Fewer than the real ones:
    the first of them. Raises ValueError for more than MOST.
    """
    if wanted > MOST:
        raise ValueError(f"at most {MOST} products, not {wanted}")
    grown = dict(list(products.items())[:wanted])
    originals = cycle(list(products.values()))
    for number in count():
        if len(grown) >= wanted:
            return grown
        letter, rest = divmod(number, 1000)
        code = f"YC-{_LETTERS[letter]}{rest:03d}"
        original = next(originals)
        grown[code] = original.model_copy(update={"code": code, "name": f"{original.name}·{number + 1}"})
    raise AssertionError("count has no end")
