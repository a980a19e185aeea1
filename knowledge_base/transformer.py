"""The pretrained transformer at work, as it comes or fine-tuned: a text in, numbers out.

ONNX Runtime answers with the weights in 8 bit, several times as fast as torch or TensorFlow would on the one
short sentence of a turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from knowledge_base.pretrained import Floats, Weights, load, token_ids
from knowledge_base.pretrained_onnx import to_onnx

_FILES = ("tokenizer.json", "word.npy", "transformer.onnx")


class Transformer:
    """``word`` holds a row a piece; ``model`` is the ONNX file of everything after the look-up."""

    def __init__(self, tokenizer: Tokenizer, word: npt.NDArray[np.float16], model: bytes) -> None:
        """One thread: on short sentences a second one costs more than it brings."""
        self._tokenizer, self._word, self._model = tokenizer, word, model
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @classmethod
    def from_weights(cls, tokenizer: Tokenizer, weights: Weights) -> Transformer:
        """Make one of weights named as ``pretrained.load`` names them, with or without a head."""
        return cls(tokenizer, weights["word"].astype(np.float16), to_onnx(weights))

    @classmethod
    def pretrained(cls) -> Transformer:
        """As it comes with its package: a text gives its mean state, 384 numbers."""
        return cls.from_weights(*load())

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return one row a text. At least one text is needed."""
        return np.stack([self._row(ids) for ids in token_ids(self._tokenizer, texts)])

    def _row(self, ids: list[int]) -> Floats:
        [result] = self._session.run(None, {"words": self._word[ids].astype(np.float32)})
        return np.asarray(result)

    def save(self, folder: Path) -> None:
        """Write three files; ``load`` reads them."""
        tokenizer, word, model = (folder / name for name in _FILES)
        self._tokenizer.save(str(tokenizer))
        np.save(word, self._word)
        model.write_bytes(self._model)

    @classmethod
    def load(cls, folder: Path) -> Transformer:
        """Read what ``save`` wrote. Raises OSError."""
        tokenizer, word, model = (folder / name for name in _FILES)
        rows = np.load(word, allow_pickle=False)
        return cls(Tokenizer.from_file(str(tokenizer)), rows, model.read_bytes())
