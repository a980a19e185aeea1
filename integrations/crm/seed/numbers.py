"""Numbers that look real and check out, and belong to nobody. Pure."""

from array import array
from collections.abc import Collection, Sequence
from datetime import date, timedelta
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


def serial_card_number(serial: int, length: int) -> str:
    """A Luhn-valid card number of its own for every `serial` below 10 ** (length - 7)."""
    # The multiplier ends in 9, so it has no factor in common with the power of ten: one to one.
    spread = serial * 387_420_489 % 10 ** (length - len(BIN) - 1)
    head, tail = divmod(spread, 10_000)
    front = f"{BIN}{head:0{length - len(BIN) - 5}d}"
    # The check digit stands at an even place from the end, where it counts once.
    return f"{front}{-luhn_sum(f'{front}0{tail:04d}') % 10}{tail:04d}"


class IdNumbers:
    """Gives out ID numbers that nobody else has; needs little memory, however many people there are."""

    _SEQUENCES = 500

    def __init__(self, first: date, last: date, regions: Sequence[str], taken: Collection[str]) -> None:
        """For births from `first` to `last`; `taken` numbers are never given out."""
        self._first = first
        self._days = (last - first).days + 1
        self._regions = {region: place for place, region in enumerate(regions)}
        self._given = array("H", bytes(2 * 2 * self._days * len(regions)))
        self._taken = frozenset(taken)

    def next(self, region: str, birth: date, gender: str) -> tuple[date, str]:
        """The birth date and a number: the next day where 500 of one place, day and gender are used up.

        Raises OverflowError where the days are used up too.
        """
        start = self._regions[region] * 2 + (gender == "male")
        for day in range((birth - self._first).days, self._days):
            place = start * self._days + day
            while self._given[place] < self._SEQUENCES:
                birth = self._first + timedelta(days=day)
                number = id_number(region, birth, self._given[place], gender)
                self._given[place] += 1
                if number not in self._taken:
                    return birth, number
        raise OverflowError("too many people for the ID numbers of these regions and days")
