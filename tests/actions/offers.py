"""What dialogues about recommendations ask, see and leave behind."""

from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer, MarketingChoice, Recommendation
from integrations.crm.tickets import service as tickets
from tests.actions.dialogue import NOON, Said

ASK = "有什么理财推荐"


def products_of(said: Said) -> list[str]:
    """Codes of the products on the cards, in their order."""
    codes = {product.name: code for code, product in read_products().items()}
    return [codes[card["title"]] for card in said.cards if card["kind"] == "product"]


def outcomes(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {one.product_code: one.outcome for one in session.query(Recommendation)}


def payloads(said: Said) -> list[str]:
    return [one["payload"] for one in said.buttons]


def complain(database: Database, customer: Customer) -> str:
    with database.transaction() as session:
        return tickets.open_ticket(
            session,
            kind="complaint",
            source_key=f"complaint-of-{customer.id}",
            customer_id=customer.id,
            conversation_id=None,
            title="排队太久",
            details={},
            now=NOON,
        ).number


def refuse(session: Session, customer: Customer, granted: bool = False) -> None:
    session.add(MarketingChoice(customer_id=customer.id, granted=granted, source="web", at=NOON))
