"""Months as the demo data counts them. Pure."""

from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day `months` later, at most the 28th (so that it exists)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))
