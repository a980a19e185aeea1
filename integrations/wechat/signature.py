"""Signatures of WeChat's pushes and of our sealed replies.

Rule (Official Account platform, 接入指南 and 消息加解密说明): sort the parts, join them, SHA-1, hexadecimal.
The parts are token, timestamp and nonce; of a sealed message also the ciphertext.
"""

import hashlib
import hmac


def signature(*parts: str) -> str:
    """The signature of these parts, whose order does not matter: 40 hexadecimal digits."""
    # WeChat fixes SHA-1; the secret among the parts is the token.
    return hashlib.sha1(_octets("".join(sorted(parts))), usedforsecurity=False).hexdigest()


def is_signed(expected: str, *parts: str) -> bool:
    """Whether `expected`, as it was received, signs the parts. Takes the same time wherever they differ."""
    return hmac.compare_digest(_octets(expected), _octets(signature(*parts)))


def _octets(text: str) -> bytes:
    # Whatever stands in a query string must be comparable, lone surrogates too.
    return text.encode("utf-8", "surrogatepass")
