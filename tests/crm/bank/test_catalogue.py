"""The products of the bank: what the files hold, and what is said about files that are wrong."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from integrations.crm.bank import service
from integrations.crm.bank.catalogue import PRODUCTS_FOLDER, Product, product_by_code, read_products
from integrations.crm.bank.data import read_rates
from integrations.crm.bank.errors import BadBankData
from integrations.crm.settings import PROJECT
from knowledge_base.articles import Article, load_articles
from knowledge_base.asked import with_asked
from knowledge_base.facts import load_facts
from knowledge_base.validator import (
    ARTICLES_FOLDER,
    BENCHMARK_WORDS,
    FACTS_FILE,
    RISK_WORDS,
    forbidden_promises,
)

CODES = {
    "deposit": "D001 D002 D003 D101 D102 D103 D201",
    "wealth": "W101 W102 W103 W104 W105 W205 W206 W301 W302 W401 W402 W501",
    "fund": "F301 F302 F303 F304 F305 F308 F309",
    "insurance": "I401 I402 I403 I404 I405",
    "credit_card": "K601 K602 K603 K604 K605",
    "loan": "L501 L502 L503 L504",
}
PRODUCTS = list(read_products().values())
RISK_NAMES = {1: "低风险", 2: "中低风险", 3: "中风险", 4: "中高风险", 5: "高风险"}
PRIVATE = "YC-W501"


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    """The articles of the knowledge base by id, with all their questions."""
    loaded = load_articles(ARTICLES_FOLDER, load_facts(FACTS_FILE))
    return {one.id: one for one in with_asked(loaded)}


@pytest.fixture(scope="module")
def facts() -> dict[str, dict[str, str]]:
    """The bank's own figures, section by section."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load(FACTS_FILE.read_text(encoding="utf-8"))
    return loaded


def terms(code: str) -> dict[str, str]:
    return dict(read_products()[code].terms)


# ---- what the files hold


def test_there_are_forty_products_of_six_kinds() -> None:
    assert len(PRODUCTS) == 40
    found = {kind: {one.code for one in PRODUCTS if one.kind == kind} for kind in CODES}
    assert found == {kind: {f"YC-{code}" for code in codes.split()} for kind, codes in CODES.items()}


def test_products_are_found_by_code() -> None:
    product = product_by_code("YC-W101")
    assert product is not None and product.name == "云川稳盈90天理财"
    assert product_by_code("YC-W999") is None
    assert product_by_code("") is None


def test_a_product_is_sold_on_both_ends_of_its_sale() -> None:
    data = PRODUCTS[0].model_dump() | {"on_sale_from": "2026-03-01", "on_sale_until": "2026-03-31"}
    product = Product.model_validate(data)
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [product.on_sale(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda one: one.code)
def test_what_a_product_says_of_itself(product: Product) -> None:
    said = dict(product.terms)
    assert len(said) == len(product.terms), "a term is named twice"
    assert forbidden_promises("\n".join([product.summary, *said.values()])) == []
    if product.risk is not None:
        assert said["风险等级"].split("，")[0] == f"R{product.risk} {RISK_NAMES[product.risk]}"
    if product.kind == "wealth" and not product.private:
        assert "不是收益承诺" in said["业绩比较基准"]
    if product.kind == "fund":
        assert "不是存款" in said["提示"]
    if product.in_person:
        assert any("到网点" in line for line in said.values())
    if "起购金额" in said:
        assert said["起购金额"].split("，")[0] == yuan(product.minimum_yuan)


def yuan(amount: int) -> str:
    return f"{amount // 10_000}万元" if amount >= 10_000 else f"{amount}元"


def test_wealth_of_r4_and_above_is_concluded_at_a_branch() -> None:
    """理财产品销售规则: 四级以上理财产品除书面约定外在营业网点销售 [S]."""
    risky = {one.code for one in PRODUCTS if one.kind == "wealth" and (one.risk or 0) >= 4}
    assert risky == {"YC-W401", "YC-W402", "YC-W501"}
    assert all(read_products()[code].in_person for code in risky)


def test_one_product_is_private() -> None:
    assert [one.code for one in PRODUCTS if one.private] == [PRIVATE]


def test_cities_are_those_of_the_branches() -> None:
    known = set(service.cities())
    limited = {one.code: set(one.cities) for one in PRODUCTS if one.cities is not None}
    assert limited.keys() == {"YC-L504"}
    assert all(cities < known for cities in limited.values())


# ---- figures agree with those published elsewhere


def test_deposits_agree_with_the_published_rates(facts: dict[str, dict[str, str]]) -> None:
    rates = {row.months: f"{row.rate}%" for row in read_rates().deposits.rates}
    assert terms("YC-D001")["年利率"].split("，")[:3] == [
        f"1年{rates[12]}",
        f"2年{rates[24]}",
        f"3年{rates[36]}",
    ]
    figures = facts["deposit"]
    assert terms("YC-D002")["年利率"].startswith(figures["rate_notice_7d"])
    assert terms("YC-D003")["年利率"].startswith(f"1年期{figures['rate_installment_1y']}")
    minimums = {
        "YC-D001": "time_min",
        "YC-D002": "notice_min",
        "YC-D003": "installment_min",
        "YC-D101": "cd_min",
        "YC-D102": "cd_min",
        "YC-D103": "cd_min",
    }
    for code, figure in minimums.items():
        assert yuan(read_products()[code].minimum_yuan) == figures[figure]


def test_terms_of_certificates_are_offered(facts: dict[str, dict[str, str]]) -> None:
    offered = facts["deposit"]["cd_terms"].split("、")
    for code in ("YC-D101", "YC-D102", "YC-D103"):
        months = read_products()[code].months
        assert months is not None
        length = f"{months // 12}年" if months % 12 == 0 else f"{months}个月"
        assert terms(code)["存期"] == length and length in offered


@pytest.mark.parametrize(
    ("code", "products"),
    [
        ("YC-L501", ["首套住房贷款", "二套住房贷款"]),
        ("YC-L502", ["个人消费贷"]),
        ("YC-L503", ["个人经营贷"]),
        ("YC-L504", ["惠农贷"]),
    ],
)
def test_loans_agree_with_the_published_rates(code: str, products: list[str]) -> None:
    rates = {row.product: row for row in read_rates().loans.rates}
    for name in products:
        assert f"{rates[name].lowest}%至{rates[name].highest}%" in terms(code)["年利率"]


def test_loans_agree_with_the_knowledge_base(facts: dict[str, dict[str, str]]) -> None:
    rates = {row.product: row for row in read_rates().loans.rates}
    for name, figure in (("个人消费贷", "personal"), ("个人经营贷", "business"), ("惠农贷", "farmer")):
        lowest, highest = (f"{rate:.1f}%" for rate in (rates[name].lowest, rates[name].highest))
        assert facts["loan"][f"{figure}_rate"] == f"年化{lowest}至{highest}（单利）"
    assert terms("YC-L501")["首付"].startswith(facts["home_loan"]["down_payment"])
    assert terms("YC-L502")["额度"] == f"最高{facts['loan']['personal_max']}"
    assert terms("YC-L504")["额度"] == f"最高{facts['loan']['farmer_max']}"
    assert ages("YC-L501") == facts["home_loan"]["age_range"]
    assert ages("YC-L502") == facts["loan"]["personal_age"]


def ages(code: str) -> str:
    product = read_products()[code]
    return f"{product.min_age}至{product.max_age}周岁"


def test_cards_agree_with_the_knowledge_base(facts: dict[str, dict[str, str]]) -> None:
    figures = facts["credit_card"]
    for code, fee in (
        ("YC-K601", "standard"),
        ("YC-K602", "standard"),
        ("YC-K603", "platinum"),
        ("YC-K604", "diamond"),
        ("YC-K605", "standard"),
    ):
        said = terms(code)
        assert said["年费"].split("，")[0] == figures[f"annual_fee_{fee}"]
        assert said["免息期"] == figures["interest_free_period"]
        assert ages(code) == (figures["age_range"] if code != "YC-K605" else "18至30周岁")
    assert figures["annual_fee_waive"] in terms("YC-K601")["年费"]
    assert figures["platinum_waive"] in terms("YC-K603")["年费"]
    assert terms("YC-K603")["机场贵宾厅"].startswith(figures["lounge_platinum"])
    assert terms("YC-K604")["机场贵宾厅"].startswith(figures["lounge_diamond"])


# ---- the article of a product


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda one: one.code)
def test_every_product_has_its_own_article(product: Product, articles: dict[str, Article]) -> None:
    article = articles[product.article]
    if product.private:
        assert article.product is None and product.name not in article.body
        return
    assert article.product == product.code
    assert (RISK_WORDS in article.body) == (product.risk is not None)
    assert (BENCHMARK_WORDS in article.body) == (product.kind == "wealth")
    if product.risk is not None:
        assert f"R{product.risk}{RISK_NAMES[product.risk]}" in article.body
    assert product.name in article.questions, "whoever types its name finds it"


def test_no_article_shows_a_product_that_is_unknown_or_private(articles: dict[str, Article]) -> None:
    explained = Counter(one.product for one in articles.values() if one.product is not None)
    shown = {one.code: 1 for one in PRODUCTS if not one.private}
    assert explained == shown
    private = product_by_code(PRIVATE)
    assert private is not None
    for article in articles.values():
        assert private.name not in article.body
        assert not any(private.name in question for question in article.questions)


# ---- files that are wrong

SOUND: dict[str, Any] = {
    "code": "YC-W101",
    "name": "稳盈",
    "kind": "wealth",
    "risk": 2,
    "minimum_yuan": 1,
    "on_sale_from": date(2026, 1, 1),
    "summary": "以债券为主的一款理财产品。",
    "terms": [["风险等级", "R2"]],
    "article": "wealth-stable-90",
}


def write(folder: Path, *entries: dict[str, Any], name: str = "wealth.yml") -> Path:
    text = yaml.safe_dump({"products": list(entries)}, allow_unicode=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    assert list(read_products(write(tmp_path, SOUND))) == ["YC-W101"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"risk": None}, "YC-W101: a wealth product needs a risk level"),
        ({"kind": "fund", "risk": None}, "YC-W101: a fund product needs a risk level"),
        ({"kind": "loan"}, "YC-W101: a loan has no risk level"),
        ({"risk": 0}, "products.0.risk"),
        ({"risk": 6}, "products.0.risk"),
        ({"risk": "2"}, "products.0.risk"),
        ({"risk": True}, "products.0.risk"),
        ({"risk": "R2"}, "products.0.risk"),
        ({"minimum_yuan": 1.5}, "products.0.minimum_yuan"),
        ({"minimum_yuan": 1.0}, "products.0.minimum_yuan"),
        ({"minimum_yuan": float("nan")}, "products.0.minimum_yuan"),
        ({"minimum_yuan": -1}, "products.0.minimum_yuan"),
        ({"minimum_yuan": 10**20}, "products.0.minimum_yuan"),
        ({"min_age": 60, "max_age": 59}, "YC-W101: min_age is above max_age"),
        ({"min_age": -1}, "products.0.min_age"),
        ({"max_age": 121}, "products.0.max_age"),
        ({"on_sale_until": date(2025, 12, 31)}, "YC-W101: on_sale_until is before on_sale_from"),
        ({"on_sale_from": "soon"}, "products.0.on_sale_from"),
        ({"months": 3.0}, "products.0.months"),
        ({"code": "YC-w101"}, "products.0.code"),
        ({"code": "YC-W101\n"}, None),
        ({"code": "YC-W1011"}, "products.0.code"),
        ({"kind": "bond"}, "products.0.kind"),
        ({"tiers": []}, "products.0.tiers"),
        ({"tiers": ["gold"]}, "products.0.tiers.0"),
        ({"life_stages": ["old"]}, "products.0.life_stages.0"),
        ({"summary": "短"}, "products.0.summary"),
        ({"summary": "长" * 61}, "products.0.summary"),
        ({"terms": []}, "products.0.terms"),
        ({"terms": [["风险等级"]]}, "products.0.terms.0"),
        ({"terms": [["名称", "内容"]] * 7}, "products.0.terms"),
        ({"article": "../../secret"}, "products.0.article"),
        ({"yield": "3%"}, "products.0.yield"),
        ({"private": "maybe"}, "products.0.private"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, changes: dict[str, Any], told: str | None) -> None:
    folder = write(tmp_path, SOUND | changes)
    if told is None:
        assert list(read_products(folder)) == ["YC-W101"], "space around a text is nothing"
        return
    with pytest.raises(BadBankData) as caught:
        read_products(folder)
    assert told in str(caught.value) and "wealth.yml" in str(caught.value)


@pytest.mark.parametrize("field", [key for key in SOUND if key != "risk"])
def test_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    entry = {key: value for key, value in SOUND.items() if key != field}
    with pytest.raises(BadBankData, match=rf"wealth\.yml: products\.0\.{field}"):
        read_products(write(tmp_path, entry))


@pytest.mark.parametrize(("changes", "what"), [({"name": "另一款"}, "code"), ({"code": "YC-W102"}, "name")])
def test_a_double_in_another_file_is_named(tmp_path: Path, changes: dict[str, Any], what: str) -> None:
    write(tmp_path, SOUND)
    write(tmp_path, SOUND | changes, name="other.yml")
    with pytest.raises(BadBankData, match=f"the same {what} twice"):
        read_products(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"products: []",
        b"products:\n  YC-W101: {}",
        b"- code: YC-W101",
        b"products: [",
        b"\xff\xfeproducts",
        b"products: !!python/object/apply:os.system [ls]",
        b"products: [{on_sale_from: 2026-13-45}]",
        b"products: " + b"[" * 5000,
        b"products: [null]",
        b"other: [{}]",
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wealth.yml").write_bytes(content)
    with pytest.raises(BadBankData, match=r"^wealth\.yml: "):
        read_products(tmp_path)


def test_an_empty_or_missing_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("products", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(BadBankData, match=f"{folder.name}: no products"):
            read_products(folder)


def test_the_files_lie_in_the_package() -> None:
    assert PRODUCTS_FOLDER == PROJECT / "integrations/crm/bank/products"
    assert len(list(PRODUCTS_FOLDER.glob("*.yml"))) == len(CODES)
