"""Other institutions' products are recognised; money and cards between them and us stay ours."""

from pathlib import Path

import pytest

from knowledge_base.articles import Article
from knowledge_base.brand_list import load_brands, plain
from knowledge_base.facts import ArticleError
from knowledge_base.other_brands import BRANDS_FILE, Institution, OtherBrands


@pytest.fixture(scope="module")
def brands() -> OtherBrands:
    return OtherBrands()


def find(brands: OtherBrands, text: str) -> str | None:
    """The name of the institution whose product a question is about."""
    found = brands.institution(text)
    return found.name if found else None


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
        ("新桥小额贷款有限公司靠谱吗", "网贷平台"),
        ("蓝鲸星贷可以贷款吗", "蓝鲸星贷"),
        ("蓝鲸星贷款上征信不，上征信就不借了", "蓝鲸星贷"),
        ("你好，绿豆沙贷下款要多久", "绿豆沙贷"),
        ("豆豆贷款有额度", "豆豆贷"),
        ("请问橙子e贷的利息高不高", "橙子e贷"),
        ("海星速贷", "海星速贷"),
        ("山城青果小额贷款是真的假的", "山城青果小额贷"),
        ("绿豆贷网客服电话", "绿豆贷网"),
        ("蓝鲸星贷款是真的吗", "蓝鲸星贷"),
        ("请问蓝鲸星贷客服电话", "蓝鲸星贷"),
        ("从红*贷提现几天到", "红*贷"),
        ("京东白条能提额吗", "京东金融"),
        ("３６０借条靠谱吗", "360数科"),
        ("工行转账到建行多久到", "工商银行"),
        ("农行卡转到农行卡多久到", "农业银行"),
        ("从工行卡汇给同城工行卡收费吗", "工商银行"),
        ("农行跨行转账收多少手续费", "农业银行"),
        ("网捷贷逾期了怎么办", "农业银行"),
        ("快e宝赎回多久到", "农业银行"),
        ("打牡丹卡的钱少了", "工商银行"),
        ("工行k宝坏了能在你们这换吗", "工商银行"),
        ("建行的理财去你们网点能赎回吗", "建设银行"),
    ],
)
def test_another_institutions_product(brands: OtherBrands, text: str, brand: str) -> None:
    assert find(brands, text) == brand


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
        "网贷多了影响房贷吗",
        "有网贷会不会影响办信用卡",
        "借呗还清了房贷还受影响不",
        "闲钱放支付宝余额宝里好还是存定期好",
        "有没有跟余额宝一样随用随取的",
        "活期理财和余额宝哪个利息高",
        "余额宝跟银行存款有啥区别",
        "借呗利息比信用卡分期高不高",
        "能不能用余额宝还房贷",
        "信用贷正规吗",
        "农村小额贷款可靠吗",
        "我想贷可以贷款吗",
        "老房贷利率能降吗",
        "农户小额贷款利率",
        "个人信用小额贷款怎么还",
        "帮忙算下房贷利息",
        "停用快贷",
        "首套贷款利率多少",
        "大学生贷款怎么还",
        "家装贷利息多少",
        "线上贷款额度没有了",
        "公司贷款还款日",
        "换手机号了快贷怎么改",
        "微信怎么绑卡",
        "支付宝绑定银行卡提示信息不符",
        "微信转账到银行卡多久到",
        "拍拍贷一直扣我银行卡的钱",
        "自称京东金融客服要我转到安全账户",
        "提交行程卡",
        "掌上银行怎么登录",
        "跨行转账建行没到",
        "往建行存钱算跨行吗",
        "建行是跨行吗",
        "从农行转到我卡上，农行说已经转了",
        "我在贵行有卡，工行也有",
        "工行的卡能在你们ATM取钱吗",
        "农行信用卡来你们柜台还款可以吗",
        "最近没有钱花了",
        "",
    ],
)
def test_ours_to_answer(brands: OtherBrands, text: str) -> None:
    assert find(brands, text) is None


def test_a_bank_of_the_list_that_is_us_is_ours_by_all_its_names() -> None:
    brands = OtherBrands(own_names=("云川银行", "农业银行"))
    assert find(brands, "农行K宝怎么用") is None
    assert find(brands, "中国农业银行几点上班") is None
    assert find(brands, "工行几点上班") == "工商银行"
    assert brands.neutral("农行几点上班") == "几点上班"


def test_our_own_products_keep_their_names() -> None:
    brands = OtherBrands(own_names=("农业银行",))
    assert brands.neutral("农行K宝怎么用") == "k宝怎么用"
    assert find(brands, "K宝怎么用") is None
    assert brands.neutral("招行的闪电贷和农行的快e贷") == "他行的快贷和的快e贷"


def test_an_institution_comes_with_its_kind_and_hotline(brands: OtherBrands) -> None:
    assert brands.institution("农行几点上班") == Institution("农业银行", "bank", "95599")
    assert brands.institution("借呗还款") == Institution("借呗", "lender", "95188")
    assert brands.institution("捷信还款") == Institution("捷信", "lender", None)
    assert brands.institution("转到农行") is None


# ---- text messages


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("【极速贷】尊敬的用户，您有5万额度待领取", "极速贷"),
        (" 【信安金融】您的账单今日到期，退订回T", "信安金融"),
        ("「好好分期」您的订单已逾期", "好好分期"),
        ("［ABC贷］点击 https://a.cn 提现", "ABC贷"),
        ("【诺安小额贷款】您好，您的申请已通过", "诺安小额贷款"),
        ("【招联金融】您有一笔借款今日到期", "招联消费金融"),
        ("【中国农业银行】尊敬的客户，您在我行留存的证件已过期", "农业银行"),
        ("【农业银行】您尾号1234账户向支付宝付款100元", "农业银行"),
    ],
)
def test_the_sender_of_a_pasted_text_message(brands: OtherBrands, text: str, name: str) -> None:
    assert find(brands, text) == name


def test_the_sender_of_a_text_message_that_nobody_knows_is_a_lender(brands: OtherBrands) -> None:
    assert brands.institution("【极速贷】您有额度") == Institution("极速贷", "lender", None)


@pytest.mark.parametrize(
    "text",
    [
        "【个人住房贷】您怎么申请",
        "【信用卡分期】您有优惠吗",
        "【小额贷款】客户要什么条件",
        "「快贷」您好怎么还",
        "【消费金融】用户能办吗",
        "【旅行支票】您能换吗",
        "【贷】您好",
        "【极速贷】怎么样",
        "想问【极速贷】您有额度",
        "【云川银行】您尾号1234账户到账100元",
        "【云川快贷】尊敬的客户，您本期应还100元",
        "【极速贷】尊敬的云川银行客户，您有额度",
        "【极速贷】您的验证码是1234",
        "【极速贷】您已逾期，这是骗人的吧",
        "【" + "很" * 40 + "贷】您有额度",
        "【<b>贷】您有额度",
        "【】您",
        "【",
    ],
)
def test_not_another_firms_text_message(brands: OtherBrands, text: str) -> None:
    assert find(brands, text) is None


# ---- for comparing


def test_for_comparing_other_banks_are_all_the_same(brands: OtherBrands) -> None:
    assert brands.neutral("转到工行多久到账") == brands.neutral("转到招商银行多久到账") == "转到他行多久到账"
    assert brands.neutral("云川银行几点上班") == "几点上班"
    assert brands.neutral("工行几点上班") == "几点上班"


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("K宝证书过期了", "云盾证书过期了"),
        ("农行Ｋ宝多少钱", "云盾多少钱"),
        ("你们的K宝多少钱", "你们的云盾多少钱"),
        ("k令怎么激活", "动态令牌怎么激活"),
        ("农行掌银闪退", "手机银行闪退"),
        ("掌上银行怎么注册", "手机银行怎么注册"),
        ("农行网捷贷逾期", "快贷逾期"),
        ("融e借利率", "快贷利率"),
        ("招行闪电贷还款", "快贷还款"),
        ("快e宝怎么取出来", "天天盈怎么取出来"),
        ("农行金穗信用卡年费", "信用卡年费"),
        ("金穗卡丢了", "银行卡丢了"),
        ("龙卡信用卡激活", "信用卡激活"),
        ("农行转账到建行多久到", "转账到他行多久到"),
        ("余额宝的钱转到工行卡", "余额宝的钱转到他行卡"),
        ("花呗怎么还", "花呗怎么还"),
        ("新建行程", "新建行程"),
        ("农行卡丢了", "银行卡丢了"),
        ("农业银行卡号在哪看", "卡号在哪看"),
        ("工行信用卡年费", "信用卡年费"),
        ("农行金钥匙安心得利理财产品保本吗", "理财产品保本吗"),
        ("", ""),
    ],
)
def test_for_comparing_their_products_are_called_as_at_ours(
    brands: OtherBrands, text: str, ours: str
) -> None:
    assert brands.neutral(text) == ours


# ---- questions that were put to another bank


def test_a_question_put_to_another_bank_becomes_one_to_us(brands: OtherBrands) -> None:
    assert "农业银行" in brands.names() and "云川银行" not in brands.names()
    assert brands.as_ours("农行的App几点开", "农业银行", "云川银行") == "云川银行的App几点开"
    assert brands.as_ours("中国农业银行Ｋ宝", "农业银行", "云川银行") == "云川银行云盾"
    assert brands.as_ours("掌银转到工行", "农业银行", "云川银行") == "手机银行转到工行"
    assert brands.as_ours("提交行程", "交通银行", "云川银行") == "提交行程"
    with pytest.raises(KeyError):
        brands.as_ours("农行", "无此银行", "云川银行")


# ---- the list


def test_everybody_has_a_name_that_is_found(brands: OtherBrands) -> None:
    for brand in load_brands(BRANDS_FILE).brands:
        for alias in brand.aliases:
            assert find(brands, alias) == brand.name, alias


def test_no_meaning_is_left_over_after_replacing(brands: OtherBrands) -> None:
    """What a product is at ours may not be a name that is replaced in turn."""
    known = load_brands(BRANDS_FILE)
    for word in [*known.words.values(), *(ours for brand in known.brands for ours in brand.means.values())]:
        assert brands.neutral(word) == plain(word)
        assert find(brands, word) is None


def test_articles_about_lenders_exist(brands: OtherBrands, articles: list[Article]) -> None:
    about = (*brands.about_lenders, *brands.about_wallets)
    assert len(set(about)) == len(about) > 0
    assert set(about) <= {article.id for article in articles}


def test_what_products_mean_is_in_our_articles(articles: list[Article]) -> None:
    texts = "\n".join("\n".join((article.title, *article.variants, article.body)) for article in articles)
    for brand in load_brands(BRANDS_FILE).brands:
        for product, ours in brand.means.items():
            assert ours in texts, product


ONE = "{name: 工行, kind: bank, aliases: [工商]}"
SMALL = f"brands: [{ONE}]"


@pytest.mark.parametrize(
    ("content", "field", "problem"),
    [
        ("", "file", "dictionary"),
        ("[]", "file", "dictionary"),
        ("brands: 工行", "brands", "list"),
        ("brands: []", "brands", "at least 1"),
        ("ordinary: [工行]", "brands", "required"),
        ("brands: [工行]", "brands.0", "dictionary"),
        ("brands: [{name: 工行}]", "brands.0.kind", "required"),
        ("brands: [{name: 工行, kind: shop, aliases: [工行]}]", "brands.0.kind", "'bank' or 'lender'"),
        ("brands: [{name: 工行, kind: bank, aliases: []}]", "brands.0.aliases", "at least 1"),
        ("brands: [{name: 工行, kind: bank, aliases: 工行}]", "brands.0.aliases", "list"),
        ("brands: [{name: 工行, kind: bank, aliases: ['']}]", "brands.0.aliases.0", "at least 2"),
        ("brands: [{name: 工行, kind: bank, aliases: [行]}]", "brands.0.aliases.0", "at least 2"),
        ("brands: [{name: 工行, kind: bank, aliases: ['  行 ']}]", "brands.0.aliases.0", "at least 2"),
        ("brands: [{name: 工行, kind: bank, aliases: [yes]}]", "brands.0.aliases.0", "string"),
        ("brands: [{name: 工行, kind: bank, aliases: [{}]}]", "brands.0.aliases.0", "string"),
        (
            "brands: [{name: 工行, kind: bank, aliases: [工商], phone: '95588'}]",
            "brands.0.phone",
            "not permitted",
        ),
        (f"{SMALL}\nsomething: [x]", "something", "not permitted"),
        (
            "brands: [{name: 甲行, kind: bank, aliases: [xx]}, {name: 乙行, kind: bank, aliases: [ＸX]}]",
            "file",
            "belongs to 甲行 and to 乙行",
        ),
        (f"brands: [{ONE}, {{name: 工行, kind: bank, aliases: [宇宙行]}}]", "file", "listed twice"),
        (
            "brands: [{name: 工行, kind: bank, aliases: [工行], means: {融e借: 快贷}}]",
            "brands.0",
            "not among the aliases",
        ),
        (
            "brands: [{name: 工行, kind: bank, aliases: [融e借], means: {融e借: ''}}]",
            "brands.0.means.融e借",
            "at least 1",
        ),
        (
            "brands: [{name: 工行, kind: bank, aliases: [融e借], means: {融e借}}]",
            "brands.0.means.融e借",
            "string",
        ),
        ("brands: [{name: 工行, kind: bank, aliases: [融e借], means: 快贷}]", "brands.0.means", "dictionary"),
        (
            "brands: [{name: 工行, kind: bank, aliases: [工行, 融e借], means: {融e借: 工行快贷}}]",
            "file",
            "names another institution",
        ),
        (f"{SMALL}\nwords: {{掌银: 工商银行}}", "file", "names another institution"),
        (f"{SMALL}\nwords: {{工商: 银行}}", "file", "belongs to 工行 and to words"),
        (f"{SMALL}\nordinary: [工商]", "file", "belongs to 工行 and to ordinary"),
        (f"{SMALL}\nwords: {{掌银: null}}", "words.掌银", "string"),
        (f"{SMALL}\nabout_lenders: [贷款]", "about_lenders.0", "pattern"),
        (f"{SMALL}\nabout_lenders: other-lender", "about_lenders", "list"),
    ],
)
def test_a_bad_list_is_refused(tmp_path: Path, content: str, field: str, problem: str) -> None:
    path = tmp_path / "brands.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ArticleError, match=problem) as raised:
        OtherBrands(path)
    assert raised.value.field == field and raised.value.file == "brands.yml"


@pytest.mark.parametrize(
    "hotline",
    [
        "'12'",
        "'1234567890123'",
        "955-",
        "'-95588'",
        "９５５８８",
        "95588转2",
        "''",
        "tel:95588",
        "[95588]",
        "yes",
        '"95588\\n"',
    ],
)
def test_a_bad_hotline_is_refused(tmp_path: Path, hotline: str) -> None:
    path = tmp_path / "brands.yml"
    entry = f"{{name: 工行, kind: bank, aliases: [工商], hotline: {hotline}}}"
    path.write_text(f"brands: [{entry}]", encoding="utf-8")
    with pytest.raises(ArticleError) as raised:
        OtherBrands(path)
    assert raised.value.field == "brands.0.hotline"


@pytest.mark.parametrize(
    ("written", "kept"), [("95588", "95588"), ("'400-8308-300'", "400-8308-300"), ("'110'", "110")]
)
def test_a_hotline_may_be_a_number_or_have_dashes(tmp_path: Path, written: str, kept: str) -> None:
    path = tmp_path / "brands.yml"
    path.write_text(
        f"brands: [{{name: 工行, kind: bank, aliases: [工商], hotline: {written}}}]", encoding="utf-8"
    )
    assert OtherBrands(path).institution("工商") == Institution("工行", "bank", kept)


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="cannot be read"):
        OtherBrands(tmp_path / "none.yml")
