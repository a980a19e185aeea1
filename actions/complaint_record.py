"""What a complaint holds, and how it's read back.

Art 13 of 银保监会令2020年第3号 [V]: complainant, who and what it's about, facts, demand.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from actions.cards import CardData
from actions.turn import Turn
from integrations.crm.customers.masking import format_period, format_yuan, mask_phone

SKIPPED = "-"
"""The customer passed over the question."""
LABELS = {
    "what": "事情经过",
    "when": "发生时间",
    "about": "涉及渠道/业务",
    "amount": "涉及金额",
    "wish": "您的诉求",
    "name": "联系人",
    "phone": "联系电话",
}
SLOTS = tuple(f"complaint_{part}" for part in LABELS)
_WORDS = {
    "amount": re.compile(r"金额|钱数|多少钱"),
    "when": re.compile(r"时间|日期"),
    "about": re.compile(r"渠道|产品|网点|业务|柜台"),
    "wish": re.compile(r"诉求|要求|希望"),
    "what": re.compile(r"经过|情况|内容|事情"),
    "name": re.compile(r"姓名|名字|联系人"),
    "phone": re.compile(r"电话|手机号|号码"),
}
_NEW_VALUE = re.compile(r"(?:改成|改为|换成|应该是|应为|写成|而是|是)[:,， ]*(?P<value>[^,，。是]+)[。]?$")
_OPENING = re.compile(
    r"^(?:你好|您好)?[,，。 ]*我?(?:现在)?(?:要|想)?(?:投诉|举报|反映|反馈)"
    r"(?:一下|个事|一件事|你们)?[,，:。! ]*"
)
_MONEY = re.compile(r"钱|元|块|款|费|扣|收了?|利息|吞|(?<!闪)退|赔|亏|损失|余额|账")


def story_of(text: str) -> str | None:
    """What a first message tells beyond 「我要投诉」; None where that is all."""
    rest = _OPENING.sub("", text).strip()
    return text.strip() if len(rest) >= 6 else None


def says_nothing(text: str) -> bool:
    """Whether a text is no more than 「我要投诉」."""
    return not _OPENING.sub("", text).strip(" !,。?")


def involves_money(text: str) -> bool:
    """Whether asking for an amount makes sense."""
    return bool(_MONEY.search(text))


def field_named(text: str) -> str | None:
    """Which part of the complaint a correction is about."""
    return next((part for part, words in _WORDS.items() if words.search(text)), None)


def new_value(text: str) -> str | None:
    """What a correction puts in the old value's place (…改成X, …应该是X)."""
    match = _NEW_VALUE.search(text)
    return match["value"].strip() if match else None


def when_in(turn: Turn) -> str | None:
    """The days the message names, as dates."""
    period = turn.entity("date_range")
    if not period:
        return None
    return format_period(date.fromisoformat(period["start"][:10]), date.fromisoformat(period["end"][:10]))


def about_in(turn: Turn) -> str | None:
    """Channels and product lines the message names."""
    named = [*turn.all_entities("business_channel"), *turn.all_entities("product_line")]
    return "、".join(dict.fromkeys(named)) or None


def complaint_card(turn: Turn) -> CardData:
    """The complaint as the customer reads it before it is filed."""
    rows = [[label, _shown(part, turn.slot(f"complaint_{part}"))] for part, label in LABELS.items()]
    rows = [row for row in rows if row[1]]
    if images := turn.slot("complaint_images"):
        rows.append(["图片", f"{images}张"])
    return {"kind": "ticket", "title": "投诉内容", "rows": rows}


def details_of(turn: Turn) -> dict[str, Any]:
    """The ticket's details: what was skipped is left out."""
    values = {part: turn.slot(f"complaint_{part}") for part in LABELS}
    return {part: value for part, value in values.items() if value and value != SKIPPED}


def title_of(turn: Turn) -> str:
    """A line for lists."""
    about = turn.slot("complaint_about")
    story = _OPENING.sub("", str(turn.slot("complaint_what") or ""))[:40]
    return f"{about}：{story}" if about and about != SKIPPED else story


def _shown(part: str, value: Any) -> str:
    if not value or value == SKIPPED:
        return ""
    if part == "amount":
        return format_yuan(int(Decimal(value) * 100))
    if part == "phone":
        return mask_phone(value)
    return str(value)
