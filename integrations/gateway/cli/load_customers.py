"""Who the simulated customers are and what they say."""

import asyncio
import itertools
import json
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.crm.conversations.repository import get_conversation
from integrations.crm.database import Database
from integrations.crm.models import Card, ContactPoint, Customer, Message
from integrations.crm.settings import Settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.web_customer import WebCustomer

CONVERSATIONS = (
    ("你好", "银行卡被吞了怎么办", "有用", "跨行转账要手续费吗", "谢谢"),
    ("查一下余额", "上个月的明细", "信用卡账单多少", "谢谢"),
    (
        "我要投诉",
        "昨天在手机银行转账一直失败，客服也打不通",
        "手机银行",
        "没有金额",
        "希望尽快处理并回复我",
        "没有",
        "取消",
    ),
    ("存款利率是多少", "贷款30万分20年每月还多少", "等额本息", "4.1", "再见"),
    ("附近有网点吗", "上海浦东", "刚才那笔转账到了吗", "谢谢"),
)
"""A mix of enquiries, self-service and a complaint; each starts where the bot waits for nothing."""


@dataclass(frozen=True)
class Person:
    """A demo customer who signs in from the bank's page."""

    number: str
    phone: str
    card_tail: str
    token: str = field(repr=False)


@dataclass
class Talker:
    """Holds one conversation after the other; `say` sends a text and returns milliseconds to its reply."""

    say: Callable[[str], Awaitable[float]]
    chance: random.Random
    _texts: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        start = self.chance.randrange(len(CONVERSATIONS))
        rotated = CONVERSATIONS[start:] + CONVERSATIONS[:start]
        self._texts = itertools.cycle(itertools.chain.from_iterable(rotated))

    async def next_turn(self) -> float:
        """Say the next thing."""
        return await self.say(next(self._texts))


@dataclass(frozen=True)
class Stored:
    """Sequence numbers that the database has of a conversation."""

    from_customer: set[int]
    to_customer: set[int]


def pick(database: Database, settings: Settings, count: int) -> list[Person]:
    """`count` customers with a debit card and a phone. Raises CliError where there are fewer."""
    query = (
        select(Customer.number, ContactPoint.value, Card.tail)
        .join(ContactPoint, (ContactPoint.customer_id == Customer.id) & (ContactPoint.kind == "phone"))
        .join(Card, (Card.customer_id == Customer.id) & (Card.kind == "debit") & (Card.status == "active"))
        .group_by(Customer.number)
        .order_by(func.random())
        .limit(count)
    )
    with database.reading() as session:
        rows = session.execute(query).all()
    if len(rows) < count:
        raise CliError(
            f"The database has {len(rows)} customers with a card, {count} are needed: `qiantai seed`."
        )
    return [Person(number, phone, tail, _bank_token(number, settings)) for number, phone, tail in rows]


async def verify(who: WebCustomer, person: Person, settings: Settings) -> None:
    """Go through the verification in the chat, reading the code where the demo's SMS arrive."""
    await who.say("我要核验身份")
    await who.say(person.card_tail)
    for _ in range(150):  # the bot is busy with everybody else's verification
        code = _last_code(settings, person.phone)
        if code:
            await who.say(code)
            return
        await asyncio.sleep(0.1)
    raise CliError("No one-time code arrived: is the system running with --demo?")


def stored(session: Session, public_id: str, after: int) -> Stored:
    """What the database has of a conversation after a `seq`."""
    conversation = get_conversation(session, public_id)
    query = select(Message.seq, Message.sender).where(
        Message.conversation_id == conversation.id, Message.seq > after
    )
    rows = session.execute(query).all()
    return Stored(
        {seq for seq, sender in rows if sender == "customer"},
        {seq for seq, sender in rows if sender != "customer"},
    )


def _bank_token(number: str, settings: Settings) -> str:
    claims = {"sub": number, "aud": "qiantai", "exp": datetime.now(UTC) + timedelta(hours=2)}
    return jwt.encode(claims, settings.customer_token_secret.get_secret_value(), algorithm="HS256")


def _last_code(settings: Settings, phone: str) -> str | None:
    if not settings.demo_sms_file.exists():
        return None
    lines = settings.demo_sms_file.read_text(encoding="utf-8").splitlines()
    messages = [json.loads(line) for line in lines[-500:]]
    codes = [message["code"] for message in messages if message["phone"] == phone]
    return codes[-1] if codes else None
