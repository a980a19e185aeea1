"""Completed years, at birthdays and around 29 February."""

from datetime import date

import pytest

from integrations.crm.customers.ages import ADULT_AGE, age_on


@pytest.mark.parametrize(
    ("day", "age"),
    [(date(2026, 11, 21), 17), (date(2026, 11, 22), 18), (date(2026, 11, 23), 18), (date(2027, 11, 21), 18)],
)
def test_a_year_is_completed_on_the_birthday(day: date, age: int) -> None:
    assert age_on(day, date(2008, 11, 22)) == age
    assert (age >= ADULT_AGE) == (day >= date(2026, 11, 22))


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 2, 28), 17), (date(2026, 3, 1), 18), (date(2028, 2, 29), 20)]
)
def test_a_birthday_on_29_february(day: date, age: int) -> None:
    assert age_on(day, date(2008, 2, 29)) == age
