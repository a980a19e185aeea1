"""Risk assessments and product articles for dialogues about products."""

from datetime import datetime, timedelta
from itertools import count

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer, RiskAssessment
from integrations.crm.recommendations.risk_assessment import expiry
from knowledge_base.articles import Article
from tests.actions.dialogue import NOON
from tests.actions.fakes import Shelf, article

_keys = count(1)
STABLE, GROWTH, PRIVATE = "YC-W101", "YC-W401", "YC-W501"
"""R2; R4 for important customers; never shown."""


def assess(
    database: Database, customer: Customer, level: int, taken_at: datetime = NOON - timedelta(days=30)
) -> None:
    """An assessment with that result."""
    with database.transaction() as session:
        session.add(
            RiskAssessment(
                customer_id=customer.id,
                source_key=f"assessment-{next(_keys)}",
                level=level,
                score=50,
                answers={},
                channel="branch",
                taken_at=taken_at,
                expires_at=expiry(taken_at),
            )
        )


def product_article(code: str) -> Article:
    """The article about a product."""
    product = read_products()[code]
    return article(
        product.article, f"{product.name}是什么", category="products", product=code, related=("risk-levels",)
    )


def shelf(table: dict[str, dict[str, float]] | None = None) -> Shelf:
    """Articles about every product and a general one; `table` says what finds them, besides their titles."""
    made = [*map(product_article, read_products()), article("risk-levels", "理财有哪些风险等级")]
    return Shelf(table or {}, *{one.id: one for one in made}.values())
