"""WeChat's signatures and envelopes by wechatpy, so that they owe nothing to the product's own."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

BLOCK = 32
"""WeChat pads to 32 bytes, twice the block of AES."""


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def fresh_nonce() -> str:
    """Digits, as WeChat sends them."""
    return str(secrets.randbelow(9 * 10**9) + 10**9)


@dataclass(frozen=True)
class Envelope:
    """Encrypts for one receiver: `receiver` is the appid, or the corpid in WeCom."""

    token: str
    encoding_aes_key: str
    receiver: str

    def seal(self, text: str) -> str:
        """Ciphertext in Base64, another one at each call."""
        return bytes(self._crypto().encrypt(text, self.receiver)).decode()

    def signature(self, timestamp: str, nonce: str, encrypt: str) -> str:
        """The msg_signature of a ciphertext."""
        return sign(self.token, timestamp, nonce, encrypt)

    def open(self, encrypt: str) -> str:
        """The text inside.

        Raises ValueError for ciphertext, padding, length or receiver that are not right.
        """
        try:
            plain = bytes(self._crypto().cipher.decrypt(base64.b64decode(encrypt, validate=True)))
        except ValueError as error:
            raise ValueError(f"Encrypt cannot be decrypted: {error}") from error
        return self._unpack(_without_padding(plain))

    def _unpack(self, plain: bytes) -> str:
        length = int.from_bytes(plain[16:20], "big")
        text, receiver = plain[20 : 20 + length], plain[20 + length :]
        if len(plain) < 20 or len(text) != length:
            raise ValueError("the length inside of Encrypt is wrong")
        if receiver != self.receiver.encode():
            raise ValueError(f"the appid inside of Encrypt is {receiver!r}")
        return text.decode()

    def _crypto(self) -> Any:
        return PrpCrypto(base64.b64decode(self.encoding_aes_key + "="))


def _without_padding(plain: bytes) -> bytes:
    # wechatpy believes the last byte whatever it is; a judge must not.
    count = plain[-1] if plain else 0
    if not 1 <= count <= BLOCK or len(plain) % BLOCK or plain[-count:] != bytes([count]) * count:
        raise ValueError("the padding inside of Encrypt is not PKCS#7 to 32 bytes")
    return plain[:-count]
