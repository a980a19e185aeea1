"""The envelope of WeChat's 安全模式: AES-256-CBC around random, length, message and appid.

Rule (消息加解密说明): the key is the EncodingAESKey decoded as Base64, the IV its first 16 bytes; inside are
16 random bytes, the message's length as 32 bits big-endian, the message, the appid; PKCS#7 pads to 32 bytes.
WeCom does the same with its corp id in place of the appid.
"""

import base64
import hmac
import re
import secrets
import string
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from integrations.wechat.errors import EnvelopeError

_RANDOM = 16  # bytes
_HEAD = _RANDOM + 4  # bytes before the message
_PADDED_TO = 256  # bits; AES alone would need 128
_ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class EncodingKey:
    """An EncodingAESKey as the platform shows it. Raises ValueError unless it has 43 letters or digits."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9]{43}", self.text):
            raise ValueError("an EncodingAESKey has 43 letters or digits")

    def block_cipher(self) -> BlockCipher[CBC]:
        """AES-256-CBC with this key and the IV that belongs to it."""
        secret = base64.b64decode(self.text + "=")
        return BlockCipher(AES256(secret), CBC(secret[:16]))


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened envelope; replies are sealed with the key that opened it."""

    message: bytes = field(repr=False)
    key: EncodingKey


class Cipher:
    """Opens and seals envelopes of one account (appid, or corp id of WeCom).

    After the key was changed on the platform, pushes under the `previous` one still arrive for a while.
    """

    def __init__(self, appid: str, current: EncodingKey, previous: EncodingKey | None = None) -> None:
        self._appid = appid.encode()
        self._keys = [current] if previous is None else [current, previous]

    def decrypt(self, ciphertext_b64: str) -> Opened:
        """The message inside. Raises EnvelopeError (`undecipherable`), never saying why."""
        for key in self._keys:
            try:
                return Opened(self._open(ciphertext_b64, key), key)
            except ValueError:
                continue
        raise EnvelopeError("undecipherable")

    def encrypt(self, message: bytes, key: EncodingKey, random16: bytes | None = None) -> str:
        """The message sealed with `key`, as Base64. `random16` (16 bytes) is fixed only by tests."""
        head = _random_characters() if random16 is None else random16
        if len(head) != _RANDOM:
            raise ValueError("the random head has 16 bytes")
        padder = PKCS7(_PADDED_TO).padder()
        content = head + struct.pack(">I", len(message)) + message + self._appid
        padded = padder.update(content) + padder.finalize()
        encryptor = key.block_cipher().encryptor()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def _open(self, ciphertext_b64: str, key: EncodingKey) -> bytes:
        decryptor = key.block_cipher().decryptor()
        padded = decryptor.update(base64.b64decode(ciphertext_b64, validate=True)) + decryptor.finalize()
        unpadder = PKCS7(_PADDED_TO).unpadder()
        content = unpadder.update(padded) + unpadder.finalize()
        if len(content) < _HEAD:
            raise ValueError("no head")
        end = _HEAD + int.from_bytes(content[_RANDOM:_HEAD], "big")
        # A wrong length also shows here: what follows the message has to be the appid, whole and alone.
        if not hmac.compare_digest(content[end:], self._appid):
            raise ValueError("another account's")
        return content[_HEAD:end]


def _random_characters() -> bytes:
    # The rule says 随机字符串: printable, as the platform's own.
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(_RANDOM)).encode()
