"""The chart of twelve months' money in, money out and movements, in the console's quiet style. Pure."""

from collections.abc import Sequence
from typing import Any

from integrations.console import customer_wording
from integrations.console.customer_holdings import Month

# Colours of console.css: --accent, a pale one of the same hue, --amber, --ink-2, --line.
_IN, _OUT, _COUNT, _TEXT, _LINE = "#1a5a85", "#a9c8de", "#744c00", "#4e5d6b", "#e9edf1"
_FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif'
_WAN_FEN = 1_000_000


def chart(months: Sequence[Month]) -> dict[str, Any]:
    """Options for ECharts: bars in 10,000 yuan, movements as a line on the right axis."""
    return {
        "animation": False,
        "color": [_IN, _OUT, _COUNT],
        "textStyle": {"fontFamily": _FONT, "color": _TEXT},
        "grid": {"left": 8, "right": 8, "top": 56, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "left": 0, "itemWidth": 14, "itemHeight": 8, "textStyle": {"color": _TEXT}},
        "tooltip": {"trigger": "axis", "confine": True, "axisPointer": {"type": "shadow"}},
        "xAxis": {
            "type": "category",
            "data": [month.name for month in months],
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": "#d9e0e6"}},
            "axisLabel": {"color": _TEXT, "hideOverlap": True},
        },
        "yAxis": [_axis(customer_wording.WAN_YUAN, "left"), _axis(customer_wording.MOVEMENTS, "right")],
        "series": [
            _bars(customer_wording.MONEY_IN, [month.in_fen for month in months]),
            _bars(customer_wording.MONEY_OUT, [month.out_fen for month in months]),
            {
                "name": customer_wording.MOVEMENTS,
                "type": "line",
                "yAxisIndex": 1,
                "symbolSize": 5,
                "lineStyle": {"width": 1.5},
                "data": [month.count for month in months],
            },
        ],
    }


def _axis(name: str, side: str) -> dict[str, Any]:
    return {
        "type": "value",
        "name": name,
        "position": side,
        "minInterval": 1 if side == "right" else 0,
        "nameTextStyle": {"color": _TEXT, "align": side},
        "axisLabel": {"color": _TEXT},
        "splitLine": {"show": side == "left", "lineStyle": {"color": _LINE}},
    }


def _bars(name: str, fen: list[int]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "bar",
        "barMaxWidth": 16,
        "barGap": "10%",
        "data": [round(one / _WAN_FEN, 2) for one in fen],
    }
