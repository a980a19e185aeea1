"""The fine-tuned transformer at work: tokens in, logarithms of probabilities out, numpy alone.

TensorFlow trains it (network_training.py); for one short sentence at a time plain matrix products answer
faster than a TensorFlow graph does.
"""

from __future__ import annotations

import pathlib
from typing import Sequence

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from bot.nlu.pretrained import HEADS, Floats, Weights

MAX_TOKENS = 64
BEGIN, PAD, END = 0, 1, 2
_EPSILON = 1e-12
_WEIGHTS_FILE, _TOKENIZER_FILE = "network.npz", "tokenizer.json"


def token_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Return the token numbers of each text, between the marks of begin and end."""
    encoded = tokenizer.encode_batch(list(texts))
    return [[BEGIN, *one.ids[: MAX_TOKENS - 2], END] for one in encoded]


class Network:
    """The weights of one trained network and its forward pass."""

    def __init__(self, tokenizer: Tokenizer, weights: Weights) -> None:
        """``weights`` are those of ``pretrained.load`` and the head (``head.w``, ``head.b``)."""
        self._tokenizer = tokenizer
        self._weights = weights
        self._layers = sum(name.endswith(".attend.w") for name in weights)

    def log_probabilities(self, texts: Sequence[str]) -> Floats:
        """Return one row a text and one column a class, natural logarithms."""
        rows = [self._scores(ids) for ids in token_ids(self._tokenizer, texts)]
        scores = np.stack(rows)
        scores -= scores.max(axis=1, keepdims=True)
        return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)), dtype=np.float32)

    def _scores(self, ids: list[int]) -> Floats:
        weights = self._weights
        state = weights["word"][ids].astype(np.float32) + weights["position"][: len(ids)]
        state = _normalise(state, weights["ln.w"], weights["ln.b"])
        for layer in range(self._layers):
            state = self._layer(state, str(layer))
        return np.asarray(state.mean(axis=0) @ weights["head.w"] + weights["head.b"])

    def _layer(self, state: Floats, layer: str) -> Floats:
        weights = self._weights
        attended = _attend(state @ weights[f"{layer}.attend.w"] + weights[f"{layer}.attend.b"])
        added = state + attended @ weights[f"{layer}.out.w"] + weights[f"{layer}.out.b"]
        state = _normalise(added, weights[f"{layer}.out.ln.w"], weights[f"{layer}.out.ln.b"])
        wide = _gelu(state @ weights[f"{layer}.wide.w"] + weights[f"{layer}.wide.b"])
        added = state + wide @ weights[f"{layer}.narrow.w"] + weights[f"{layer}.narrow.b"]
        return _normalise(added, weights[f"{layer}.narrow.ln.w"], weights[f"{layer}.narrow.ln.b"])

    def save(self, folder: pathlib.Path) -> None:
        """Write two files; ``load`` reads them."""
        self._tokenizer.save(str(folder / _TOKENIZER_FILE))
        small = {name: value.astype(np.float16) if name == "word" else value for name, value in self._weights.items()}
        np.savez(folder / _WEIGHTS_FILE, **small)

    @classmethod
    def load(cls, folder: pathlib.Path) -> Network:
        """Read what ``save`` wrote. Raises OSError."""
        with np.load(folder / _WEIGHTS_FILE, allow_pickle=False) as stored:
            weights = {name: stored[name] for name in stored.files}
        return cls(Tokenizer.from_file(str(folder / _TOKENIZER_FILE)), weights)


def _attend(mixed: Floats) -> Floats:
    tokens, width = mixed.shape[0], mixed.shape[1] // 3
    split = mixed.reshape(tokens, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
    query, key, value = split[0], split[1], split[2]
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(width // HEADS))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores /= scores.sum(axis=-1, keepdims=True)
    return np.asarray((scores @ value).transpose(1, 0, 2).reshape(tokens, width))


def _normalise(state: Floats, gain: Floats, shift: Floats) -> Floats:
    centred = state - state.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred)[:, None] / state.shape[-1]
    return np.asarray(centred / np.sqrt(variance + _EPSILON) * gain + shift)


def _gelu(state: Floats) -> Floats:
    inner: npt.NDArray[np.float32] = np.float32(0.7978846) * (state + np.float32(0.044715) * state**3)
    return np.asarray(np.float32(0.5) * state * (1 + np.tanh(inner)))
