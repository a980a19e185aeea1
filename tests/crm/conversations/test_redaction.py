"""C3 data (JR/T 0171-2020 [S]) never reaches the database, a log or the bot."""

from time import perf_counter

import pytest

from integrations.crm.conversations.redaction import CODE_MARK, luhn_valid, readable, redact

CARD = "6229990000000012"


def test_the_card_of_these_tests_is_valid() -> None:
    assert luhn_valid(CARD)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"我的卡号是{CARD}", CARD),
        (f"卡号{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}查一下", CARD[6:12]),
        (f"{CARD[:4]}-{CARD[4:8]}-{CARD[8:12]}-{CARD[12:]}", "0000-0000"),
        ("６２２９９９００００００００１２", "00000000"),
        ("密码是135790", "135790"),
        ("我的取款密码：a1b2c3", "a1b2c3"),
        ("手机银行密码 Hunter2!", "Hunter2!"),
        ("password=letmein99", "letmein99"),
        ("CVV 123 有效期08/29", "123"),
        ("cvn2是456", "456"),
        ("安全码789", "789"),
        ("有效期 08/29", "08/29"),
        ("短信验证码 654321 对吗", "654321"),
        ("验证码是1234", "1234"),
        ("密码123 456", "123 456"),
        ("我把密码改成135790了", "135790"),
        ("密码应该是135790", "135790"),
        ("密码（135790）", "135790"),
        ("我输的密码是：135790 提示错误", "135790"),
        ("135790是我的密码", "135790"),
        ("密碼135790", "135790"),
        ("ＰＡＳＳＷＯＲＤ：ａｂｃ１２３", "123"),
        ("my pin is 1234", "1234"),
        ("密码6位135790", "135790"),
        ("CVV码是123", "123"),
        ("ＣＶＶ１２３", "123"),
        ("卡片背面的三位数123", "123"),
        ("信用卡验证码123", "123"),
        ("有效期 2029年8月", "2029"),
        ("valid thru 08/29", "08/29"),
        ("验证码是：654321", "654321"),
        ("收到的验证码是 654-321", "654-321"),
        ("【云川银行】654321（验证码），请勿泄露", "654321"),
        ("驗證碼654321", "654321"),
        ("OTP 654321", "654321"),
        (f"{CARD[:4]}  {CARD[4:8]}  {CARD[8:12]}  {CARD[12:]}", "0000  0012"),
        (f"{CARD} 08/29 123", "08/29"),
        (f"{CARD},08/29,123", ",123"),
    ],
)
def test_secrets_are_taken_out(text: str, secret: str) -> None:
    redacted = redact(text, code_expected=False)
    assert secret not in redacted.text
    assert "*" in redacted.text or "［" in redacted.text


@pytest.mark.parametrize(
    "text",
    [
        "密码输错三次被锁了",
        "转账53000到账了吗",
        "手机号13900000001",
        "尾号1234的卡",
        "身份证110101199003070038",
        "工单TS202611220001到哪了",
        "2026年10月1号到7号的明细",
        "shopping2024abc这家店退款",
        "有效期2026年的卡",
        "123456",
        "密码忘了，给尾号6688的卡转了123456元",
        "2026-10-01 2026-10-07的明细",
        "我要改密码，手机号13900000001",
    ],
)
def test_ordinary_words_and_numbers_stay(text: str) -> None:
    assert redact(text, code_expected=False).text == text


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("123456", ["123456"]),
        ("是１２３４５６。", ["123456"]),
        ("验证码 654321", ["654321"]),
        ("123 456", ["123456"]),
        ("是 12 34 56", ["123456"]),
        ("400-888-8888", []),
        ("12345", []),
        ("1234567", []),
        ("转了123456元", []),
        ("13900000001", []),
    ],
)
def test_six_digits_are_the_code_while_one_is_awaited(text: str, codes: list[str]) -> None:
    redacted = redact(text, code_expected=True)
    assert redacted.codes == codes
    assert (CODE_MARK in redacted.text) == bool(codes)


@pytest.mark.parametrize("text", ["密码" + " " * 9990 + "？", "有效期" + " " * 4990 + "验证码" + " " * 4990])
def test_no_text_takes_long(text: str) -> None:
    start = perf_counter()
    redact(text, code_expected=True)
    assert perf_counter() - start < 0.2


def test_codes_do_not_show_in_a_representation() -> None:
    assert "123456" not in repr(redact("123456", code_expected=True))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\u200b\u200b你好\u202e", "你好"),
        ("\ud800余额", "余额"),
        ("\u200b\ufeff ", ""),
        ("👍🏻👨‍👩‍👧", "👍🏻👨👩👧"),
        ("第一行\n第二行", "第一行\n第二行"),
    ],
)
def test_readable_keeps_what_a_person_sees(raw: str, shown: str) -> None:
    assert readable(raw) == shown
