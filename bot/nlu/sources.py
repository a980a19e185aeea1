"""The modules that make the fine-tuned transformer what it is; Rasa sees only a component's own file."""

from __future__ import annotations

import hashlib
import pathlib

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_SOURCES = (
    "bot/nlu/fine_tuning.py",
    "knowledge_base/pretrained.py",
    "knowledge_base/pretrained_onnx.py",
    "knowledge_base/transformer.py",
)


def source_digest() -> str:
    """Return a hash of their contents."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update((_ROOT / name).read_bytes() + b"\0")
    return digest.hexdigest()
