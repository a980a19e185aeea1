"""Amounts and limits as the reasons of the tiers say them, in Chinese. Pure."""

from decimal import ROUND_DOWN, Decimal

from integrations.crm.customers.tiering_settings import Way

_WAN_FEN = 1_000_000
"""10,000 yuan."""


def amount(fen: int, *limits: int) -> str:
    """The amount in 万元 with one decimal, rounded down; to the fen where it is small, or where rounding
    would hide on which side of one of the `limits` (fen) it lies."""
    if abs(fen) < _WAN_FEN:
        return f"{_plain(Decimal(fen) / 100)}元"
    short = (Decimal(fen) / _WAN_FEN).quantize(Decimal("0.1"), ROUND_DOWN)
    if any(_side(short * _WAN_FEN, limit) != _side(Decimal(fen), limit) for limit in limits):
        return f"{_plain(Decimal(fen) / 100)}元"
    return f"{_plain(short)}万元"


def way_words(way: Way) -> str:
    """What one way to a value tier asks."""
    parts = []
    if way.volume_above_yuan:
        parts.append(f"交易额超过{exact(way.volume_above_yuan)}")
    if way.services:
        parts.append(f"服务不少于{way.services}类")
    if way.assets_yuan:
        parts.append(f"资产不少于{exact(way.assets_yuan)}")
    return "且".join(parts)


def exact(yuan: int) -> str:
    """A limit of whole yuan, in 万元 where that says it shortly."""
    if yuan >= 10_000 and yuan % 100 == 0:
        return f"{_plain(Decimal(yuan) / 10_000)}万元"
    return f"{yuan:,}元"


def _side(fen: Decimal, limit: int) -> int:
    return (fen > limit) - (fen < limit)


def _plain(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
