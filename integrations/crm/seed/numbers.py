"""Numbers that look real and check out, and belong to nobody. Pure."""

from datetime import date
from random import Random

BIN = "622999"
"""Beginning of the demo bank's cards; no issuer has it."""

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def luhn_sum(digits: str) -> int:
    """The sum whose last digit is 0 for a valid card number (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total


def card_number(rng: Random, tail: str, length: int) -> str:
    """A Luhn-valid card number of `length` digits that begins with BIN and ends with `tail`."""
    middle = "".join(rng.choices("0123456789", k=length - len(BIN) - len(tail) - 1))
    for digit in "0123456789":
        number = f"{BIN}{middle}{digit}{tail}"
        if luhn_sum(number) % 10 == 0:
            return number
    raise AssertionError("doubling a digit modulo 9 is one to one, so one of ten fits")


def id_number(region: str, birth: date, sequence: int, gender: str) -> str:
    """A citizen's ID number with a valid check character (GB 11643-1999); `sequence` 0–499."""
    order = sequence * 2 + (1 if gender == "male" else 0)
    body = f"{region}{birth:%Y%m%d}{order:03d}"
    remainder = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[remainder]


def account_number(customer: int, account: int) -> str:
    """An account number: bank 7100, customer, running number."""
    return f"7100{customer:08d}{account:04d}"
