"""The account's settings are checked at the start."""

from typing import Any

import pytest
from pydantic import ValidationError

from integrations.wechat.settings import WeChatSettings

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WHOLE: dict[str, Any] = {"appid": "wx1", "secret": "s", "token": "t", "aes_key": KEY}


def settings(**values: Any) -> WeChatSettings:
    return WeChatSettings(_env_file=None, **values)  # type: ignore[call-arg]


def test_without_an_appid_there_is_no_account() -> None:
    assert settings().appid == ""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"secret": ""}, "QIANTAI_WECHAT_SECRET is missing"),
        ({"token": ""}, "QIANTAI_WECHAT_TOKEN is missing"),
        ({"aes_key": None}, "QIANTAI_WECHAT_AES_KEY is missing"),
        ({"aes_key": KEY[1:]}, "43 letters or digits"),
        ({"previous_aes_key": "x"}, "43 letters or digits"),
        ({"passive_seconds": 5}, "less than 5"),
        ({"mode": "secret"}, "plain"),
    ],
)
def test_what_is_missing_or_wrong_is_named(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        settings(**(WHOLE | change))


def test_the_plain_mode_needs_no_key_and_secrets_are_not_shown() -> None:
    plain = settings(**(WHOLE | {"mode": "plain", "aes_key": None, "secret": "very-secret"}))
    assert plain.cipher is None and "very-secret" not in repr(plain)


def test_the_cipher_is_made_once_and_holds_no_place_among_the_settings() -> None:
    whole = settings(**WHOLE)
    assert whole.cipher is whole.cipher is not None
    assert "cipher" not in repr(whole) and "cipher" not in whole.model_dump()
