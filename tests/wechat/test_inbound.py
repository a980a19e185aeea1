"""Every push that WeChat sends."""

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.wechat.errors import EnvelopeError
from integrations.wechat.inbound import read_push, read_sealed
from integrations.wechat.pushes import (
    Clicked,
    Image,
    Inbound,
    Link,
    Location,
    Reported,
    Scanned,
    Subscribed,
    Text,
    Unknown,
    Unsubscribed,
    Video,
    Viewed,
    Voice,
)
from tests.wechat.pushes import ACCOUNT, COMMON, SENT, TEXT, event, message, refused, xml

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures/vectors.json").read_text())
PUBLISHED = [vector for vector in VECTORS if vector["kind"] == "inbound"]


def test_a_text() -> None:
    assert read_push(xml(TEXT)) == Text(**COMMON, content="查余额")


def test_a_tapped_menu_item_is_a_text_with_its_id() -> None:
    assert message("text", Content="满意", bizmsgmenuid="101") == Text(
        **COMMON, content="满意", menu_item="101"
    )


def test_a_text_may_be_empty_and_is_trimmed() -> None:
    assert message("text", Content="") == Text(**COMMON, content="")
    assert message("text", Content=" \n 好\n好 \n", bizmsgmenuid="") == Text(**COMMON, content="好\n好")


def test_either_spelling_of_the_message_id() -> None:
    fields = {name: value for name, value in TEXT.items() if name != "MsgId"}
    assert read_push(xml({**fields, "MsgID": "6054768590064713728"})) == read_push(xml(TEXT))


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (
            "image",
            {"PicUrl": "https://mmbiz.qpic.cn/p?a=1&b=2", "MediaId": "m1"},
            Image(**COMMON, pic_url="https://mmbiz.qpic.cn/p?a=1&b=2", media_id="m1"),
        ),
        ("voice", {"MediaId": "m1", "Format": "amr"}, Voice(**COMMON, media_id="m1")),
        ("voice", {"MediaId": "m1", "Recognition": ""}, Voice(**COMMON, media_id="m1")),
        (
            "voice",
            {"MediaId": "m1", "Recognition": "查余额。"},
            Voice(**COMMON, media_id="m1", recognition="查余额。"),
        ),
        ("video", {"MediaId": "m1", "ThumbMediaId": "t"}, Video(**COMMON, media_id="m1")),
        ("shortvideo", {"MediaId": "m1", "ThumbMediaId": "t"}, Video(**COMMON, media_id="m1")),
        (
            "location",
            {"Location_X": "23.134521", "Location_Y": "-113.35", "Scale": "20", "Label": "广州"},
            Location(**COMMON, latitude=23.134521, longitude=-113.35, label="广州"),
        ),
        (
            "location",
            {"Location_X": "0", "Location_Y": "180"},
            Location(**COMMON, latitude=0, longitude=180, label=""),
        ),
        (
            "link",
            {"Title": "t", "Description": "d", "Url": "https://x.cn"},
            Link(**COMMON, title="t", description="d", url="https://x.cn"),
        ),
        ("link", {"Url": "https://x.cn"}, Link(**COMMON, title="", description="", url="https://x.cn")),
        ("hardware", {}, Unknown(**COMMON, kind="hardware")),
    ],
)
def test_each_kind_ofmessage(kind: str, fields: dict[str, str], expected: Inbound) -> None:
    assert message(kind, **fields) == expected
    assert message(kind.upper(), **fields) == expected


@pytest.mark.parametrize(
    ("name", "key", "kind", "said"),
    [
        ("subscribe", None, Subscribed, {"scene": None}),
        ("subscribe", "", Subscribed, {"scene": None}),
        ("subscribe", "qrscene_", Subscribed, {"scene": None}),
        ("subscribe", "qrscene_branch_12", Subscribed, {"scene": "branch_12"}),
        ("subscribe", "last_trade_no_1", Subscribed, {"scene": None}),
        ("unsubscribe", "", Unsubscribed, {}),
        ("SCAN", "branch_12", Scanned, {"key": "branch_12"}),
        ("CLICK", "menu_balance", Clicked, {"key": "menu_balance"}),
        ("VIEW", "https://x.cn/a?b=1&c=2", Viewed, {"url": "https://x.cn/a?b=1&c=2"}),
        ("LOCATION", None, Reported, {}),
        ("TEMPLATESENDJOBFINISH", None, Unknown, {"kind": "event:templatesendjobfinish"}),
    ],
)
def test_each_kind_ofevent(name: str, key: str | None, kind: type[Inbound], said: dict[str, Any]) -> None:
    for spelling in (name, name.lower(), name.upper()):
        found = event(spelling) if key is None else event(spelling, EventKey=key)
        assert found == kind(**{**COMMON, "external_id": found.external_id}, **said)


def test_an_event_is_known_by_sender_time_name_and_key() -> None:
    first = event("CLICK", EventKey="a")
    assert event("CLICK", EventKey="a", Ticket="t").external_id == first.external_id
    others = [
        event("CLICK", EventKey="b"),
        event("SCAN", EventKey="a"),
        event("CLICK", EventKey="a", FromUserName="another"),
        event("CLICK", EventKey="a", CreateTime=str(SENT + 1)),
        event("CLICK", EventKey="长" * 5000),
    ]
    ids = {found.external_id for found in [first, *others]}
    assert len(ids) == 6
    assert max(map(len, ids)) == 70


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["id"])
def test_published_pushes(vector: dict[str, Any]) -> None:
    body = vector["plaintext"].encode()
    if body.startswith(b"{"):
        refused(body, "xml")
    elif "debug_demo" in vector["plaintext"]:
        assert getattr(read_push(body), "kind", None) == "event:debug_demo"
    else:
        assert isinstance(read_push(body), Text)


def test_a_sealed_body() -> None:
    body = xml({"ToUserName": ACCOUNT, "Encrypt": "QUJD"})
    assert read_sealed(body) == "QUJD"
    refused(body, "field")
    with pytest.raises(EnvelopeError) as caught:
        read_sealed(xml(TEXT))
    assert caught.value.code == "not_sealed"


def test_a_compatible_body_reads_either_way() -> None:
    body = xml({**TEXT, "Encrypt": "QUJD"})
    assert read_sealed(body) == "QUJD"
    assert read_push(body) == read_push(xml(TEXT))


def test_fields_nested_deeper_are_not_the_pushs_own() -> None:
    inner = "<Info><FromUserName>thief</FromUserName><List><item/><item/></List></Info>"
    assert read_push(xml(TEXT).replace(b"</xml>", inner.encode() + b"</xml>")) == read_push(xml(TEXT))


def test_text_without_cdata_and_with_references() -> None:
    body = xml(TEXT).replace("<![CDATA[查余额]]>".encode(), b"a&lt;b&#x1F600;&amp;&gt;")
    assert read_push(body) == Text(**COMMON, content="a<b😀&>")


def test_stray_control_characters_are_dropped() -> None:
    assert message("text", Content="查\x00余\x08额\x1f\ufffe") == Text(**COMMON, content="查余额")


def test_a_declaration_and_a_mark_are_no_obstacle() -> None:
    for head in ("<?xml version='1.0' encoding='UTF-8'?>", "\ufeff", "\n"):
        assert read_push(head.encode() + xml(TEXT)) == read_push(xml(TEXT))
