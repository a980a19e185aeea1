"""The five customers of the demonstration; README.md tells what each of them shows."""

from datetime import date, datetime, timedelta

from integrations.crm.customers.periods import today
from integrations.crm.seed.assessments import Assessment
from integrations.crm.seed.events import DUE_AFTER
from integrations.crm.seed.months import add_months
from integrations.crm.seed.profiles import CreditPlan, DepositPlan, HoldingPlan, PlannedTransfer, Profile


def named_profiles(now: datetime) -> list[Profile]:
    """The named customers, in the order of their phone numbers 13900000001 … 5."""
    day = today(now)
    return [
        _lin_xiaowen(now, day),
        _chen_jianguo(now, day),
        _wang_siyuan(now, day),
        _zhao_yaqin(now, day),
        _ma_lijun(now, day),
    ]


def _lin_xiaowen(now: datetime, day: date) -> Profile:
    bill_day = _bill_day(due=day + timedelta(days=5))
    return Profile(
        name="林晓雯",
        gender="female",
        birth_date=date(day.year - 31, 6, 12),
        region="510104",
        city="成都",
        tier="standard",
        joined_on=date(day.year - 7, 3, 8),
        phone="13900000001",
        income="工资",
        income_from="成都锦程软件有限公司",
        income_fen=1_268_000,
        income_day=10,
        rent_fen=280_000,
        spends_per_month=9,
        opening_fen=2_318_640,
        debit_tails=("6688",),
        credit=(CreditPlan("云川标准信用卡", 3_000_000, bill_day, tail="1024"),),
        transfers=(
            _transfer(now - timedelta(minutes=40), 500_000, "张伟", "工商银行", "3308", "processing"),
            _transfer(now - timedelta(days=3, hours=2), 120_000, "周敏", "建设银行", "7719", "succeeded"),
            _transfer(now - timedelta(days=20), 86_650, "李娜", "招商银行", "0042", "succeeded"),
        ),
        assessments=(Assessment(day - timedelta(days=96), 2, 33),),
    )


def _chen_jianguo(now: datetime, day: date) -> Profile:
    matured = add_months(day - timedelta(days=6), -12)
    return Profile(
        name="陈建国",
        gender="male",
        birth_date=date(day.year - 69, 9, 3),
        region="510703",
        city="绵阳",
        tier="important",
        joined_on=date(day.year - 22, 5, 16),
        phone="13900000002",
        income="养老金",
        income_from="社会保险基金管理局",
        income_fen=486_230,
        income_day=15,
        rent_fen=0,
        spends_per_month=5,
        opening_fen=6_540_915,
        debit_tails=("2201",),
        deposits=(
            DepositPlan(20_000_000, 12, matured),
            DepositPlan(10_000_000, 36, day - timedelta(days=410)),
        ),
        transfers=(_transfer(now - timedelta(days=9), 300_000, "陈浩", "农业银行", "5561", "succeeded"),),
        assessments=(Assessment(day - timedelta(days=203), 1, 14),),
    )


def _wang_siyuan(now: datetime, day: date) -> Profile:
    return Profile(
        name="王思远",
        gender="male",
        birth_date=date(day.year - 45, 1, 27),
        region="530102",
        city="昆明",
        tier="vip",
        joined_on=date(day.year - 12, 11, 2),
        phone="13900000003",
        income="经营收入",
        income_from="云岭茶业有限公司",
        income_fen=8_500_000,
        income_day=8,
        rent_fen=0,
        spends_per_month=14,
        spend_scale=8,
        opening_fen=68_204_377,
        debit_tails=("8800", "8818"),
        credit=(
            CreditPlan("云川白金信用卡", 20_000_000, 18, pays_before=3, tail="6600"),
            CreditPlan("云川车主信用卡", 5_000_000, 25, pays_before=1, tail="6619"),
        ),
        deposits=(
            DepositPlan(100_000_000, 36, day - timedelta(days=700)),
            DepositPlan(50_000_000, 12, day - timedelta(days=200)),
        ),
        holdings=(
            HoldingPlan("YC-W205", "云川安心固收一年期", "wealth", 80_000_000, day - timedelta(days=150)),
            HoldingPlan("YC-F301", "西南稳健债券基金A", "fund", 30_000_000, day - timedelta(days=420)),
            HoldingPlan("YC-I402", "福泽年金保险", "insurance", 20_000_000, day - timedelta(days=800)),
        ),
        transfers=(
            _transfer(now - timedelta(days=2), 20_000_000, "王思齐", "招商银行", "9010", "succeeded"),
            _transfer(now - timedelta(days=14), 5_000_000, "昆明滇韵装饰", "交通银行", "4471", "succeeded"),
        ),
        # Renewed every year: each purchase of a rated product lies within one of them.
        assessments=(
            Assessment(day - timedelta(days=805), 3, 58),
            Assessment(day - timedelta(days=425), 4, 69),
            Assessment(day - timedelta(days=62), 4, 73),
        ),
    )


def _zhao_yaqin(now: datetime, day: date) -> Profile:
    bill_day = _bill_day(due=day - timedelta(days=6))
    return Profile(
        name="赵雅琴",
        gender="female",
        birth_date=date(day.year - 38, 12, 5),
        region="500103",
        city="重庆",
        tier="standard",
        joined_on=date(day.year - 5, 8, 19),
        phone="13900000004",
        income="工资",
        income_from="重庆渝江物流有限公司",
        income_fen=742_000,
        income_day=20,
        rent_fen=150_000,
        spends_per_month=12,
        spend_scale=3,
        opening_fen=918_205,
        debit_tails=("3572",),
        credit=(CreditPlan("云川标准信用卡", 2_000_000, bill_day, "skips_last", tail="4410"),),
        transfers=(_transfer(now - timedelta(days=6), 60_000, "赵强", "邮储银行", "1187", "succeeded"),),
        assessments=(Assessment(day - timedelta(days=431), 3, 52),),
    )


def _ma_lijun(now: datetime, day: date) -> Profile:
    since = day - timedelta(days=520)
    wrong_name, closed = "收款账号与户名不符", "收款账户状态异常"
    return Profile(
        name="马立军",
        gender="male",
        birth_date=date(day.year - 52, 4, 21),
        region="520103",
        city="贵阳",
        tier="standard",
        joined_on=date(day.year - 9, 2, 14),
        phone="13900000005",
        income="工资",
        income_from="贵阳黔兴机械厂",
        income_fen=835_000,
        income_day=12,
        rent_fen=0,
        spends_per_month=6,
        opening_fen=4_127_533,
        debit_tails=("7035",),
        holdings=(HoldingPlan("YC-L502", "个人消费贷款", "loan", 8_000_000, since, add_months(since, 36)),),
        transfers=(
            _transfer(now - timedelta(days=2), 1_200_000, "刘洋", "建设银行", "2806", "returned", wrong_name),
            _transfer(now - timedelta(days=1), 300_000, "吴芳", "中国银行", "6093", "failed", closed),
            _transfer(now - timedelta(days=30), 45_000, "马晓东", "云川银行", "1530", "succeeded"),
        ),
    )


def _transfer(
    at: datetime, amount_fen: int, payee: str, bank: str, tail: str, outcome: str, failure: str | None = None
) -> PlannedTransfer:
    return PlannedTransfer(at, amount_fen, payee, bank, tail, outcome, failure)


def _bill_day(due: date) -> int:
    """The bill day for this due day or, where that is none of 1–28, one up to three days earlier."""
    return min((due - timedelta(days=DUE_AFTER)).day, 28)
