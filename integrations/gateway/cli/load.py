"""`qiantai load`: simulated customers, the time to their replies, and the ledger."""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields
from functools import partial
from itertools import pairwise

from integrations.crm.conversations.ledger import take_ledger
from integrations.crm.database import Database
from integrations.crm.settings import Settings, get_settings
from integrations.gateway.cli import load_bare, load_customers
from integrations.gateway.cli.ask import running_at
from integrations.gateway.cli.load_customers import Talker
from integrations.gateway.cli.progress import console, working
from integrations.gateway.cli.web_customer import WebCustomer

_THINK_SECONDS = (0.6, 1.4)
_ROUNDS = 3
"""With --bare the two ways alternate this often, so that a drifting machine slows both alike."""


@dataclass
class Figures:
    """What one way through the system measured; times in milliseconds."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """The time under which `share` of the replies came."""
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")

    def lines(self, prefix: str = "") -> list[str]:
        """`name: value` lines."""
        rate = len(self.times) / self.seconds if self.seconds else 0.0
        points = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        return [f"{prefix}messages: {len(self.times)}", f"{prefix}messages_per_second: {rate:.2f}"] + [
            f"{prefix}{name}_ms: {self.percentile(share):.1f}" for name, share in points.items()
        ]


@dataclass
class Ledger:
    """Seen from the customers' side, checked against the database."""

    sent: int = 0
    stored: int = 0
    shown: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0


def load(customers: int, seconds: int, *, bare: bool) -> None:
    """Run the load and print the figures, one `name: value` a line. Raises CliError."""
    settings = get_settings()
    base = running_at(settings, "qiantai run --demo")
    database = Database(settings.database_url)
    for line in asyncio.run(_measure(settings, base, database, customers, seconds, bare=bare)):
        console.print(line, soft_wrap=True)


async def _measure(
    settings: Settings, base: str, database: Database, count: int, seconds: int, *, bare: bool
) -> list[str]:
    persons = load_customers.pick(database, settings, count)
    app, alone, ledger = Figures(), Figures(), Ledger()
    people = [WebCustomer(base, bank_token=person.token) for person in persons]
    with working(f"{count} 位客户登录并核验身份"):
        await asyncio.gather(*(person.__aenter__() for person in people))
        await asyncio.gather(
            *(
                load_customers.verify(who, person, settings)
                for who, person in zip(people, persons, strict=True)
            )
        )
    talkers = [Talker(_by_web(who), random.Random(i)) for i, who in enumerate(people)]  # noqa: S311
    try:
        if not bare:
            with working(f"测量 {seconds} 秒"):
                await _phase(talkers, seconds, app)
        else:
            async with load_bare.bare_customers(database, settings, persons) as bare_people:
                bare_talkers = [Talker(who.say, random.Random(i)) for i, who in enumerate(bare_people)]  # noqa: S311
                with working(f"交替测量 2 × {seconds} 秒"):
                    for _ in range(_ROUNDS):
                        await _phase(talkers, seconds / _ROUNDS, app)
                        await _phase(bare_talkers, seconds / _ROUNDS, alone)
        await asyncio.sleep(1.0)
        await _settle(database, people, ledger)
    finally:
        await asyncio.gather(*(who.__aexit__() for who in people))
    return _report(app, alone if bare else None, ledger, database)


def _by_web(who: WebCustomer) -> Callable[[str], Awaitable[float]]:
    async def say(text: str) -> float:
        return (await who.say(text))[1]

    return say


async def _phase(talkers: list[Talker], seconds: float, figures: Figures) -> None:
    """Everyone talks for a time; a conversation is not cut in the middle of a turn."""
    end = time.monotonic() + seconds

    async def talk(talker: Talker) -> None:
        await asyncio.sleep(talker.chance.uniform(0, _THINK_SECONDS[1]))
        while time.monotonic() < end:
            figures.times.append(await talker.next_turn())
            await asyncio.sleep(talker.chance.uniform(*_THINK_SECONDS))

    start = time.monotonic()
    await asyncio.gather(*(talk(talker) for talker in talkers))
    figures.seconds += time.monotonic() - start


async def _settle(database: Database, people: list[WebCustomer], ledger: Ledger) -> None:
    for who in people:
        stored = await database.read(
            partial(load_customers.stored, public_id=who.conversation, after=who.start)
        )
        seqs = [message["seq"] for message in who.shown]
        shown = set(seqs)
        ledger.sent += len(who.sent)
        ledger.stored += len(stored.from_customer)
        ledger.shown += len(shown)
        ledger.lost += len(who.sent) - len(stored.from_customer) + len(stored.to_customer - shown)
        ledger.doubled += len(seqs) - len(shown) + max(0, len(stored.from_customer) - len(who.sent))
        ledger.reordered += sum(1 for a, b in pairwise(seqs) if b < a)


def _report(app: Figures, alone: Figures | None, ledger: Ledger, database: Database) -> list[str]:
    lines = app.lines()
    if alone is not None:
        lines += alone.lines("bare_")
        lines.append(f"p50_ratio: {app.percentile(0.5) / alone.percentile(0.5):.3f}")
        lines.append(f"p95_ratio: {app.percentile(0.95) / alone.percentile(0.95):.3f}")
    lines += [f"{item.name}: {getattr(ledger, item.name)}" for item in fields(ledger)]
    with database.reading() as session:
        whole = take_ledger(session)
    lines.append(f"waiting_in_database: {whole.waiting}")
    lines.append(f"mean_ms: {statistics.fmean(app.times):.1f}" if app.times else "mean_ms: nan")
    return lines
