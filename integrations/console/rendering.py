"""Jinja templates of the console. Everything is escaped: what customers write is text, never markup."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from integrations.console import customer_wording, understood_names, wording
from integrations.crm.customers.masking import (
    format_date,
    format_moment,
    format_short_moment,
    format_yuan,
)
from integrations.crm.settings import SHANGHAI

FOLDER = Path(__file__).resolve().parent
ASSETS = FOLDER / "assets"


def render(template: str, **values: Any) -> str:
    """The template's HTML, every value escaped."""
    return _environment.get_template(template).render(**values)


def page(template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """A whole page that needs no live connection."""
    return HTMLResponse(render(template, **values), status_code)


def asset(name: str) -> str:
    """Address of a file in `assets`, different whenever its content is."""
    return f"/console/assets/{name}?v={_digests[name]}"


def clock_time(moment: datetime) -> str:
    """09:05, Asia/Shanghai."""
    return f"{moment.astimezone(SHANGHAI):%H:%M}"


def precise(moment: datetime) -> str:
    """2026-11-22 09:05:31, Asia/Shanghai."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def day(moment: date) -> str:
    """2026年11月22日; a moment is taken at its day in Shanghai."""
    return format_date(moment)


def waited(since: datetime, now: datetime) -> str:
    """How long ago, as agents read it."""
    minutes = max(int((now - since).total_seconds()) // 60, 0)
    if minutes < 1:
        return wording.SECONDS
    if minutes < 60:
        return wording.MINUTE.format(n=minutes)
    return wording.HOUR.format(h=minutes // 60, m=minutes % 60)


def per_cent(share: float | None) -> str:
    """0.973 → 97%; unknown → a dash."""
    return "—" if share is None else f"{share:.0%}"


def entity_value(value: Any) -> str:
    """An entity's value in one line."""
    if isinstance(value, dict):
        return str(value.get("text") or "–".join(str(part) for part in value.values()))
    return str(value)


def epoch(moment: datetime) -> int:
    """Milliseconds for the browser's clock."""
    return int(moment.astimezone(UTC).timestamp() * 1000)


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(w=wording, cw=customer_wording, names=understood_names, asset=asset)
    environment.filters.update(
        clock_time=clock_time,
        precise=precise,
        day=day,
        moment=format_moment,
        short=format_short_moment,
        waited=waited,
        per_cent=per_cent,
        entity_value=entity_value,
        epoch=epoch,
        yuan=format_yuan,
    )
    return environment


_environment = _make_environment()
_digests = {
    path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    for path in ASSETS.iterdir()
    if path.is_file()
}
