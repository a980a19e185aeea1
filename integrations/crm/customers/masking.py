"""How personal data, money and dates are shown. Pure: plain values in, text out.

Masks are those of RULES.md after JR/T 0171-2020: card 6+4, phone 3+4, ID 1+1, name keeps the surname.
A value too short for its mask is hidden completely.
"""

from datetime import date, datetime

from integrations.crm.settings import SHANGHAI

_STAR = "*"
# The compound surnames in use today; any other name has a surname of one character.
_COMPOUND_SURNAMES = """
欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 夏侯 端木 百里 南宫 轩辕 呼延 独孤 澹台
公冶 宗政 濮阳 淳于 单于 太叔 申屠 仲孙 钟离 闾丘 司空 赫连 闻人 万俟 西门 公羊 拓跋 东郭 南门 第五
"""


def mask_card(number: str) -> str:
    """First six and last four digits of a card: 622999******1234."""
    return _keep(number, 6, 4)


def mask_account(number: str) -> str:
    """An account number is shown like a card's."""
    return _keep(number, 6, 4)


def mask_phone(number: str) -> str:
    """First three and last four digits of a phone number: 139****0001."""
    return _keep(number, 3, 4)


def mask_id_number(number: str) -> str:
    """First and last character of an ID number."""
    return _keep(number, 1, 1)


def mask_email(address: str) -> str:
    """First character of the local part, and the domain: l***@example.com."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***{at}{domain}"


def mask_name(name: str) -> str:
    """The surname only: 林晓雯 → 林**, 欧阳娜 → 欧阳*."""
    keep = 2 if len(name) > 2 and name[:2] in _COMPOUND_SURNAMES.split() else 1
    return name[:keep] + _STAR * max(len(name) - keep, 1)


def format_yuan(fen: int) -> str:
    """Fen as yuan: 123456 → ¥1,234.56, -5 → -¥0.05."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


def format_signed_yuan(fen: int) -> str:
    """A movement with its direction: +¥100.00 came in, -¥100.00 went out."""
    return f"+{format_yuan(fen)}" if fen > 0 else format_yuan(fen)


def format_date(day: date) -> str:
    """2026年11月2日; a moment is taken at its day in Shanghai."""
    day = _in_shanghai(day)
    return f"{day.year}年{day.month}月{day.day}日"


def format_moment(moment: datetime) -> str:
    """2026年11月2日 09:05, Asia/Shanghai."""
    return f"{format_date(moment)} {moment.astimezone(SHANGHAI):%H:%M}"


def format_short_moment(moment: datetime) -> str:
    """11月2日 09:05, for lists whose year is clear."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def format_period(start: date, end: date) -> str:
    """2026年10月1日至10月31日; the second year only where it differs, one day alone."""
    if start == end:
        return format_date(start)
    last = f"{end.month}月{end.day}日" if start.year == end.year else format_date(end)
    return f"{format_date(start)}至{last}"


def _keep(text: str, first: int, last: int) -> str:
    hidden = len(text) - first - last
    if hidden <= 0:
        return _STAR * len(text)
    return text[:first] + _STAR * hidden + text[-last:]


def _in_shanghai(day: date) -> date:
    return day.astimezone(SHANGHAI).date() if isinstance(day, datetime) else day
