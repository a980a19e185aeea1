"""The demo bank: invented customers with accounts, cards and a year of movements. See README.md."""

from integrations.crm.seed.demo import seed

__all__ = ["seed"]
