"""The words of the vocabulary entities: canonical value → what customers say."""

from __future__ import annotations

import functools
import pathlib

PLACES_FILE = pathlib.Path(__file__).with_name("places.txt")

BUSINESS_CHANNELS = {
    "手机银行": ("手机银行", "手机银行app", "手机app", "app", "掌上银行", "掌银", "手机端", "银行app",
                 "手机上", "客户端"),
    "网上银行": ("网上银行", "网银", "个人网银", "企业网银", "电脑端", "网页版", "电脑上", "官网"),
    "ATM": ("atm", "atm机", "取款机", "存款机", "自动取款机", "自动存款机", "存取款机", "柜员机", "自助机",
            "自助设备",
            "提款机", "自助终端"),
    "柜面": ("柜面", "柜台", "柜员", "大堂", "大堂经理", "营业厅", "窗口", "保安", "支行", "网点柜台"),
    "电话客服": ("电话客服", "客服电话", "客服热线", "热线", "电话银行", "人工电话", "客服人员", "打电话",
                 "客服"),
    "信用卡中心": ("信用卡中心", "信用卡部", "卡中心", "信用卡客服"),
    "客户经理": ("客户经理", "理财经理", "信贷经理", "信贷员", "业务员", "经理", "业务经理"),
}  # fmt: skip

PRODUCT_LINES = {
    "储蓄卡": ("储蓄卡", "借记卡", "工资卡", "社保卡", "存折", "银行卡", "一类卡", "二类卡", "医保卡"),
    "信用卡": ("信用卡", "贷记卡", "白金卡"),
    "贷款": (
        "贷款",
        "房贷",
        "车贷",
        "按揭",
        "消费贷",
        "信用贷",
        "经营贷",
        "助学贷款",
        "小额贷款",
        "公积金贷款",
        "网贷",
    ),
    "存款": (
        "存款",
        "定期",
        "定期存款",
        "活期",
        "大额存单",
        "存单",
        "定存",
        "零存整取",
        "通知存款",
        "结构性存款",
    ),
    "理财": ("理财", "理财产品", "净值型"),
    "保险": ("保险", "保单", "保费", "分红险", "年金险"),
    "基金": ("基金", "定投"),
    "转账": ("转账", "汇款", "转款", "打款", "跨行转账"),
}

BRANCH_KINDS = {
    "ATM": ("atm", "atm机", "取款机", "存款机", "自动取款机", "自动存款机", "存取款机", "柜员机", "自助机",
            "提款机",
            "自助银行", "24小时自助"),
    "网点": ("网点", "营业网点", "支行", "分行", "营业厅", "营业部", "分理处", "储蓄所", "门店", "营业所"),
}  # fmt: skip

REPAYMENT_METHODS = {
    "等额本息": ("等额本息", "等额还款", "每月一样", "每月固定", "本息"),
    "等额本金": ("等额本金", "逐月递减", "越还越少", "每月递减"),
}

# Tokens that end like a district and are none.
NOT_DISTRICTS = frozenset({
    "社区", "小区", "地区", "辖区", "城区", "市区", "山区", "景区", "校区", "园区", "郊区", "县区",
    "开发区", "工业区",
    "特区", "自治区", "贵宾区", "服务区", "自助区", "等候区", "老城区", "该县", "这个区", "哪个区",
    "新城区", "专区", "误区", "盲区", "牧区", "灾区", "林区", "库区", "南区", "北区", "东区", "西区",
})  # fmt: skip


@functools.lru_cache(maxsize=1)
def places() -> dict[str, tuple[str, ...]]:
    """Return the cities we know with their districts, from places.txt (城市: 区 区 县)."""
    known = {}
    for line in PLACES_FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            city, _, districts = line.partition(":")
            known[city.strip()] = tuple(districts.split())
    return known


def city_words() -> dict[str, tuple[str, ...]]:
    """Return city → its names in speech (成都, 成都市)."""
    return {city: (city, f"{city}市") for city in places()}


def district_words() -> dict[str, tuple[str, ...]]:
    """Return district → its names in speech; the short form only where it is not a common word."""
    words: dict[str, tuple[str, ...]] = {}
    for districts in places().values():
        for district in districts:
            short = district[:-1] if district[-1] in "区县" and len(district) > 2 else district
            words[district] = (
                (district, short) if len(short) > 1 and short not in _COMMON_WORDS else (district,)
            )
    return words


_COMMON_WORDS = frozenset({
    "高新", "新城", "和平", "长安", "南山", "福田", "黄山", "朝阳", "东城", "西城", "城中", "城东", "城西",
    "城北",
    "城南", "新华", "解放", "桥东", "桥西", "鼓楼", "中山", "河东", "河西", "江北", "江东", "天河", "海珠",
    "云龙",
    "普陀", "长宁", "静安", "黄浦", "市中", "历下", "新区", "高新技术", "经开", "东湖", "青山", "白云",
    "新北", "大兴",
    "向阳", "红旗", "铁西", "铁东", "南岸", "南关", "二道", "绿园", "宽城", "青年", "金牛", "武陵", "天元",
    "芦淞",
    "开福", "雨花", "天心", "望城", "建邺", "溪湖", "明山", "平山", "永定", "临川", "钟楼", "天宁", "下城",
    "上城",
})  # fmt: skip
