"""Text is brought to one form."""

from __future__ import annotations

import pytest

from bot.channels.turn_request import BadRequest, parse_turn_request, text_for_rasa
from bot.nlu.normalizer import MAX_LENGTH, normalize


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("１２３４５ＡＢＣ", "12345ABC"),
        ("查詢餘額", "查询余额"),
        ("轉帳沒到帳", "转账没到账"),
        ("信用卡遺失怎麼辦", "信用卡遗失怎么办"),
        ("余\u200b额\ufeff查\u202e询", "余额查询"),
        ("查\x00余\x07额", "查余额"),
        ("好的\ud83d吗", "好的吗"),
        ("第一行\r\n第二行\t完", "第一行 第二行 完"),
        ("  余额  \u3000 ", "余额"),
        ("？！，", "?!,"),
        ("👍好", "👍好"),
        ("XYK还不上了肿么办", "信用卡还不上了怎么办"),
        ("wx绑yhk要sfz吗", "微信绑银行卡要身份证吗"),
        ("mywx123", "mywx123"),
        ("", ""),
        ("\u200b\u200d", ""),
    ],
)
def test_normalize(written: str, expected: str) -> None:
    assert normalize(written) == expected


def test_long_text_is_capped() -> None:
    """Trap 6: an 8,000-character message costs seconds and gigabytes."""
    assert len(normalize("查余额" * 3000)) == MAX_LENGTH
    assert len(normalize("ﷺ" * 600)) <= MAX_LENGTH  # one character that unfolds to eighteen


@pytest.mark.parametrize("text", ["轉帳到農業銀行 ５０００元", "妳好", "乾淨的裏面" * 60, "①②③㈠", "a  b"])
def test_twice_is_once(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('/greet{"name": "x"}', 'greet{"name": "x"}'),
        ("/restart", "restart"),
        ("／restart", "restart"),
        ("\u200b//  /restart", "restart"),
        ("/ ／/", "…"),
        ("查余额/明细", "查余额/明细"),
    ],
)
def test_slash_commands_are_plain_text(written: str, expected: str) -> None:
    """Trap 8: /restart and /intent{} must not work from outside."""
    assert text_for_rasa(written) == expected


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"message_id": "1", "text": "你好"},
        {"sender": "", "message_id": "1", "text": "你好"},
        {"sender": "a b", "message_id": "1", "text": "你好"},
        {"sender": "a" * 129, "message_id": "1", "text": "你好"},
        {"sender": 5, "message_id": "1", "text": "你好"},
        {"sender": "a.1", "text": "你好"},
        {"sender": "a.1", "message_id": "1"},
        {"sender": "a.1", "message_id": "1", "text": None},
        {"sender": "a.1", "message_id": "1", "text": "你好", "metadata": []},
    ],
)
def test_bad_bodies_are_refused(body: object) -> None:
    with pytest.raises(BadRequest):
        parse_turn_request(body)
