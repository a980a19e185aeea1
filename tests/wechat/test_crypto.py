"""The envelope: published vectors, wechatpy as an independent oracle, and everything that must not open."""

import base64
import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from integrations.wechat.crypto import Cipher, EncodingKey
from integrations.wechat.errors import EnvelopeError
from integrations.wechat.signature import is_signed, signature

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures/vectors.json").read_text())
SEALED = [vector for vector in VECTORS if "encrypt" in vector]
SIGNED = [vector for vector in VECTORS if "signature" in vector]
APPID = "wx2c2769f8efd9abc2"
TOKEN = "spamtest"
KEY = EncodingKey("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
OLD_KEY = EncodingKey("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR")
CIPHER = Cipher(APPID, KEY)
HEAD = b"0123456789abcdef"
keys = st.text(string.ascii_letters + string.digits, min_size=43, max_size=43).map(EncodingKey)
messages = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
by_id = pytest.mark.parametrize("vector", SEALED, ids=lambda vector: vector["id"])


def _refused(sealed: str, cipher: Cipher = CIPHER) -> None:
    with pytest.raises(EnvelopeError) as refused:
        cipher.decrypt(sealed)
    assert refused.value.code == "undecipherable"
    assert str(refused.value) == "undecipherable"


def _raw(content: bytes, key: EncodingKey = KEY) -> str:
    """Whole blocks encrypted as they are, without any envelope."""
    encryptor = key.block_cipher().encryptor()
    return base64.b64encode(encryptor.update(content) + encryptor.finalize()).decode()


def _content(message: bytes = b"hello", length: int | None = None, appid: str = APPID) -> bytes:
    return HEAD + (len(message) if length is None else length).to_bytes(4, "big") + message + appid.encode()


def _padded(content: bytes) -> bytes:
    pad = 32 - len(content) % 32
    return content + bytes([pad]) * pad


@by_id
def test_a_published_envelope_opens(vector: dict[str, Any]) -> None:
    key = EncodingKey(vector["key"])
    opened = Cipher(vector["appid"], key).decrypt(vector["encrypt"])
    assert opened.message.decode() == vector["plaintext"]
    assert opened.key is key


@by_id
def test_a_published_envelope_is_sealed_to_the_byte(vector: dict[str, Any]) -> None:
    key = EncodingKey(vector["key"])
    sealed = Cipher(vector["appid"], key).encrypt(
        vector["plaintext"].encode(), key, vector["random16"].encode()
    )
    assert sealed == vector["encrypt"]


@by_id
def test_a_published_envelope_is_signed(vector: dict[str, Any]) -> None:
    parts = (vector["token"], vector["timestamp"], vector["nonce"])
    assert signature(*parts, vector["encrypt"]) == vector["msg_signature"]
    assert is_signed(vector["msg_signature"], vector["encrypt"], *parts)
    if "url_signature" in vector:
        assert is_signed(vector["url_signature"], *parts)


@pytest.mark.parametrize("vector", SIGNED, ids=lambda vector: vector["id"])
def test_a_published_handshake_is_signed(vector: dict[str, Any]) -> None:
    assert is_signed(vector["signature"], vector["nonce"], vector["token"], vector["timestamp"])


@pytest.mark.parametrize(
    "expected", ["", "签名", "\ud800", "f464b24f", "F464B24FC39322E44B38AA78F5EDD27BD1441696", "0" * 40]
)
def test_another_signature_is_refused(expected: str) -> None:
    assert not is_signed(expected, "AAAAA", "1714036504", "1514711492")


def test_no_input_breaks_the_signature() -> None:
    assert not is_signed("签名\ud800", "令牌", "\udfff", "\x00")


@given(messages, keys, st.integers(0, 2**31), st.text(string.digits, min_size=1, max_size=10))
def test_wechatpy_opens_what_we_seal(message: str, key: EncodingKey, timestamp: int, nonce: str) -> None:
    sealed = Cipher(APPID, key).encrypt(message.encode(), key)
    signed = signature(TOKEN, str(timestamp), nonce, sealed)
    oracle = WeChatCrypto(TOKEN, key.text, APPID)
    opened = oracle.decrypt_message({"Encrypt": sealed}, signed, str(timestamp), nonce)
    assert opened == message


@given(messages, keys)
def test_we_open_what_wechatpy_seals(message: str, key: EncodingKey) -> None:
    xml = WeChatCrypto(TOKEN, key.text, APPID).encrypt_message(message, "nonce", "1714036504")
    sealed = xml.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    signed = xml.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    assert is_signed(signed, TOKEN, "1714036504", "nonce", sealed)
    assert Cipher(APPID, key).decrypt(sealed).message.decode() == message


@given(st.binary(max_size=200))
def test_any_bytes_return(message: bytes) -> None:
    assert CIPHER.decrypt(CIPHER.encrypt(message, KEY)).message == message


def test_the_same_message_is_sealed_differently_each_time() -> None:
    assert CIPHER.encrypt(b"hello", KEY) != CIPHER.encrypt(b"hello", KEY)


def test_the_previous_key_still_opens_and_is_named() -> None:
    changed = Cipher(APPID, KEY, OLD_KEY)
    sealed = Cipher(APPID, OLD_KEY).encrypt(b"hello", OLD_KEY)
    opened = changed.decrypt(sealed)
    assert (opened.message, opened.key) == (b"hello", OLD_KEY)
    assert changed.decrypt(CIPHER.encrypt(b"hello", KEY)).key == KEY
    _refused(sealed)


@pytest.mark.parametrize("appid", ["wx2c2769f8efd9abc3", "wx2c2769f8efd9abc", f"{APPID}0", "", "公众号"])
def test_another_accounts_envelope_is_refused(appid: str) -> None:
    _refused(Cipher(appid, KEY).encrypt(b"hello", KEY))


@pytest.mark.parametrize("length", [0, 4, 6, 2**31, 2**32 - 1])
def test_a_wrong_length_is_refused(length: int) -> None:
    assert CIPHER.decrypt(_raw(_padded(_content()))).message == b"hello"
    _refused(_raw(_padded(_content(length=length))))


@pytest.mark.parametrize(
    "content",
    [
        _padded(_content())[:-1] + b"\x00",
        _padded(_content())[:-1] + b"\x21",
        _padded(_content())[:-2] + b"\x00" + _padded(_content())[-1:],
        _content(b"x" * (64 - 38)),
        b"\x20" * 32,
        _padded(HEAD),
        b"\x00" * 32,
        b"\x01" * 32,
    ],
    ids=["zero", "over 32", "uneven", "none", "nothing else", "no length", "zeros", "ones"],
)
def test_wrong_padding_is_refused(content: bytes) -> None:
    _refused(_raw(content))


def test_padding_to_16_bytes_is_refused() -> None:
    content = _content(b"x" * 3)  # 41 bytes: 7 to the next 16, 23 to the next 32
    _refused(_raw(content + bytes([7]) * 7))


@given(st.integers(0, 159), st.integers(0, 7))
def test_a_flipped_bit_never_changes_the_message_unseen(byte: int, bit: int) -> None:
    message = b"x" * 100
    sealed = bytearray(base64.b64decode(CIPHER.encrypt(message, KEY, HEAD)))
    assert len(sealed) == 160
    sealed[byte] ^= 1 << bit
    try:
        opened = CIPHER.decrypt(base64.b64encode(sealed).decode()).message
    except EnvelopeError as refused:
        assert refused.code == "undecipherable"
    else:
        # CBC alone authenticates nothing, that is msg_signature's task; but the shape has to hold.
        assert len(opened) == len(message)


@pytest.mark.parametrize("byte", [116, 128, 159])
def test_a_flipped_bit_in_the_tail_is_refused(byte: int) -> None:
    sealed = bytearray(base64.b64decode(CIPHER.encrypt(b"x" * 100, KEY, HEAD)))
    sealed[byte] ^= 1
    _refused(base64.b64encode(sealed).decode())


@given(st.integers(0, 87))
def test_a_truncated_envelope_is_refused(length: int) -> None:
    sealed = CIPHER.encrypt(b"x" * 10, KEY, HEAD)
    assert len(sealed) == 88
    _refused(sealed[:length])


@pytest.mark.parametrize("sealed", ["", "====", "a", "not base64!", "密文", "\ud800", "QUJD", "A" * 63])
def test_what_is_no_envelope_is_refused(sealed: str) -> None:
    _refused(sealed)
    _refused(sealed, Cipher(APPID, KEY, OLD_KEY))


@given(st.binary(max_size=200).map(lambda noise: base64.b64encode(noise).decode()) | st.text())
def test_noise_is_refused(sealed: str) -> None:
    _refused(sealed)


@pytest.mark.parametrize("text", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "\n", "a" * 42 + "密"])
def test_a_wrong_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="43 letters or digits") as refused:
        EncodingKey(text)
    assert "aaa" not in str(refused.value)


def test_nothing_secret_is_printed() -> None:
    opened = CIPHER.decrypt(CIPHER.encrypt(b"hello", KEY))
    assert KEY.text not in repr(opened) + repr(CIPHER) + repr(KEY)
    assert "hello" not in repr(opened)


def test_a_fixed_head_has_16_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        CIPHER.encrypt(b"hello", KEY, b"short")
