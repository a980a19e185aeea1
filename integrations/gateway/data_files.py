"""The bank's own data files, read once before anything starts."""

from integrations.crm.bank.catalogue import read_products
from integrations.crm.bank.data import read_branches, read_rates
from integrations.crm.customers.churn_settings import read_churn_rules
from integrations.crm.customers.lifetime_value import read_lifetime_rates
from integrations.crm.customers.tiering_settings import check_products, read_tiering
from integrations.crm.recommendations.risk_questionnaire import read_questionnaire


def check_data_files() -> None:
    """A wrong file stops the start, not the first customer who needs it. Raises BadBankData."""
    read_branches()
    read_rates()
    check_products(read_tiering(), read_products())
    read_questionnaire()
    read_churn_rules()
    read_lifetime_rates()
