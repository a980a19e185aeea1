"""Keeps the vectors of texts between starts, so that only texts that are new or changed are encoded."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

FILE_NAME = "vectors.npz"
_BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, TypeError)


class Encoder(Protocol):
    """What the index needs of an encoder: a name for the cache, and unit vectors."""

    @property
    def name(self) -> str:
        """Changes whenever the vectors would."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 a text."""
        ...


class VectorCache:
    """Vectors by the hash of encoder name and text, in one file that is replaced as a whole.

    A missing, damaged or foreign file is treated as empty; a folder that cannot be written costs
    only the next start's time. Without a folder nothing is kept.
    """

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self._encoder = encoder
        self._file = None if folder is None else folder / FILE_NAME

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One row a text. What is no longer asked for leaves the cache."""
        keys = [self._key(text) for text in texts]
        stored = self._load()
        known = {key: stored[key] for key in keys if key in stored}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            encoded = np.asarray(self._encoder.encode(list(missing.values())), dtype=np.float32)
            if known and encoded.shape[1] != next(iter(known.values())).shape[0]:
                return self._encode_all(keys, texts)
            known.update(zip(missing, encoded, strict=True))
        if missing or len(known) < len(stored):
            self._save(known)
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, 0), dtype=np.float32)

    def _encode_all(self, keys: Sequence[str], texts: Sequence[str]) -> Vectors:
        rows = np.asarray(self._encoder.encode(list(texts)), dtype=np.float32)
        self._save(dict(zip(keys, rows, strict=True)))
        return rows

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self._encoder.name}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()

    def _load(self) -> dict[str, Vectors]:
        if self._file is None:
            return {}
        try:
            with self._file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                keys, rows = stored["keys"], stored["vectors"]
        except _BROKEN:
            return {}
        sound = rows.ndim == 2 and rows.dtype == np.float32 and keys.shape == (len(rows),)
        if not sound or not np.isfinite(rows).all():
            return {}
        return dict(zip(map(str, keys), rows, strict=True))

    def _save(self, vectors: dict[str, Vectors]) -> None:
        if self._file is None or not vectors:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._file.parent) as folder:
                written = Path(folder) / FILE_NAME
                np.savez(written, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
                written.replace(self._file)
