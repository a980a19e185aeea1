"""Fine-tuning of the pretrained transformer, in TensorFlow (which Rasa brings along).

The bot's classifier calls it for intents. ``python -m bot.nlu.fine_tuning ROWS FOLDER`` does the same for the
knowledge base, whose environment has no TensorFlow: ROWS is a JSON list of [label, text].
"""

from __future__ import annotations

import json
import math
import pathlib
import sys
from dataclasses import dataclass
from typing import Any, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from knowledge_base import pretrained
from knowledge_base.pretrained import PAD, token_ids
from knowledge_base.transformer import Transformer

BATCH = 32
_DROPOUT = 0.1
_SMOOTHING = 0.1  # of the labels: keeps the probabilities honest
_WARM_UP = 0.06  # share of the steps
_HEAD_FACTOR = 5.0  # the head learns faster than the last layer
_LAYER_FACTOR = 0.87  # and each layer slower than the one above it
_HEAD_LENGTH = 1.5  # of a class's first direction
_MASKED = -1e9
Ints = npt.NDArray[np.int64]
Params = dict[str, "tf.Variable"]


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to learn: ``rate`` is the highest learning rate."""

    epochs: int = 12
    rate: float = 2e-4
    seed: int = 0

    @classmethod
    def for_examples(cls, count: int) -> Recipe:
        """Return the recipe for that many examples: the fewer there are, the oftener each is seen."""
        return cls(epochs=min(12, max(4, round(20_000 / count))))


def fine_tune(texts: Sequence[str], labels: Sequence[int], classes: int, recipe: Recipe) -> Transformer:
    """Return one that scores ``classes`` (logits), trained on texts whose labels count from 0."""
    tf.random.set_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    start = pretrained.load()
    word = tf.constant(start.weights["word"])
    examples = _Examples(token_ids(start.tokenizer, texts), np.array(labels))
    params = {name: tf.Variable(value) for name, value in start.weights.items() if name != "word"}
    params |= _first_head(_means(params, word, examples), examples.labels, classes)
    step = _training_step(params, word, recipe, recipe.epochs * math.ceil(len(texts) / BATCH))
    for _ in range(recipe.epochs):
        for tokens, chosen in examples.batches(random):
            step(tf.constant(tokens), tf.constant(chosen))
    trained = {name: value.numpy() for name, value in params.items()}
    return Transformer.from_weights(start.tokenizer, trained | {"word": start.weights["word"]})


@dataclass(frozen=True)
class _Examples:
    """Token numbers and labels of the training texts."""

    ids: list[list[int]]
    labels: Ints

    def batches(self, random: np.random.Generator) -> Iterator[tuple[Ints, Ints]]:
        """Yield padded tokens and labels; texts of like length go together, so that little is padding."""
        order = random.permutation(len(self.ids))
        batches = []
        for place in range(0, len(order), BATCH * 20):
            group = order[place : place + BATCH * 20]
            by_length = group[np.argsort([len(self.ids[one]) for one in group], kind="stable")]
            batches += [by_length[start : start + BATCH] for start in range(0, len(by_length), BATCH)]
        for chosen in random.permutation(len(batches)):
            yield self.padded(batches[chosen]), self.labels[batches[chosen]]

    def padded(self, places: Ints) -> Ints:
        """Return the tokens of these texts as one table."""
        tokens = np.full((len(places), max(len(self.ids[place]) for place in places)), PAD, dtype=np.int64)
        for row, place in enumerate(places):
            tokens[row, : len(self.ids[place])] = self.ids[place]
        return tokens


def _means(params: Params, word: Any, examples: _Examples) -> pretrained.Floats:
    """Return what the pretrained network makes of each text, before any training."""
    order = np.argsort([len(ids) for ids in examples.ids], kind="stable")
    means = np.zeros((len(order), word.shape[1]), dtype=np.float32)
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        means[places] = _encode(params, word, tf.constant(examples.padded(places)), 0.0)
    return means


def _first_head(means: pretrained.Floats, labels: Ints, classes: int) -> Params:
    """Point each class at the middle of its examples: with few of them that is worth several epochs."""
    centre = means.mean(axis=0)
    towards = np.stack([means[labels == one].mean(axis=0) - centre for one in range(classes)])
    towards *= _HEAD_LENGTH / np.linalg.norm(towards, axis=1, keepdims=True)
    return {"head.w": tf.Variable(towards.T), "head.b": tf.Variable(-towards @ centre)}


def _training_step(params: Params, word: Any, recipe: Recipe, steps: int) -> Any:
    names = sorted(params)
    groups = [_Group(depth, params, names, recipe, steps) for depth in range(-1, pretrained.LAYERS + 1)]
    variables = [params[name] for name in names]
    classes = params["head.b"].shape[0]

    def step(tokens: Any, labels: Any) -> None:
        with tf.GradientTape() as tape:
            wanted = tf.one_hot(labels, classes) * (1 - _SMOOTHING) + _SMOOTHING / classes
            mean = tf.nn.dropout(_encode(params, word, tokens, _DROPOUT), _DROPOUT)
            scores = mean @ params["head.w"] + params["head.b"]
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, scores))
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), 1.0)
        for group in groups:
            group.apply(gradients)

    table, column = tf.TensorSpec([None, None], tf.int64), tf.TensorSpec([None], tf.int64)
    return tf.function(step, input_signature=[table, column], autograph=False)


class _Group:
    """The variables at one depth, which share a learning rate: -1 for the embeddings."""

    def __init__(self, depth: int, params: Params, names: list[str], recipe: Recipe, steps: int) -> None:
        below_top = pretrained.LAYERS - 1 - depth
        rate = recipe.rate * (_HEAD_FACTOR if below_top < 0 else _LAYER_FACTOR**below_top)
        self._places = [place for place, name in enumerate(names) if _depth(name) == depth]
        self._variables = [params[names[place]] for place in self._places]
        self._optimizer = tf.keras.optimizers.AdamW(_Slope(rate, steps), weight_decay=0.01)
        self._optimizer.build(self._variables)

    def apply(self, gradients: Sequence[Any]) -> None:
        """Change the variables; ``gradients`` are those of all of the network."""
        self._optimizer.apply_gradients(
            zip([gradients[place] for place in self._places], self._variables, strict=True)
        )


def _depth(name: str) -> int:
    part = name.split(".")[0]
    return int(part) if part.isdigit() else pretrained.LAYERS if part == "head" else -1


class _Slope(tf.keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # no types
    """Up for a short while, then down to zero."""

    def __init__(self, top: float, steps: int) -> None:
        self._top, self._steps = top, float(steps)

    def __call__(self, step: Any) -> Any:
        step = tf.cast(step, tf.float32)
        up = (step + 1) / (_WARM_UP * self._steps)
        return self._top * tf.minimum(1.0, up) * tf.maximum(0.0, 1 - step / self._steps)


def _encode(params: Params, word: Any, tokens: Any, dropout: float) -> Any:
    """Return the mean state of each text; the formulas of pretrained_onnx.py, with dropout."""
    real = tf.cast(tokens != PAD, tf.float32)
    state = tf.gather(word, tokens) + params["position"][: tf.shape(tokens)[1]]
    state = tf.nn.dropout(_normalise(state, params["ln.w"], params["ln.b"]), dropout)
    mask = (1 - real)[:, None, None, :] * _MASKED
    for layer in map(str, range(pretrained.LAYERS)):
        attended = _attend(_dense(state, params, f"{layer}.attend"), mask, dropout)
        added = state + tf.nn.dropout(_dense(attended, params, f"{layer}.out"), dropout)
        state = _normalise(added, params[f"{layer}.out.ln.w"], params[f"{layer}.out.ln.b"])
        wide = tf.nn.gelu(_dense(state, params, f"{layer}.wide"), approximate=True)
        added = state + tf.nn.dropout(_dense(wide, params, f"{layer}.narrow"), dropout)
        state = _normalise(added, params[f"{layer}.narrow.ln.w"], params[f"{layer}.narrow.ln.b"])
    return tf.reduce_sum(state * real[..., None], axis=1) / tf.reduce_sum(real, axis=1, keepdims=True)


def _dense(state: Any, params: Params, name: str) -> Any:
    return tf.tensordot(state, params[f"{name}.w"], 1) + params[f"{name}.b"]


def _attend(mixed: Any, mask: Any, dropout: float) -> Any:
    shape = tf.shape(mixed)
    width = mixed.shape[-1] // 3
    size = width // pretrained.HEADS
    split = tf.reshape(mixed, [shape[0], shape[1], 3, pretrained.HEADS, size])
    query, key, value = tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4]))
    scores = tf.matmul(query, key, transpose_b=True) / math.sqrt(size) + mask
    weights = tf.nn.dropout(tf.nn.softmax(scores), dropout)
    return tf.reshape(tf.transpose(weights @ value, [0, 2, 1, 3]), [shape[0], shape[1], width])


def _normalise(state: Any, gain: Any, shift: Any) -> Any:
    mean, variance = tf.nn.moments(state, [-1], keepdims=True)
    return (state - mean) * tf.math.rsqrt(variance + 1e-12) * gain + shift


def main(rows: pathlib.Path, folder: pathlib.Path) -> None:
    """Train on the rows and write the transformer and ``labels.json``, its classes in order."""
    pairs = json.loads(rows.read_text(encoding="utf-8"))
    labels = sorted({label for label, _ in pairs})
    places = {label: place for place, label in enumerate(labels)}
    texts = [text for _, text in pairs]
    made = fine_tune(texts, [places[label] for label, _ in pairs], len(labels), Recipe(epochs=5))
    made.save(folder)
    (folder / "labels.json").write_text(json.dumps(labels, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
