"""Other institutions' products are recognised; money and cards between them and us stay ours."""

from pathlib import Path

import pytest

from knowledge_base.facts import ArticleError
from knowledge_base.other_brands import OtherBrands


@pytest.fixture(scope="module")
def brands() -> OtherBrands:
    return OtherBrands()


@pytest.mark.parametrize(
    ("text", "brand"),
    [
        ("工行信用卡年费多少", "工商银行"),
        ("工商银行手机银行怎么注册", "工商银行"),
        ("建行的转账限额是多少", "建设银行"),
        ("招商银行几点下班", "招商银行"),
        ("邮政储蓄怎么查余额", "邮储银行"),
        ("Ｋ宝证书过期了", "农业银行"),
        ("花呗怎么提前还款", "花呗"),
        ("借呗逾期一天会怎样", "借呗"),
        ("微粒贷利息多少", "微众银行"),
        ("拍拍贷 客服电话", "拍拍贷"),
        ("京东白条能提额吗", "京东金融"),
        ("３６０借条靠谱吗", "360数科"),
        ("工行转账到建行多久到", "工商银行"),
    ],
)
def test_another_institutions_product(brands: OtherBrands, text: str, brand: str) -> None:
    assert brands.find(text) == brand


@pytest.mark.parametrize(
    "text",
    [
        "转账要多久到账",
        "转到工行多久到账",
        "汇款给建设银行的卡收费吗",
        "从农行转过来的钱没到",
        "在工行取款机取钱收手续费吗",
        "工行ATM能存钱到我的卡吗",
        "云川的卡和工行的卡能互转吗",
        "你们能还花呗吗",
        "花呗从我银行卡扣了两次钱",
        "花呗绑定银行卡失败",
        "微信怎么绑卡",
        "支付宝绑定银行卡提示信息不符",
        "微信转账到银行卡多久到",
        "拍拍贷一直扣我银行卡的钱",
        "自称京东金融客服要我转到安全账户",
        "提交行程卡",
        "最近没有钱花了",
        "",
    ],
)
def test_ours_to_answer(brands: OtherBrands, text: str) -> None:
    assert brands.find(text) is None


def test_a_bank_of_the_list_that_is_us_is_ours_by_all_its_names() -> None:
    brands = OtherBrands(own_names=("云川银行", "农业银行"))
    assert brands.find("农行K宝怎么用") is None
    assert brands.find("中国农业银行几点上班") is None
    assert brands.find("工行几点上班") == "工商银行"
    assert brands.neutral("农行几点上班") == "几点上班"


def test_for_comparing_other_banks_are_all_the_same(brands: OtherBrands) -> None:
    assert brands.neutral("转到工行多久到账") == brands.neutral("转到招商银行多久到账") == "转到他行多久到账"
    assert brands.neutral("云川银行几点上班") == "几点上班"
    assert brands.neutral("工行几点上班") == "几点上班"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("brands: 工行", "must be a list"),
        ("brands: [{name: 工行}]", "needs name, kind and aliases"),
        ("brands: [{name: 工行, kind: shop, aliases: [工行]}]", "needs name, kind and aliases"),
        (
            "brands: [{name: 甲, kind: bank, aliases: [x]}, {name: 乙, kind: bank, aliases: [X]}]",
            "two brands",
        ),
    ],
)
def test_a_bad_list_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "brands.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ArticleError, match=problem):
        OtherBrands(path)
