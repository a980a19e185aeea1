"""The settings file: what it says of the tiers, and what is said about a file that is wrong."""

from pathlib import Path

import pytest

from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.bank.errors import BadBankData
from integrations.crm.customers.tiering_settings import (
    TIERING_FILE,
    VALUE_TIERS,
    check_products,
    read_tiering,
)
from integrations.crm.tickets.sla import FIRST_RESPONSE


def test_the_bank_s_own_thresholds() -> None:
    rules = read_tiering()
    (vip,) = rules.value.vip.reached_by
    assert (vip.volume_above_yuan, vip.services, vip.assets_yuan) == (1_000_000, 5, 0)
    assert (rules.behaviour.active.transactions, rules.behaviour.active.volume_yuan) == (3, 50_000)


def test_what_is_promised_is_what_the_tier_says() -> None:
    for tier in VALUE_TIERS:
        found = read_tiering().value.of(tier)
        assert f"{found.first_response_hours}小时内" in found.service_level
        assert found.first_response_hours * 3600 <= FIRST_RESPONSE.total_seconds()


def test_products_of_tiers_agree_with_the_product_files() -> None:
    check_products(read_tiering(), read_products())


def test_products_that_do_not_agree_are_named() -> None:
    products = {**read_products()}
    del products["YC-K604"]
    products["YC-W402"] = products["YC-W402"].model_copy(update={"tiers": ("vip", "important")})
    products["YC-K603"] = products["YC-K603"].model_copy(update={"private": True})
    products["YC-D001"] = Product.model_validate(products["YC-D001"].model_dump() | {"tiers": ("vip",)})
    with pytest.raises(BadBankData) as caught:
        check_products(read_tiering(), products)
    assert sorted(str(caught.value).split("; ")) == [
        "value.important.products: YC-K603 is private and never shown",
        "value.standard.products: YC-D001 is sold to vip",
        "value.vip.products: YC-K604 is no product",
        "value.vip.products: YC-W402 is sold to vip, important",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("volume_above_yuan: 1_000_000", "volume_above_yuan: -1", "value.vip.reached_by.0.volume_above_yuan"),
        (
            "volume_above_yuan: 1_000_000",
            "volume_above_yuan: 1000000.5",
            "value.vip.reached_by.0.volume_above",
        ),
        (
            "volume_above_yuan: 1_000_000",
            "volume_above_yuan: '1000000'",
            "value.vip.reached_by.0.volume_above",
        ),
        (
            "volume_above_yuan: 1_000_000",
            "volume_above_yuan: true",
            "value.vip.reached_by.0.volume_above_yuan",
        ),
        ("volume_above_yuan: 1_000_000", "volume_above_yuan: 500_000, assets_yuan: 0", None),
        ("volume_above_yuan: 1_000_000", "volume_above_yuan: 400_000", "vip.reached_by.0: asks no more than"),
        ("1_000_000, services: 5", "500_000, services: 3", "vip.reached_by.0: asks no more than important"),
        ("1_000_000, services: 5", "1_000_000, services: 2", "vip.reached_by.0: asks no more than important"),
        (
            "1_000_000, services: 5",
            "1_000_000, services: 12",
            "value.vip: asks for 12 services, there are 11",
        ),
        (
            "- {assets_yuan: 300_000}",
            "- {services: 3}",
            "value.important.reached_by.1: Value error, a way names",
        ),
        (
            "- {assets_yuan: 300_000}",
            "- {asset_yuan: 3}",
            "value.important.reached_by.1.asset_yuan: Extra inputs",
        ),
        ("    reached_by: []", "    reached_by: [{assets_yuan: 1}]", "standard.reached_by: must be empty"),
        ("  important:\n    reached_by", "  gold:\n    reached_by", "value.gold: Extra inputs"),
        ("queue_priority: 40", "queue_priority: 61", "value.vip.queue_priority"),
        ("queue_priority: 40", "queue_priority: 19", "vip.queue_priority: below that of important"),
        ("first_response_hours: 2\n", "first_response_hours: 9\n", "vip.first_response_hours: above that of"),
        ("first_response_hours: 24", "first_response_hours: 25", "value.standard.first_response_hours"),
        ("dedicated_manager: true", "dedicated_manager: 经理", "value.vip.dedicated_manager"),
        ("[YC-K604, YC-W402]", "[YC-K604, K1]", "value.vip.products.1"),
        ("[YC-K604, YC-W402]", "[YC-K604, YC-K603]", "the same product twice: YC-K603"),
        ("product_kinds: [wealth, insurance", "product_kinds: [gold, insurance", "value.vip.product_kinds.0"),
        ("transactions: 3,", "transactions: 0,", "behaviour.active.transactions"),
        ("lost_after_days: 180", "lost_after_days: 0", "behaviour.lost_after_days"),
        (
            "lost_after_days: 180",
            "lost_after_days: 89",
            "lifecycle.idle_days: above behaviour.lost_after_days",
        ),
        ("{medium: 1, high: 30}", "{medium: 30, high: 30}", "risk.overdue_days: Value error, medium is not"),
        ("{medium: 1, high: 30}", "{}", "risk.overdue_days: Value error, give medium or high"),
        ("{medium: 1, high: 30}", "{low: 1}", "risk.overdue_days.low: Extra inputs"),
        ("loans_from_yuan: 50_000", "loans_from_yuan: -5", "risk.loans_from_yuan"),
        ("new_months: 6", "new_months: 24", "lifecycle: Value error, new_months is not below growing_months"),
        ("fall_percent: 50", "fall_percent: 101", "lifecycle.fall_percent"),
        ("    declining:\n", "    gone:\n", "lifecycle.strategies.gone"),
        ("contact_every_days: 30", "contact_every_days: 1", "lifecycle.strategies.new.contact_every_days"),
        ("active: 活跃, ", "", "names: Value error, behaviour: a code has no name"),
        ("high: 高", "highest: 高", "names.risk.highest"),
        ("has: fund}", "has: wealth}", "the same has twice: wealth"),
        ("summaries: [消费]", "summaries: [消费, 工资]", "the same summary twice: 工资"),
        ("summaries: [消费]", "summaries: [消费, 结息]", "the same summary twice: 结息"),
        ("summaries: [消费]", "summaries: [消费], has: loan", "消费: give either summaries or has"),
        ("has: loan}", "has: gold}", "figures.services.10.has"),
        ("behaviour:\n  active", "behaviours:\n  active", "behaviours: Extra inputs"),
        ("figures:", "figures: [", "tiering.yml"),
    ],
)
def test_faults_are_named(tmp_path: Path, old: str, new: str, told: str | None) -> None:
    text = TIERING_FILE.read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "tiering.yml"
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    if told is None:
        assert read_tiering(broken).value.vip.reached_by[0].volume_above_yuan == 500_000
        return
    with pytest.raises(BadBankData) as caught:
        read_tiering(broken)
    assert told in str(caught.value)
    assert str(caught.value).startswith("tiering.yml: ")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"value: 1", b"\xff\xfe\x00", b"!!python/object:os.system {}"]
)
def test_other_contents_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tiering.yml"
    path.write_bytes(content)
    with pytest.raises(BadBankData, match=r"tiering\.yml"):
        read_tiering(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadBankData, match=r"tiering\.yml"):
        read_tiering(tmp_path / "tiering.yml")
