"""Secrets (C3 of JR/T 0171-2020) are taken out of a text before anything is stored or logged."""

import re
import unicodedata
from dataclasses import dataclass, field

MAX_TEXT = 10_000
"""Longest message that is stored, in characters."""

_INVISIBLE = re.compile(
    r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
# Digits of a card number may be grouped, as on the plastic; an unbroken run ends where its digits end.
_SEPARATOR = r"(?:[ \u3000\n]{1,2}|[-–—_])"
_CARD = re.compile(rf"(?<!\d)(?:\d{{13,19}}|\d(?:{_SEPARATOR}?\d){{12,18}})(?!\d)")
_CARD_FACE = re.compile(  # what people copy from the plastic behind the number
    r"(?<=\*{6}\d{4})(?P<between>[\s,，;；]{1,3})\d{2}\s?/\s?\d{2}(?!\d)(?P<cvn>[\s,，;；]{1,3}\d{3}(?!\d))?"
)
# Possessive throughout: a label and ten thousand spaces must not take a second.
_ASSIGN = (
    r"\s*+(?:就是|是|为|應該是|应该是|好像是|用的是|[6六]位数?|(?:改|设置?)[成为]了?|输入?的?是?|is\b(?=\s?\S{0,31}\d))?+"
    r"\s*+[:：=]?\s*+[“\"'‘「『（(]?\s*+"
)
_SIX = (
    r"(?<!\d)(?<!\d\.)(?:\d{6}|\d{3}[ -]\d{3}|\d{2} \d{2} \d{2}|\d(?: \d){5})(?!\d)(?![.-]\d)"
    r"(?!\s?[元块万年])"  # an amount says what it counts
)
_NEAR = r"[^\d\n。！？!?；;]{0,12}"
_BEFORE = r"(?=\s?[（(「“]?(?:这个|就?是)?(?:我的|短信|收到的)*"
_LATIN = r"(?<![A-Za-z])(?:{})(?![A-Za-z])"
_PASSWORD_WORD = r"(?:密[码碼]|口令|" + _LATIN.format("password|passwd|passcode|pwd|mima|PIN码?") + ")"
_CODE_WORD = r"(?:[验驗][证證][码碼]|[动動][态態]密?[码碼]|动态口令|校[验驗][码碼]|口令码|短信码|OTP)"
_PASSWORD = re.compile(
    rf"(?P<label>{_PASSWORD_WORD}){_ASSIGN}(?P<secret>[A-Za-z0-9!@#$%^&*._-]{{4,32}})", re.IGNORECASE
)
# Six digits are the length of every bank's PIN: also at some distance from the word.
_PIN = re.compile(rf"(?P<label>{_PASSWORD_WORD}{_NEAR}){_SIX}", re.IGNORECASE)
_PIN_FIRST = re.compile(rf"(?P<label>){_SIX}{_BEFORE}{_PASSWORD_WORD})", re.IGNORECASE)
_CVN = re.compile(
    r"(?P<label>(?:CV[NVC]2?|安全[码碼]|卡[验驗][证證][码碼]|(?:背面|背后|签名栏)的?(?:最?后|末)?[三3]位)(?:\s?(?:数字?|[码碼]))?)"
    + _ASSIGN
    + r"(?P<secret>\d{3,4})(?!\d)",
    re.IGNORECASE,
)
_EXPIRY = re.compile(
    r"(?P<label>(?:有效(?:期限?|日期)|(?<![A-Za-z])(?:exp(?:iry|ires)?|valid\s?thru)(?![A-Za-z]))(?:至|到)?)"
    + _ASSIGN
    + r"(?P<secret>\d{1,2}\s?[/-]\s?\d{2,4}|20\d\d\s?[-/年]\s?\d{1,2}月?|\d{1,2}月\d{2,4}年?|\d\d \d\d|\d{4})"
    + r"(?![\d年])",
    re.IGNORECASE,
)
_CODE = re.compile(rf"(?P<label>{_CODE_WORD}){_ASSIGN}(?P<secret>\d{{4,8}})(?!\d)", re.IGNORECASE)
_CODE_NEAR = re.compile(
    rf"(?P<label>(?:{_CODE_WORD}|{_LATIN.format('code')}){_NEAR})(?P<secret>{_SIX})", re.IGNORECASE
)
_CODE_FIRST = re.compile(rf"(?P<label>)(?P<secret>{_SIX}){_BEFORE}{_CODE_WORD})", re.IGNORECASE)
_CODE_ALONE = re.compile(rf"(?P<label>)(?P<secret>{_SIX})")

CODE_MARK = "［验证码］"
_CVN_MARK, _EXPIRY_MARK, _PASSWORD_MARK = "［安全码］", "［有效期］", "［密码］"
_MARKS = (
    (_CVN, _CVN_MARK),
    (_EXPIRY, _EXPIRY_MARK),
    (_PASSWORD, _PASSWORD_MARK),
    (_PIN, _PASSWORD_MARK),
    (_PIN_FIRST, _PASSWORD_MARK),
)


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

    Digits and letters are recognised in their full-width form too. Where `code_expected` (a challenge
    is open) any six digits standing alone count as the one-time code.
    """
    text = _half_width(text)
    codes: list[str] = []

    def take_code(match: re.Match[str]) -> str:
        codes.append(re.sub(r"\D", "", match["secret"]))
        return match["label"] + CODE_MARK

    for pattern in (_CODE, _CODE_NEAR, _CODE_FIRST):
        text = pattern.sub(take_code, text)
    text = _CARD_FACE.sub(_mask_face, _CARD.sub(_mask_card, text))
    for pattern, mark in _MARKS:
        text = pattern.sub(lambda m, mark=mark: m["label"] + mark, text)  # type: ignore[misc]
    if code_expected:
        text = _CODE_ALONE.sub(take_code, text)
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
    # Dates begin with 19 or 20, card numbers never.
    looks_like_card = digits[:2] not in ("19", "20") and (
        luhn_valid(digits) or (len(digits) >= 16 and digits[0] in "3456")
    )
    if not looks_like_card or _is_id_number(digits):
        return match[0]
    return f"{digits[:6]}******{digits[-4:]}"


def _mask_face(match: re.Match[str]) -> str:
    return match["between"] + _EXPIRY_MARK + (_CVN_MARK if match["cvn"] else "")


def _is_id_number(digits: str) -> bool:
    # GB 11643-1999: 17 digits of a citizen number carry a birth date from the 7th on.
    return (
        len(digits) in (17, 18)
        and digits[6:8] in ("19", "20")
        and digits[10:12] <= "12"
        and not luhn_valid(digits)
    )


def _half_width(text: str) -> str:
    # Letters and digits only: what a customer wrote keeps its punctuation.
    return "".join(unicodedata.normalize("NFKC", c) if c.isalnum() and ord(c) > 0xFF00 else c for c in text)
