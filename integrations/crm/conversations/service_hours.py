"""When people are at the desk. Pure: the periods and the moment are passed in."""

from datetime import datetime, time

from integrations.crm.settings import SHANGHAI


def is_open(periods: list[tuple[time, time]], now: datetime) -> bool:
    """Whether `now` (aware) lies in one of the daily periods, Asia/Shanghai; the end is excluded."""
    clock = now.astimezone(SHANGHAI).time()
    return any(start <= clock < end for start, end in periods)


def spoken(periods: list[tuple[time, time]]) -> str:
    """The hours as customers read them, e.g. 「08:30–12:00、13:00–21:00」."""
    return "、".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in periods)
