"""Who is served next: urgent reasons, then the tier's priority from tiering.yml, then who came first."""

import pytest

from integrations.crm.conversations import handoff, repository
from integrations.crm.conversations.handoff import PRIORITY, URGENT_REASONS
from integrations.crm.customers.profiles import benefits
from integrations.crm.customers.tiering_settings import HIGHEST_PRIORITY, VALUE_TIERS
from tests.crm.conversations.conftest import Desk


def waiting(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        return [row.external_user for row in repository.queue(session)]


def test_urgent_reasons_then_tiers_then_time(desk: Desk) -> None:
    number = 0
    for reason in ("requested", "not_understood", "card_loss", "fraud"):
        for tier in reversed(VALUE_TIERS):
            name = desk.conversation(f"{tier} {reason}", desk.customer("ABCDEFGHIJKL"[number], tier))
            number += 1
            desk.request_person(name, reason)
            desk.later(seconds=1)
    assert waiting(desk) == [
        *(f"{tier} fraud" for tier in VALUE_TIERS),
        *(f"{tier} card_loss" for tier in VALUE_TIERS),
        *(f"{tier} {reason}" for tier in VALUE_TIERS for reason in ("not_understood", "requested")),
    ]


def test_the_settings_decide(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    raised = {"standard": benefits("standard").model_copy(update={"queue_priority": 60})}
    monkeypatch.setattr(handoff, "benefits", lambda tier: raised.get(tier) or benefits(tier))
    for tier in ("vip", "standard"):
        desk.request_person(desk.conversation(tier, desk.customer(f"C{len(tier)}", tier)))
        desk.later(seconds=1)
    assert waiting(desk) == ["standard", "vip"]


def test_an_unknown_tier_waits_like_everybody(desk: Desk) -> None:
    desk.request_person(desk.conversation("first"))
    desk.later(seconds=1)
    desk.request_person(desk.conversation("gold", desk.customer("C1", "gold")))
    assert waiting(desk) == ["first", "gold"]


def test_no_tier_lifts_anybody_into_the_next_lane() -> None:
    others = max(rank for reason, rank in PRIORITY.items() if reason not in URGENT_REASONS)
    assert others + HIGHEST_PRIORITY < PRIORITY["card_loss"]
    assert PRIORITY["card_loss"] + HIGHEST_PRIORITY < PRIORITY["fraud"]
