"""How much what the bank itself knows counts beside what the model has learned. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from integrations.crm.bank.catalogue import LifeStage, Product
from integrations.crm.customers.tiering_settings import VALUE_TIERS, ValueTier, read_tiering


@dataclass(frozen=True, slots=True)
class Blend:
    """What a product gets that fits the life stage, and one that the bank's strategy leads with.

    The best estimate of the model is 1.
    """

    stage: float
    strategy: float


DEFAULT_BLEND = Blend(stage=0.10, strategy=0.05)
"""Set by hand: for a bank that has too few choices to choose from."""


def stage_fit(product: Product, stage: LifeStage) -> float:
    """1 for a product that is made for this life stage."""
    return float(stage in product.life_stages)


def strategy_fit(product: Product, preferred: Collection[Collection[str]]) -> float:
    """The share of the `preferred_kinds` that the product's kind is among."""
    return sum(product.kind in kinds for kinds in preferred) / 2


def preferred_kinds(tier: str, lifecycle: str | None) -> tuple[Sequence[str], Sequence[str]]:
    """Kinds of products by value tier, and by lifecycle, as the bank's settings of the tiers have them."""
    tiering = read_tiering()
    value: ValueTier = next((known for known in VALUE_TIERS if known == tier), "standard")
    strategy = next(
        (plan for stage, plan in tiering.lifecycle.strategies.items() if stage == lifecycle), None
    )
    return tiering.value.of(value).product_kinds, () if strategy is None else strategy.lead_with
