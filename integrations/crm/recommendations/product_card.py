"""A product as a card of the chat: what it is, and what the law wants said beside it. Pure."""

from typing import Any

from integrations.crm.bank.catalogue import Product

IN_PERSON = "这款产品在网点当面办理，过程录音录像（双录）"


def product_card(product: Product, risk_words: str | None) -> dict[str, Any]:
    """Terms as the bank publishes them; the note says how it is concluded and the words about risk.

    The shape is that of docs/api.md.
    """
    notes = [words for words in (IN_PERSON if product.in_person else None, risk_words) if words]
    card: dict[str, Any] = {
        "kind": "product",
        "title": product.name,
        "subtitle": product.summary,
        "rows": [[label, value] for label, value in product.terms],
    }
    return card | ({"note": "。".join(notes) + "。"} if notes else {})
