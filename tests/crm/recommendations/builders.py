"""Makes products, people and situations with sensible values for what a test does not care about."""

from datetime import UTC, date, datetime
from typing import Any

from integrations.crm.bank.catalogue import Product
from integrations.crm.recommendations.situation import Situation
from integrations.crm.recommendations.suitability import Person

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai


def make_product(code: str = "YC-X001", **fields: Any) -> Product:
    """A wealth product R3 from ¥1, sold everywhere to every adult."""
    values = {
        "code": code,
        "name": f"产品{code}",
        "kind": "wealth",
        "risk": 3,
        "minimum_yuan": 1,
        "on_sale_from": date(2026, 1, 1),
        "summary": "只用于测试的产品说明",
        "terms": [("期限", "一年")],
        "article": "test-product",
    }
    return Product.model_validate(values | fields)


def make_person(**fields: Any) -> Person:
    """An adult C3 with ¥100,000 whom nothing speaks against."""
    values = {
        "age": 40,
        "tier": "standard",
        "city": "成都",
        "capacity": True,
        "level": 3,
        "assessed_until": datetime(2027, 6, 1, tzinfo=UTC),
        "investable_yuan": 100_000,
        "open_complaint": False,
        "opted_out": False,
    }
    return Person(**values | fields)


def make_situation(person: Person | None = None, **fields: Any) -> Situation:
    """Somebody who holds nothing."""
    values = {
        "stage": "family",
        "lifecycle": None,
        "held": frozenset(),
        "had": frozenset(),
        "last": None,
        "matured_days": None,
    }
    return Situation(person=person or make_person(), **values | fields)
