"""Texts as WeChat shows them: no Markdown, masks intact, parts of limited size that lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.crm.customers.masking import mask_account, mask_card, mask_email, mask_name, mask_phone
from integrations.wechat.text import LIMIT, MOST_PARTS, plain, split, xml_safe

FAMILY = "👨‍👩‍👧"
LINK = '<a href="https://yunchuan.example/help?a=1&b=2">帮助中心</a>'
ordinary = st.text(
    "云川银行您好，余额。！？；：、“”（）《》…—￥％ABC abc0123456789.,:;%/+-=&@'\n", max_size=300
)
pieces = st.sampled_from(
    [
        "好",
        "。",
        "！",
        "，",
        "\n",
        "\n\n",
        " ",
        "a",
        "1",
        "😀",
        FAMILY,
        "🇨🇳",
        "👍🏽",
        "1️⃣",
        "é",
        LINK,
        "<",
        "…",
        "”",
    ]
)
mixed = st.lists(pieces, max_size=200).map("".join)
small_limits = st.integers(120, 400)


def _size(text: str) -> int:
    return len(text.encode())


def _inked(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("# 标题", "标题"),
        ("### 标题 ###", "标题"),
        ("这是**重点**内容", "这是重点内容"),
        ("**重点。**后面", "重点。后面"),
        ("__重点__ 和 *斜体* 和 _斜体_ 和 ***都***", "重点 和 斜体 和 斜体 和 都"),
        ("- 一\n* 二\n+ 三\n  - 四", "· 一\n· 二\n· 三\n  · 四"),
        ("1. 一\n2) 二\n 10.  十", "1. 一\n2. 二\n 10. 十"),
        ("> 引用\n> > 再引", "引用\n再引"),
        ("用 `a*b*c` 和 ``x`` 查", "用 a*b*c 和 x 查"),
        ("```**x**```", "**x**"),
        ("前\n```py\nx = **a**\n# 不是标题\n```\n后", "前\nx = **a**\n# 不是标题\n后"),
        ("| 期限 | 利率 |\n|:--|--:|\n| 一年 | **1.5%** |", "期限　利率\n一年　1.5%"),
        ("上\n\n---\n\n下\n***\n", "上\n\n下"),
        ("[官网](https://x.cn/a_b_c?d=1&e=2)", '<a href="https://x.cn/a_b_c?d=1&e=2">官网</a>'),
        ('[官网](https://x.cn/(a) "标题")。', '<a href="https://x.cn/(a)">官网</a>。'),
        ("[**官网**](https://x.cn)", '<a href="https://x.cn">官网</a>'),
        ("**[官网](https://x.cn)**", '<a href="https://x.cn">官网</a>'),
        ('[a<b>](https://x.cn/<">)', '<a href="https://x.cn/%3C%22%3E">a＜b＞</a>'),
        ("[](https://x.cn)", "https://x.cn"),
        ("![图](https://x.cn/a.png)", '<a href="https://x.cn/a.png">图</a>'),
        ("[点这里](weixin://bizmsgmenu?msgmenuid=1)", '<a href="weixin://bizmsgmenu?msgmenuid=1">点这里</a>'),
        ("[电话](tel:95588)、[页](/help)", "电话（tel:95588）、页（/help）"),
        ("[坏](javascript:alert(1))", "坏（javascript:alert(1)）"),
        ("<https://x.cn/a_b_>", "https://x.cn/a_b_"),
        (r"\*不是\* \_强调\_ \# \[x\]", "*不是* _强调_ # [x]"),
        ("a  \r\nb\rc\n\n\n\nd\n\n", "a\nb\nc\n\nd"),
        ("\x00好\x08\ud800", "好"),
        ("", ""),
    ],
)
def test_markdown_is_taken_off(markdown: str, shown: str) -> None:
    assert plain(markdown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "您好，林**，尾号1234的账户余额¥1,234.56。",
        "林**和王**，还有李**。",
        "139****0001 与 138****0002",
        "622999**1234和622888**5678",
        "6229 **** **** 1234",
        "l***@example.com和m***@example.com",
        "请按*键，再按#键；按“*”再按“*”键",
        "3*5*2=30，2 * 3 * 4 = 24",
        "snake_case_name、_private、尾_中_间",
        "https://x.cn/a_b_c*d，https://y.cn/_e_",
        "利率1.5%\n2026.11.20\n#话题#\n-5元\n——云川银行",
        "签名：______",
        "[微笑][玫瑰]（笑）[微笑](笑)",
        "一|二",
        "~~~\n好的~~谢谢~~",
        LINK,
        '请看<a href="https://x.cn/_a_*b*">_帮助_</a>',
        "x < y & y > z",
    ],
)
def test_what_is_no_markdown_stays(text: str) -> None:
    assert plain(text) == text


@given(
    ordinary.filter(lambda text: not any(mark in text for mark in ("- ", "+ ", ". ", "--", "==", "\n\n\n")))
)
def test_ordinary_chinese_stays(text: str) -> None:
    assert plain(text) == "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


@given(
    st.text("0123456789", min_size=12, max_size=19), st.sampled_from(["林晓雯", "欧阳娜", "王明", "司马相如"])
)
def test_masks_stay(digits: str, name: str) -> None:
    masked = (
        mask_card(digits),
        mask_account(digits),
        mask_phone(digits),
        mask_name(name),
        mask_email("a@b.cn"),
    )
    text = "，".join(masked + masked)
    assert plain(text) == text


@given(st.text("*_`#[]()!|>-+ \n\\a1好。<:/~", max_size=120) | st.text())
def test_any_text_is_rendered_for_good_xml(text: str) -> None:
    shown = plain(text)
    assert xml_safe(shown) == shown
    assert "\n\n\n" not in shown


@pytest.mark.parametrize(
    "piece", ["**a ", "[", "[a](", "[a](https://(", "*", "_a", "`", "<a ", "\\", "|-", "> ", "a_"]
)
def test_hostile_repetition_is_quick(piece: str) -> None:
    plain(piece * (10_000 // len(piece)))


def test_a_short_text_is_one_part() -> None:
    assert split("您好") == ["您好"]
    assert split("") == split(" \n") == []
    assert split("好" * 666 + "ab") == ["好" * 666 + "ab"]
    assert len(split("好" * 667)) == 2


def test_a_paragraph_is_the_first_choice_then_a_line_then_a_sentence() -> None:
    paragraph, line, sentence = "好" * 20 + "\n\n", "好" * 3 + "\n", "好" * 2 + "。"
    assert split(paragraph + line + sentence + "好" * 20, 100)[0] == "好" * 20
    assert split("好" * 20 + line + sentence + "好" * 20, 100)[0] == "好" * 23
    assert split("好" * 20 + sentence + "好" * 20, 100)[0] == "好" * 22 + "。"
    assert split("好" * 50, 100)[0] == "好" * 33


def test_closing_marks_stay_with_their_sentence() -> None:
    assert split("他说：“" + "好" * 20 + "。”" + "然后……" + "好" * 30, 100)[0].endswith("然后……")
    assert split("他说：“" + "好" * 20 + "。”" + "好" * 30, 100)[0].endswith("。”")


def test_an_early_paragraph_does_not_waste_a_part() -> None:
    text = "好。\n\n" + "好" * 120
    parts = split(text, 100)
    assert len(parts) == 4
    assert _inked("".join(parts)) == _inked(text)


def test_only_what_does_not_fit_is_cut() -> None:
    parts = split("好" * 5000)
    assert len(parts) == MOST_PARTS
    assert parts[-1].endswith("好…")
    assert all(_size(part) <= LIMIT for part in parts)
    assert [part[-1] for part in split("好" * 2664)] == ["好"] * 4


@given(mixed, small_limits, st.integers(1, MOST_PARTS))
def test_parts_hold_the_limit_and_lose_nothing(text: str, limit: int, most: int) -> None:
    parts = split(text, limit, most)
    assert len(parts) <= most
    assert all(part.strip() and _size(part) <= limit for part in parts)
    joined = _inked("".join(parts))
    if _inked(text) != joined:
        assert len(parts) == most
        assert joined.endswith("…")
        assert _inked(text).startswith(joined[:-1])


@given(mixed, small_limits)
def test_nothing_is_cut_apart(text: str, limit: int) -> None:
    for part in split(text, limit):
        assert part.count("<a ") == part.count("</a>")
        assert part.replace(FAMILY, "").count("\u200d") == 0
        assert part.replace("👍🏽", "").count("🏽") == 0
        assert part.replace("1️⃣", "").count("\ufe0f") == 0
        assert part.replace("🇨🇳", "") == part.replace("🇨🇳", "").strip("🇨🇳")
        assert not part.startswith("\u0301")


@given(st.text(), st.integers(16, 60))
def test_any_text_holds_any_limit(text: str, limit: int) -> None:
    assert all(len(part.encode("utf-8", "surrogatepass")) <= limit for part in split(text, limit))


def test_what_is_too_big_to_stay_whole_is_cut_anyway() -> None:
    zalgo = "é" + "\u0301" * 300
    link = f'<a href="https://x.cn/{"a" * 300}">好</a>'
    for text in (zalgo, link):
        parts = split(text, 200)
        assert "".join(parts) == text
        assert all(_size(part) <= 200 for part in parts)


@pytest.mark.parametrize(("limit", "most"), [(15, 4), (100, 0)])
def test_no_room_is_a_mistake(limit: int, most: int) -> None:
    with pytest.raises(ValueError, match="no room"):
        split("您好", limit, most)
