"""RULES.md, Personal data [S]: card 6+4, phone 3+4, ID 1+1, name keeps the surname."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.crm.customers import masking


@pytest.mark.parametrize(
    ("mask", "plain", "shown"),
    [
        (masking.mask_card, "6229991234567890123", "622999*********0123"),
        (masking.mask_card, "6229991234567890", "622999******7890"),
        (masking.mask_account, "7100000000010001", "710000******0001"),
        (masking.mask_phone, "13900000001", "139****0001"),
        (masking.mask_id_number, "510104199506120029", "5****************9"),
        (masking.mask_id_number, "11010119900307803X", "1****************X"),
        (masking.mask_email, "lin@example.com", "l***@example.com"),
        (masking.mask_name, "林晓雯", "林**"),
        (masking.mask_name, "王磊", "王*"),
        (masking.mask_name, "欧阳娜", "欧阳*"),
        (masking.mask_name, "欧阳", "欧*"),
        (masking.mask_name, "司马相如", "司马**"),
        (masking.mask_name, "林", "林*"),
        (masking.mask_name, "", "*"),
    ],
)
def test_masks(mask: object, plain: str, shown: str) -> None:
    assert callable(mask)
    assert mask(plain) == shown


@given(st.text("0123456789", max_size=30))
def test_no_mask_shows_more_than_its_ends(number: str) -> None:
    for mask, ends in ((masking.mask_card, 10), (masking.mask_phone, 7), (masking.mask_id_number, 2)):
        shown = mask(number)
        assert len(shown) == len(number)
        visible = sum(character != "*" for character in shown)
        assert visible == (ends if len(number) > ends else 0)


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (123456, "¥1,234.56"),
        (0, "¥0.00"),
        (5, "¥0.05"),
        (-5, "-¥0.05"),
        (-123456789, "-¥1,234,567.89"),
        (100, "¥1.00"),
        (2**62, "¥46,116,860,184,273,879.04"),
    ],
)
def test_yuan(fen: int, shown: str) -> None:
    assert masking.format_yuan(fen) == shown


def test_signed_yuan() -> None:
    assert [masking.format_signed_yuan(fen) for fen in (100, -100, 0)] == ["+¥1.00", "-¥1.00", "¥0.00"]


def test_dates_are_those_of_shanghai() -> None:
    before_midnight = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)
    midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert masking.format_date(date(2026, 11, 2)) == "2026年11月2日"
    assert masking.format_date(before_midnight) == "2026年11月22日"
    assert masking.format_date(midnight) == "2026年11月23日"
    assert masking.format_moment(midnight) == "2026年11月23日 00:00"
    assert masking.format_short_moment(before_midnight) == "11月22日 23:59"


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), "2026年10月1日至10月31日"),
        (date(2025, 12, 1), date(2026, 1, 31), "2025年12月1日至2026年1月31日"),
        (date(2026, 10, 1), date(2026, 10, 1), "2026年10月1日"),
    ],
)
def test_periods(start: date, end: date, shown: str) -> None:
    assert masking.format_period(start, end) == shown
