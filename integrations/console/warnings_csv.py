"""The early warnings as a CSV file that Excel opens. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

from integrations.console import customer_wording, wording
from integrations.console.warnings_list import Warned

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_COLUMNS = (
    customer_wording.COL_NUMBER,
    customer_wording.COL_NAME,
    customer_wording.COL_PHONE,
    customer_wording.COL_TIER,
    customer_wording.COL_LIFECYCLE,
    customer_wording.COL_PROBABILITY,
    customer_wording.COL_REASONS,
    customer_wording.COL_TODO,
    customer_wording.COL_MANAGER,
    customer_wording.COL_OFFER,
    customer_wording.COL_OFFER_REASON,
    customer_wording.COL_RISK_WORDS,
)


def to_csv(rows: Iterable[Warned]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel does not take it for GBK."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([harmless(cell) for cell in _cells(row)])
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula (OWASP CSV injection)."""
    return f"'{cell}" if cell.lstrip(" \u3000\u200b\ufeff").startswith(_FORMULA) else cell


def _cells(row: Warned) -> Sequence[str]:
    offer = row.offer
    return (
        row.number,
        row.name,
        row.phone,
        wording.TIERS.get(row.tier, row.tier),
        row.lifecycle,
        f"{row.probability:.0%}",
        "；".join(row.reasons),
        row.advice,
        row.manager or "",
        offer.product.name if offer else "",
        offer.reason if offer else "",
        (offer.risk_words or "") if offer else "",
    )
