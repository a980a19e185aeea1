"""Numbers that name something: phones, cards, ID numbers, tickets. None of them is ever an amount."""

from __future__ import annotations

import re

from bot.nlu.found import Found, is_free

# However its digits are grouped: 139 0000 0001, 1390-000-0001.
_PHONE = re.compile(r"(?<![\d-])(?:\+?86[- ]?)?(1[- ]?[3-9](?:[- ]?\d){9})(?!\d)")
_TICKET = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})[- ]?(\d{8})[- ]?(\d{4})(?!\d)")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){14,18}(?!\d)")
_MASKED_CARD = re.compile(r"(?<!\d)\d{4,6}[ *xX#]{2,16}(\d{4})(?!\d)")
_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])")
_LABELLED_TAIL = re.compile(
    r"(?:尾号|尾数|[后末最]{1,2}[后]?(?:四|4)位)(?:数字?|号)?\s?(?:是|为|:)?\s?(\d{4})(?!\d)"
)
_TAIL_OF_CARD = re.compile(
    r"(?<![\d.])(\d{4})\s?(?:那张|这张|结尾|尾号|的(?:那张|这张)?(?:工资|医保|社保|储蓄|信用|银行)?卡|的(?:余额|明细|流水|账单))"
)
_CARD_THEN_TAIL = re.compile(r"(?:卡|银行卡|储蓄卡|信用卡)\s?(\d{4})(?![\d.元块万千年])")
_WHOLE_TAIL = re.compile(r"\W*(?:是|我的是|应该是)?\s?(\d{4})\s?(?:的|吧|啊)?\W*")
_LONG_DIGITS = re.compile(r"(?<![\d.,])\d{9,}(?!\d)")
_HOTLINE = re.compile(r"(?<!\d)(?:400|800)[-\d]{7,9}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def passes_luhn(digits: str) -> bool:
    """Check a card number's last digit (ISO/IEC 7812-1)."""
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_id_number(written: str) -> bool:
    """Check the last character of a resident identity number (GB 11643-1999)."""
    total = sum(weight * int(char) for weight, char in zip(_ID_WEIGHTS, written[:17], strict=True))
    return "10X98765432"[total % 11] == written[17].upper()


def find_identifiers(text: str) -> list[Found]:
    """Return phones, tickets and card tails in normalised text; a full card number gives its tail.

    A message that is only four digits is taken as a tail; :func:`bot.nlu.entities.find_entities` gives it
    as an amount too, because only the form that asked knows which it is.
    """
    found: list[Found] = []
    for match in _TICKET.finditer(text):
        found.append(Found("ticket_number", "".join(match.groups()).upper(), *match.span()))
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if passes_luhn(digits) and not _is_whole_id(text, match) and is_free(found, *match.span()):
            found.append(Found("card_tail", digits[-4:], *match.span()))
    for match in _PHONE.finditer(text):
        if is_free(found, *match.span()):
            found.append(Found("phone", re.sub(r"\D", "", match[1]), *match.span()))
    found += _tails(text, found)
    return sorted(found, key=lambda item: item.start)


def find_reserved(text: str) -> list[Found]:
    """Return spans that are no entity of ours but must not be read as money: long digit strings, IDs."""
    reserved = [Found("id_number", None, *match.span()) for match in _ID_NUMBER.finditer(text)]
    for name, pattern in (("digits", _LONG_DIGITS), ("hotline", _HOTLINE)):
        reserved += [Found(name, None, *match.span()) for match in pattern.finditer(text)]
    return reserved


def _is_whole_id(text: str, match: re.Match[str]) -> bool:
    """Tell whether an 18-digit match is an identity number rather than a card."""
    id_match = _ID_NUMBER.match(text, match.start())
    return id_match is not None and is_id_number(id_match.group())


def _tails(text: str, taken: list[Found]) -> list[Found]:
    """Return the card tails outside the spans already taken."""
    tails: list[Found] = []
    patterns = (_MASKED_CARD, _LABELLED_TAIL, _TAIL_OF_CARD, _CARD_THEN_TAIL)
    matches = [match for pattern in patterns for match in pattern.finditer(text)]
    whole = _WHOLE_TAIL.fullmatch(text)
    for match in [*matches, *([whole] if whole else [])]:
        span = (match.start(1), match.end(1))
        if is_free([*taken, *tails], *span):
            tails.append(Found("card_tail", match[1], *span))
    return tails
