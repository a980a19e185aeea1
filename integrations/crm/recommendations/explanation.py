"""Why a product is shown: one sentence from the factor that decided. Pure.

Never a promise of returns, and nothing that is not so: each sentence follows from its factor alone. Where
nothing speaks for the product, nothing is claimed.
"""

from collections.abc import Mapping

from integrations.crm.bank.catalogue import Product, product_by_code
from integrations.crm.recommendations.ranking import Choice

_STAGES: Mapping[str, str] = {
    "young": "这款产品适合刚开始打理积蓄的年轻客户",
    "family": "这款产品适合有家庭开支和长期计划的客户",
    "established": "这款产品适合积蓄较稳定、开始为将来做准备的客户",
    "retired": "这款产品适合退休后想把钱打理得稳妥一些的客户",
}
_KINDS: Mapping[str, str] = {
    "deposit": "存款产品",
    "wealth": "理财产品",
    "fund": "基金产品",
    "insurance": "保险产品",
    "credit_card": "信用卡",
    "loan": "贷款产品",
}


def explain(choice: Choice) -> str:
    """The sentence the customer reads, at most 200 characters."""
    because, kind = choice.because, _KINDS[choice.product.kind]
    if because == "matured" and choice.matured_days is not None:
        return _matured(choice.product, choice.matured_days)
    if because == "held":
        return _held(choice.neighbour)
    if because == "moved":
        return f"结合您近一年的收支情况，可以先了解一下这款{kind}"
    if because == "alike":
        return "和您情况相近的客户常选择这一款"
    if because == "stage" and choice.stage in choice.product.life_stages:
        return _STAGES[choice.stage]
    if because == "strategy":
        return f"结合您在我行的等级和业务情况，可以先了解一下这款{kind}"
    if because == "popular":
        return "这是我行较多客户选择的产品"
    return f"您可以先了解一下我行这款{kind}"


def _matured(product: Product, days: int) -> str:
    when = "今天" if days == 0 else "昨天" if days == 1 else f"{days}天前"
    return f"您的定期存款{when}已到期，可以先看看{product.name}"


def _held(code: str | None) -> str:
    product = None if code is None else product_by_code(code)
    if product is None:
        return "和您持有相近产品的客户也常选择这一款"
    return f"持有{product.name}的客户，也常选择这一款"
