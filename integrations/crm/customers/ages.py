"""How old customers are, and from when on they can conclude contracts. Pure."""

from datetime import date

ADULT_AGE = 18
"""Full capacity for civil acts begins here (民法典 Arts 17 and 18)."""


def age_on(day: date, birth_date: date) -> int:
    """Completed years (周岁): a year is completed on the birthday, 28 February's next day for 29 February."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
