"""What waits for a customer is packed into few messages."""

from typing import Any

from integrations.crm.conversations.outbox import Parcel
from integrations.wechat.outgoing import MENU_HEAD_LIMIT, pack, pack_passive
from integrations.wechat.text import LIMIT

BUTTONS = [{"title": "有用", "payload": "有用"}, {"title": "没用", "payload": "没用"}]


def parcel(text: str, number: int = 1, parts_sent: int = 0, **payload: Any) -> Parcel:
    return Parcel(number, number, "bot", text, payload, parts_sent)


def test_short_replies_become_one_message_and_the_last_menu_stays_one() -> None:
    packed = pack([parcel("一"), parcel("二", 2, buttons=BUTTONS)])
    assert [(one.text, len(one.choices)) for one in packed] == [("一\n\n二", 2)]
    assert [one.item_id for one in packed[0].progress] == [1, 2]
    assert all(one.whole for one in packed[0].progress)


def test_an_earlier_menu_becomes_lines() -> None:
    packed = pack([parcel("一", buttons=BUTTONS), parcel("二", 2)])
    assert len(packed) == 1 and "weixin://bizmsgmenu" in packed[0].text and not packed[0].choices


def test_a_menu_below_a_long_text_is_lines_where_they_fit() -> None:
    packed = pack([parcel("长" * (MENU_HEAD_LIMIT // 3 + 1), buttons=BUTTONS)])
    assert len(packed) == 1 and packed[0].text.endswith("没用</a>")
    packed = pack([parcel("长" * (LIMIT // 3), buttons=BUTTONS)])
    assert [len(one.choices) for one in packed] == [0, 2]


def test_parts_that_have_gone_do_not_go_again() -> None:
    long = "一二三四。" * 300  # 4,500 bytes
    whole = pack([parcel(long)])
    assert len(whole) == 3 and [one.progress[0].whole for one in whole] == [False, False, True]
    assert [one.text for one in pack([parcel(long, parts_sent=1)])] == [one.text for one in whole[1:]]


def test_a_reply_holds_what_one_message_can() -> None:
    assert pack_passive([]) is None
    reply = pack_passive([parcel("一" * 600), parcel("二" * 600, 2)])
    assert reply is not None and [one.item_id for one in reply.progress] == [1]
    menu = [{"title": f"第{n}项" * 10, "payload": "x"} for n in range(20)]
    crowded = pack_passive([parcel("一" * 100, buttons=menu)])
    assert crowded is not None and len(crowded.text.encode()) <= LIMIT and "第0项" in crowded.text
