"""Secrets (C3 of JR/T 0171-2020) are taken out of a text before anything is stored or logged."""

import re
import unicodedata
from dataclasses import dataclass, field

MAX_TEXT = 10_000
"""Longest message that is stored, in characters."""

_INVISIBLE = re.compile(
    r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
# Digit runs of a card number may be grouped by spaces or hyphens, as on the plastic.
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_ASSIGN = r"\s*(?:就是|是|为|[:：=]|输入的?是?|改成了?|设成了?)?\s*"
_PASSWORD = re.compile(
    r"(?P<label>(?:交易|支付|取款|查询|登录|手机银行|网银|银行卡|卡)?(?:密码|口令|(?<![A-Za-z])(?:password|passwd|pwd|PIN码?)(?![A-Za-z])))"
    + _ASSIGN
    + r"(?P<secret>[A-Za-z0-9!@#$%^&*._-]{4,32})",
    re.IGNORECASE,
)
_CVN = re.compile(
    r"(?P<label>CVN2?|CVV2?|CVC2?|安全码|背面三位|卡背面(?:后|末)?三位(?:数字?)?)"
    + _ASSIGN
    + r"(?P<secret>\d{3,4})(?!\d)",
    re.IGNORECASE,
)
_EXPIRY = re.compile(
    r"(?P<label>(?:卡)?有效期(?:至|到)?)" + _ASSIGN + r"(?P<secret>\d{1,2}\s*[/-]\s*\d{2,4}|\d{4})(?![\d年])",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?P<label>(?:短信|动态|校验|手机)?(?:验证码|动态码|校验码|动态密码|口令码))"
    + _ASSIGN
    + r"(?P<secret>\d{4,8})(?!\d)"
)
# Six digits standing alone; an amount says what it counts.
_SIX_DIGITS = re.compile(r"(?<!\d)(?<!\d\.)\d{6}(?!\d)(?!\.\d)(?!\s*[元块万年])")

CODE_MARK = "［验证码］"


@dataclass(frozen=True)
class Redacted:
    """A text without secrets. `codes` are possible one-time codes: check them at once, never store them."""

    text: str
    codes: list[str] = field(default_factory=list, repr=False)


def readable(text: str) -> str:
    """The text as a person sees it: no invisible or direction-changing characters, no lone surrogates."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return _INVISIBLE.sub("", text).strip()


def redact(text: str, *, code_expected: bool) -> Redacted:
    """Replace passwords, CVN, expiry, one-time codes and full card numbers.

    Digits are recognised in their full-width form too. Where `code_expected` (a challenge is open)
    any six digits standing alone count as the one-time code.
    """
    text = _half_width_digits(text)
    codes = [match["secret"] for match in _CODE.finditer(text)]
    text = _CODE.sub(lambda m: m["label"] + CODE_MARK, text)
    text = _CARD.sub(_mask_card, text)
    for pattern, mark in ((_CVN, "［安全码］"), (_EXPIRY, "［有效期］"), (_PASSWORD, "［密码］")):
        text = pattern.sub(lambda m, mark=mark: m["label"] + mark, text)  # type: ignore[misc]
    if code_expected:
        codes += _SIX_DIGITS.findall(text)
        text = _SIX_DIGITS.sub(CODE_MARK, text)
    return Redacted(text, codes)


def luhn_valid(digits: str) -> bool:
    """Whether the check digit of a card number fits (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _mask_card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    looks_like_card = len(digits) >= 13 and (
        luhn_valid(digits) or (len(digits) >= 16 and digits[0] in "3456")
    )
    if not looks_like_card or _is_id_number(digits):
        return match[0]
    return f"{digits[:6]}******{digits[-4:]}"


def _is_id_number(digits: str) -> bool:
    # GB 11643-1999: 17 digits of a citizen number carry a birth date from the 7th on.
    return (
        len(digits) in (17, 18)
        and digits[6:8] in ("19", "20")
        and digits[10:12] <= "12"
        and not luhn_valid(digits)
    )


def _half_width_digits(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", c) if c.isdigit() and ord(c) > 0xFF00 else c for c in text)
