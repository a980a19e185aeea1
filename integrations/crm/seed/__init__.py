"""The demo bank: invented customers with accounts, cards and eighteen months of movements. See README.md."""

from integrations.crm.seed.demo import seed
from integrations.crm.seed.multitude import seed_multitude

__all__ = ["seed", "seed_multitude"]
