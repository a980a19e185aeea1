"""Which products a text names: whole names, codes and short forms, and what only sounds like one."""

import pytest

from integrations.crm.bank import product_names
from integrations.crm.bank.catalogue import read_products
from integrations.crm.bank.product_names import named_products, product_called, products_asked_about

PRIVATE = "YC-W501"


def codes(text: str) -> list[str]:
    return [product.code for product in named_products(text)]


@pytest.mark.parametrize("code", read_products())
def test_every_product_by_its_name_and_code(code: str) -> None:
    product = read_products()[code]
    for name in (product.name, " ".join(product.name), product.code, product.code.lower()):
        assert named_products(f"推荐「{name}」给您") == (product,) == products_asked_about(f"{name}怎么样")
        assert product_called(name) == product


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("您可以看看西南稳健债券基金，收益不错", "YC-F301"),
        ("稳健债券基金", "YC-F301"),
        ("西南稳健债券A能定投", "YC-F301"),
        ("西南短债放两个月", "YC-F303"),
        ("短债基金", "YC-F303"),
        ("锦江科技创新股票基金", "YC-F309"),
        ("科技创新股票基金", "YC-F309"),
        ("沪深300指数基金", "YC-F308"),
        ("锦江沪深300", "YC-F308"),
        ("养老目标2045", "YC-F305"),
        ("白金信用卡", "YC-K603"),
        ("稳盈90天", "YC-W101"),
        ("稳 盈 ９０ 天", "YC-W101"),
        ("优选混合", "YC-W301"),
        ("进取权益", "YC-W401"),
        ("行业轮动定开", "YC-W402"),
        ("财富精选两年", "YC-W302"),
        ("安心固收", "YC-W205"),
        ("云川季季开", "YC-W105"),
        ("云川日日享", "YC-W102"),
        ("福泽年金", "YC-I402"),
        ("安康百万医疗", "YC-I401"),
        ("私享成长", PRIVATE),
        ("私享-成长\u3000一号", PRIVATE),
    ],
)
def test_short_forms(text: str, code: str) -> None:
    assert codes(text) == codes(f"您看看{text}吧") == [code]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "您好，请问还有什么可以帮您",
        "大额存单",
        "定期存款",
        "整存整取",
        "通知存款",
        "住房贷款、消费贷款和经营贷款",
        "信用卡",
        "贷款",
        "债券基金、货币基金、股票基金和指数基金",
        "混合基金",
        "沪深300指数今天跌了",
        "科技创新",
        "理财、基金和保险",
        "现金管理类产品",
        "医疗保险和年金保险",
        "意外险",
        "个人养老金",
        "一年期的利率",
        "三年定期",
        "新客专享",
        "稳盈",
        "云川银行",
        "西南地区",
    ],
)
def test_words_that_name_no_product(text: str) -> None:
    assert named_products(text) == ()


def test_the_longer_name_counts_where_one_is_part_of_another() -> None:
    assert codes("整存整取定期存款和零存整取") == ["YC-D001", "YC-D003"]
    assert codes("新客大额存单六个月和大额存单一年期") == ["YC-D103", "YC-D101"]
    assert codes("稳盈90天和稳享180天比哪个好") == ["YC-W104", "YC-W101"]


def test_customers_call_the_banks_only_one_of_a_kind_by_the_kind() -> None:
    for text, code in (("住房贷款怎么申请", "YC-L501"), ("消费贷款利率", "YC-L502"), ("经营贷款", "YC-L503")):
        assert [one.code for one in products_asked_about(text)] == [code]
    assert products_asked_about("大额存单") == () == products_asked_about("信用卡怎么办")


def test_what_is_called_exactly_so() -> None:
    called = product_called("优选混合")
    assert called is not None and called.code == "YC-W301"
    assert product_called("优选混合一") is None and product_called("基金") is None


def test_a_form_that_two_products_share_names_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    products = read_products()
    second = products["YC-W101"].model_copy(update={"code": "YC-W199", "name": "云川稳盈90天理财二号"})
    monkeypatch.setattr(product_names, "read_products", lambda: products | {second.code: second})
    product_names._names.cache_clear()
    try:
        assert codes("稳盈90天") == []
        assert codes("云川稳盈90天理财二号") == ["YC-W199"]
        assert codes("云川稳盈90天理财") == ["YC-W101"]
    finally:
        product_names._names.cache_clear()
