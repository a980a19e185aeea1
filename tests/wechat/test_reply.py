"""Passive replies, read by wechatpy and by a plain XML parser."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from integrations.wechat.crypto import Cipher, EncodingKey
from integrations.wechat.pushes import Text
from integrations.wechat.reply import sealed_reply, text_reply

APPID = "wx2c2769f8efd9abc2"
TOKEN = "spamtest"
KEY = EncodingKey("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
OLD_KEY = EncodingKey("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR")
NOW = datetime(2026, 11, 20, 4, 0, 0, 999_999, tzinfo=UTC)
ASKED = Text(
    openid="oyORnuP8q7ou2gfYjqLzSIWZf0rs",
    account="gh_10f6c3c3ac5a",
    sent_at=NOW,
    external_id="1",
    content="查余额",
)
# What XML 1.0 carries unchanged; line ends and the ends of the text are tested apart.
printable = st.characters(
    exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="\ufffe\uffff"
)


def _read(xml: bytes) -> dict[str, Any]:
    root = ElementTree.fromstring(xml)
    assert root.tag == "xml"
    return {child.tag: child.text for child in root}


def test_the_tags_and_nothing_else() -> None:
    assert text_reply(ASKED, "您好", NOW).decode() == (
        "<xml><ToUserName><![CDATA[oyORnuP8q7ou2gfYjqLzSIWZf0rs]]></ToUserName>"
        "<FromUserName><![CDATA[gh_10f6c3c3ac5a]]></FromUserName>"
        "<CreateTime>1795147200</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[您好]]></Content></xml>"
    )


@pytest.mark.parametrize(
    "content",
    [
        "]]>",
        "]]]]>>",
        "]]>]]>",
        "a]]><Content>b</Content><![CDATA[",
        "<a href=\"https://x.cn/?a=1&b=2\">官网</a> & '引' &amp;",
        "第一行\n\n第二行\t👨‍👩‍👧",
        "]]",
    ],
)
def test_wechatpy_reads_what_was_meant(content: str) -> None:
    found = parse_message(text_reply(ASKED, content, NOW))
    assert (found.content, found.target, found.source) == (content, ASKED.openid, ASKED.account)
    assert (found.type, found.create_time) == ("text", NOW.replace(microsecond=0))


@given(st.text(printable | st.sampled_from("]>&<\n"), min_size=1).filter(str.strip))
def test_any_text_arrives(content: str) -> None:
    assert _read(text_reply(ASKED, content, NOW))["Content"] == content.strip()


@given(st.text(st.characters(codec=None), min_size=1))
def test_any_text_makes_good_xml(content: str) -> None:
    try:
        xml = text_reply(ASKED, content, NOW)
    except ValueError:
        return
    assert _read(xml)["Content"]


def test_forbidden_characters_go_and_line_ends_are_one_kind() -> None:
    content = "\x00您\x08好\ud800\ufffe\r\n再\r见\x1b"
    assert _read(text_reply(ASKED, content, NOW))["Content"] == "您好\n再\n见"


@pytest.mark.parametrize("content", ["", " \n", "\x00\x01", "\ud800"])
def test_an_empty_reply_is_not_made(content: str) -> None:
    with pytest.raises(ValueError, match="success"):
        text_reply(ASKED, content, NOW)


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_wechatpy_opens_a_sealed_reply(key: EncodingKey) -> None:
    xml = text_reply(ASKED, "您好 ]]> 再见", NOW)
    sealed = sealed_reply(
        xml, Cipher(APPID, KEY, OLD_KEY), key, token=TOKEN, timestamp=1795147200, nonce="1320562132"
    )
    fields = _read(sealed)
    assert list(fields) == ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"]
    assert (fields["TimeStamp"], fields["Nonce"]) == ("1795147200", "1320562132")
    oracle = WeChatCrypto(TOKEN, key.text, APPID)
    opened = oracle.decrypt_message(sealed, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])
    assert opened.encode() == xml


def test_a_hostile_nonce_stays_text() -> None:
    nonce = "]]></Nonce><Encrypt>x</Encrypt>"
    sealed = sealed_reply(b"<xml/>", Cipher(APPID, KEY), KEY, token=TOKEN, timestamp=1, nonce=nonce)
    assert _read(sealed)["Nonce"] == nonce
