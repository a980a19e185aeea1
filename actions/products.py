"""The bank's products in a customer's words: which one is named, which kinds are meant. Pure."""

import re

from integrations.crm.bank.catalogue import RISK_RATED, Product
from integrations.crm.bank.product_names import product_called, products_asked_about
from knowledge_base.question_text import fold

APPOINTMENT, NOT_INTERESTED = "appointment", "not_interested"
# What the buttons of a product's card say, and customers who copy them.
_BY_NAME = (
    (APPOINTMENT, re.compile(r"(?:我要|我想)?预约(?:办理|购买)?(?P<name>.+)")),
    (NOT_INTERESTED, re.compile(r"(?:我)?对(?P<name>.+?)(?:不感兴趣|没兴趣)")),
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("credit_card", re.compile(r"信用卡|贷记卡|[张办]卡|卡片")),
    ("loan", re.compile(r"贷款|房贷|车贷|消费贷|经营贷|借点?钱|借款")),
    ("insurance", re.compile(r"保险|医疗险|意外险|年金|教育金")),
    ("fund", re.compile(r"基金|定投")),
    ("wealth", re.compile(r"理财(?!经理|顾问)")),
    ("deposit", re.compile(r"存款|定期|存单|存钱|怎么存|到期")),
)
_MATURED = re.compile(r"到期")
_INVESTING = re.compile(r"投资|收益")


def appointment_words(product: Product) -> str:
    """What a button says to book an appointment about a product."""
    return f"预约{product.name}"


def not_interested_words(product: Product) -> str:
    """What a button says to turn a product down."""
    return f"对{product.name}不感兴趣"


def said_by_name(text: str) -> str | None:
    """The intent of a sentence that a product's button says, whatever the classifier takes it for."""
    said = fold(text)
    for intent, pattern in _BY_NAME:
        match = pattern.fullmatch(said)
        if match and product_called(match["name"]):
            return intent
    return None


def named_product(text: str) -> Product | None:
    """The product whose name or short form stands in the text; the longest name counts."""
    return next(iter(products_asked_about(text)), None)


def named_kinds(text: str) -> frozenset[str] | None:
    """The kinds of product that the text is about; None where it names none.

    What a deposit leaves when it ends may go into a deposit again or into 理财; who wants to invest may
    mean a fund as well.
    """
    kinds = {kind for kind, pattern in _KINDS if pattern.search(text)}
    if kinds == {"deposit"} and _MATURED.search(text):
        kinds.add("wealth")
    if not kinds and _INVESTING.search(text):
        kinds |= RISK_RATED
    return frozenset(kinds) or None
