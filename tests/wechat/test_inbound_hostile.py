"""What only looks like a push: refused, always in the same way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.wechat.errors import EnvelopeError
from integrations.wechat.inbound import MAX_PUSH, read_push, read_sealed
from integrations.wechat.pushes import Text
from tests.wechat.pushes import TEXT, WHOM, message, refused, xml

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    ("head", "content"),
    [
        (LAUGHS, "&i;"),
        ("<!DOCTYPE xml>", ""),
        ('<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd">', ""),
        ('<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
        ('<!DOCTYPE xml [<!ENTITY % e SYSTEM "file:///etc/passwd"> %e;]>', ""),
        ('<!DOCTYPE xml [<!ATTLIST xml a CDATA "b">]>', ""),
        ("", "&e;"),
        ("", "&#0;"),
        ("", "&#xD800;"),
        ("<!--", ""),
    ],
)
def test_definitions_and_references_are_refused(head: str, content: str) -> None:
    text = xml(TEXT).decode().replace("<![CDATA[查余额]]>", content or "x")
    refused((head + text).encode(), "xml")


def test_what_is_too_big_is_not_even_read() -> None:
    empty = len(xml({**TEXT, "Content": ""}))
    assert isinstance(message("text", Content="x" * (MAX_PUSH - empty)), Text)
    refused(xml({**TEXT, "Content": "x" * (MAX_PUSH - empty + 1)}), "too_big")
    refused(b"<" * (MAX_PUSH + 1), "too_big")


@pytest.mark.parametrize(
    "inner", ["<a>" * 9 + "</a>" * 9, "<a>" * 20_000, "<a/>" * 300, "<a><b/>" + "<b/>" * 300 + "</a>"]
)
def test_deep_or_many_elements_are_refused(inner: str) -> None:
    refused(xml(TEXT).replace(b"</xml>", inner.encode() + b"</xml>"), "shape")


@pytest.mark.parametrize("name", ["Content", "FromUserName", "Unheard"])
def test_a_field_said_twice_is_refused(name: str) -> None:
    twice = f"<{name}>a</{name}><{name}>a</{name}>".encode()
    refused(xml(WHOM).replace(b"</xml>", twice + b"</xml>"), "shape")


@pytest.mark.parametrize("root", ["XML", "xml2", "XmlDoc"])
def test_another_root_is_refused(root: str) -> None:
    refused(xml(TEXT).replace(b"xml>", root.encode() + b">"), "shape")
    refused(xml(TEXT).replace(b"<xml>", b'<xml xmlns="urn:x">'), "shape")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_refused(encoding: str) -> None:
    declared = f"<?xml version='1.0' encoding='{encoding}'?>" + xml(TEXT).decode()
    with pytest.raises(EnvelopeError):
        read_push(declared.encode(encoding))


def test_a_declared_encoding_never_overrides_utf_8() -> None:
    body = b"<?xml version='1.0' encoding='gb18030'?>" + xml(TEXT)
    assert read_push(body) == read_push(xml(TEXT))


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId"])
def test_a_missing_field_is_refused(name: str) -> None:
    refused(xml({field: value for field, value in TEXT.items() if field != name}), "field")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("image", {"MediaId": "m"}),
        ("image", {"PicUrl": "p", "MediaId": ""}),
        ("voice", {}),
        ("video", {}),
        ("shortvideo", {}),
        ("link", {"Title": "t"}),
        ("location", {"Location_X": "1"}),
        ("location", {"Location_X": "91", "Location_Y": "1"}),
        ("location", {"Location_X": "1", "Location_Y": "-180.1"}),
        ("location", {"Location_X": "nan", "Location_Y": "inf"}),
        ("location", {"Location_X": "1e1", "Location_Y": "1_0"}),
        ("event", {}),
        ("event", {"Event": "CLICK"}),
        ("event", {"Event": "SCAN", "EventKey": ""}),
        ("event", {"Event": "VIEW"}),
        ("event", {"Event": "事件"}),
    ],
)
def test_an_incomplete_push_is_refused(kind: str, fields: dict[str, str]) -> None:
    with pytest.raises(EnvelopeError) as caught:
        message(kind, **fields)
    assert caught.value.code == "field"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FromUserName", ""),
        ("FromUserName", "o" * 65),
        ("FromUserName", "o o"),
        ("FromUserName", "客户"),
        ("ToUserName", "a\nb"),
        ("CreateTime", "0"),
        ("CreateTime", "-1409735668"),
        ("CreateTime", "1409735668.5"),
        ("CreateTime", "１４０９７３５６６８"),
        ("CreateTime", "9999999999"),
        ("CreateTime", "1409735668000"),
        ("CreateTime", "now"),
        ("MsgId", "x" * 65),
        ("MsgId", "编号"),
        ("MsgType", "文本"),
    ],
)
def test_a_field_out_of_bounds_is_refused(name: str, value: str) -> None:
    refused(xml({**TEXT, name: value}), "field")


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{}", b"null", b"success", b"<xml>", b"<xml/><xml/>", b"<", b"\xff"]
)
def test_what_is_no_xml_is_refused(body: bytes) -> None:
    with pytest.raises(EnvelopeError):
        read_push(body)
    with pytest.raises(EnvelopeError):
        read_sealed(body)


def _read_or_refused(body: bytes) -> None:
    try:
        found = read_push(body)
    except EnvelopeError:
        return
    assert "\x00" not in str([getattr(found, name) for name in found.__dataclass_fields__])


@given(st.binary(max_size=300))
def test_noise_is_refused(body: bytes) -> None:
    _read_or_refused(body)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_a_damaged_push_is_read_or_refused(at: int, noise: bytes) -> None:
    body = xml(TEXT)
    _read_or_refused(body[:at] + noise + body[at:])
    _read_or_refused(body[:at] + noise + body[at + len(noise) :])
    _read_or_refused(body[:at])


@given(st.dictionaries(st.sampled_from([*TEXT, "Event", "EventKey", "MediaId", "Recognition"]), st.text()))
def test_any_values_are_read_or_refused(fields: dict[str, str]) -> None:
    escaped = {
        name: value.replace("]]>", "").encode(errors="replace").decode() for name, value in fields.items()
    }
    _read_or_refused(xml({**TEXT, **escaped}))


def test_a_customers_words_are_not_printed() -> None:
    assert "查余额" not in repr(read_push(xml(TEXT)))
