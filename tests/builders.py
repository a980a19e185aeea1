"""Makes the rows that tests need, with sensible values for what a test does not care about."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from integrations.crm.models import (
    Account,
    Attachment,
    Card,
    CardBill,
    ContactPoint,
    Conversation,
    Customer,
    Staff,
    Transaction,
    Transfer,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai
_numbers = count(1)
Row = TypeVar("Row")


def make_customer(session: Session, *, phone: str | None = None, **columns: Any) -> Customer:
    """A customer, with a phone number where one is given."""
    number = next(_numbers)
    customer = Customer(
        **{
            "number": f"60{number:08d}",
            "name": "林晓雯",
            "gender": "female",
            "birth_date": date(1995, 6, 12),
            "id_number": f"510104{number:012d}",
            "city": "成都",
            "joined_on": date(2019, 3, 8),
            "created_at": NOW,
        }
        | columns
    )
    if phone is not None:
        customer.contact_points.append(ContactPoint(kind="phone", value=phone))
    return _stored(session, customer)


def make_account(session: Session, customer: Customer, **columns: Any) -> Account:
    """A current account with ¥1,000.00."""
    values = {
        "customer_id": customer.id,
        "number": f"7100{next(_numbers):012d}",
        "kind": "current",
        "balance_fen": 100_000,
        "opened_on": date(2019, 3, 8),
    }
    return _stored(session, Account(**values | columns))


def make_card(session: Session, customer: Customer, tail: str = "6688", **columns: Any) -> Card:
    """A debit card without account, unless one is given; `kind="credit"` gets a limit of ¥10,000.00."""
    credit = {"credit_limit_fen": 1_000_000, "used_fen": 0, "bill_day": 7, "due_day": 27}
    values = {
        "customer_id": customer.id,
        "number": f"622999{next(_numbers):09d}{tail}",
        "tail": tail,
        "kind": "debit",
        "product": "云川借记卡",
        "issued_on": date(2019, 3, 8),
    }
    return _stored(session, Card(**values | (credit if columns.get("kind") == "credit" else {}) | columns))


def make_bill(session: Session, card: Card, billed_on: date, due_on: date, **columns: Any) -> CardBill:
    """A bill of ¥500.00, nothing paid."""
    values = {"card_id": card.id, "billed_on": billed_on, "due_on": due_on}
    amounts = {"amount_fen": 50_000, "minimum_fen": 5_000}
    return _stored(session, CardBill(**values | amounts | columns))


def make_movement(
    session: Session, on: Account | Card, at: datetime, amount_fen: int, **columns: Any
) -> Transaction:
    """A movement on a current account or a credit card."""
    owner = {"account_id": on.id} if isinstance(on, Account) else {"card_id": on.id}
    values = {"occurred_at": at, "amount_fen": amount_fen, "summary": "消费", "channel": "pos"}
    return _stored(session, Transaction(**owner | values | columns))


def make_transfer(session: Session, account: Account, **columns: Any) -> Transfer:
    """A transfer of ¥50.00 that succeeded."""
    values = {
        "account_id": account.id,
        "reference": f"YC{next(_numbers):010d}",
        "amount_fen": 5_000,
        "payee_name": "张伟",
        "payee_bank": "工商银行",
        "payee_tail": "3308",
        "status": "succeeded",
        "created_at": NOW,
    }
    return _stored(session, Transfer(**values | columns))


def make_conversation(session: Session, **columns: Any) -> Conversation:
    """A web visitor's conversation with the bot."""
    number = next(_numbers)
    values = {
        "public_id": f"{number:032x}",
        "channel": "web",
        "account": "default",
        "external_user": f"visitor-{number}",
        "started_at": NOW,
        "last_message_at": NOW,
    }
    return _stored(session, Conversation(**values | columns))


def make_attachment(session: Session, conversation: Conversation) -> Attachment:
    """An uploaded image."""
    return _stored(
        session,
        Attachment(
            public_id=f"{next(_numbers):032x}",
            conversation_id=conversation.id,
            media_type="image/png",
            size=100,
            sha256="0" * 64,
            created_at=NOW,
        ),
    )


def make_staff(session: Session, username: str = "xiaoli", role: str = "agent", **columns: Any) -> Staff:
    """A member of staff who cannot sign in (no usable password)."""
    values = {"username": username, "display_name": "小李", "role": role, "password_hash": "none"}
    return _stored(session, Staff(**values | {"created_at": NOW} | columns))


def _stored(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
