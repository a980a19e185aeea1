"""Fine-tuning of the pretrained transformer for intents, in TensorFlow (which Rasa brings along)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from bot.nlu import pretrained
from bot.nlu.network import PAD, Network, token_ids

BATCH = 32
_DROPOUT = 0.1
_SMOOTHING = 0.1  # of the labels: keeps the probabilities honest
_WARM_UP = 0.06  # share of the steps
_HEAD_FACTOR = 5.0  # the head starts from nothing and learns faster
_MASKED = -1e9
Ints = npt.NDArray[np.int64]
Params = dict[str, "tf.Variable"]


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to learn: ``rate`` is the highest learning rate."""

    layers: int = 6
    epochs: int = 12
    rate: float = 2e-4
    seed: int = 0

    @classmethod
    def for_examples(cls, count: int, *, layers: int) -> Recipe:
        """Return the recipe for that many examples: the fewer there are, the oftener each is seen."""
        return cls(layers=layers, epochs=min(12, max(4, round(20_000 / count))))


def fine_tune(texts: Sequence[str], labels: Sequence[int], classes: int, recipe: Recipe) -> Network:
    """Return a network that tells ``classes`` apart, trained on texts whose labels count from 0."""
    tf.random.set_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    start = pretrained.load(recipe.layers)
    params = _parameters(start.weights, classes, random)
    word = tf.constant(start.weights["word"])
    ids = token_ids(start.tokenizer, texts)
    steps = recipe.epochs * math.ceil(len(texts) / BATCH)
    step = _training_step(params, word, recipe.rate, steps)
    for _ in range(recipe.epochs):
        for tokens, chosen in _batches(ids, np.array(labels), random):
            step(tf.constant(tokens), tf.constant(chosen))
    trained = {name: value.numpy() for name, value in params.items()}
    return Network(start.tokenizer, {"word": start.weights["word"], **trained})


def _parameters(weights: pretrained.Weights, classes: int, random: np.random.Generator) -> Params:
    """Return everything that learns: all but the word embeddings."""
    hidden = weights["word"].shape[1]
    head = {
        "head.w": random.normal(0, 0.02, (hidden, classes)).astype(np.float32),
        "head.b": np.zeros(classes, dtype=np.float32),
    }
    return {name: tf.Variable(value) for name, value in (weights | head).items() if name != "word"}


def _batches(ids: list[list[int]], labels: Ints, random: np.random.Generator) -> Iterator[tuple[Ints, Ints]]:
    """Yield padded tokens and labels; texts of like length go together, so that little is padding."""
    order = random.permutation(len(ids))
    groups = [order[place : place + BATCH * 20] for place in range(0, len(order), BATCH * 20)]
    batches = []
    for group in groups:
        by_length = group[np.argsort([len(ids[place]) for place in group], kind="stable")]
        batches += [by_length[place : place + BATCH] for place in range(0, len(by_length), BATCH)]
    for chosen in random.permutation(len(batches)):
        batch = batches[chosen]
        longest = max(len(ids[place]) for place in batch)
        tokens = np.full((len(batch), longest), PAD, dtype=np.int64)
        for row, place in enumerate(batch):
            tokens[row, : len(ids[place])] = ids[place]
        yield tokens, labels[batch]


def _training_step(params: Params, word: Any, rate: float, steps: int) -> Any:
    head = [value for name, value in params.items() if name.startswith("head.")]
    body = [value for name, value in params.items() if not name.startswith("head.")]
    slow = tf.keras.optimizers.AdamW(_Slope(rate, steps), weight_decay=0.01)
    fast = tf.keras.optimizers.AdamW(_Slope(rate * _HEAD_FACTOR, steps), weight_decay=0.01)
    slow.build(body)
    fast.build(head)
    classes = params["head.b"].shape[0]

    @tf.function(
        input_signature=[tf.TensorSpec([None, None], tf.int64), tf.TensorSpec([None], tf.int64)]
    )
    def step(tokens: Any, labels: Any) -> None:
        with tf.GradientTape() as tape:
            wanted = tf.one_hot(labels, classes) * (1 - _SMOOTHING) + _SMOOTHING / classes
            losses = tf.nn.softmax_cross_entropy_with_logits(wanted, _forward(params, word, tokens))
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, body + head)
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        slow.apply_gradients(zip(gradients[: len(body)], body))
        fast.apply_gradients(zip(gradients[len(body) :], head))

    return step


class _Slope(tf.keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # no types
    """Up for a short while, then down to zero."""

    def __init__(self, top: float, steps: int) -> None:
        self._top, self._steps = top, float(steps)

    def __call__(self, step: Any) -> Any:
        step = tf.cast(step, tf.float32)
        up = (step + 1) / (_WARM_UP * self._steps)
        return self._top * tf.minimum(1.0, up) * tf.maximum(0.0, 1 - step / self._steps)


def _forward(params: Params, word: Any, tokens: Any) -> Any:
    """Return the scores of the classes, with dropout; the same formulas as in network.py."""
    real = tf.cast(tokens != PAD, tf.float32)
    state = tf.gather(word, tokens) + params["position"][: tf.shape(tokens)[1]]
    state = tf.nn.dropout(_normalise(state, params["ln.w"], params["ln.b"]), _DROPOUT)
    mask = (1 - real)[:, None, None, :] * _MASKED
    layers = sum(name.endswith(".attend.w") for name in params)
    for layer in map(str, range(layers)):
        mixed = _dense(state, params, f"{layer}.attend")
        added = state + tf.nn.dropout(_dense(_attend(mixed, mask), params, f"{layer}.out"), _DROPOUT)
        state = _normalise(added, params[f"{layer}.out.ln.w"], params[f"{layer}.out.ln.b"])
        wide = tf.nn.gelu(_dense(state, params, f"{layer}.wide"), approximate=True)
        added = state + tf.nn.dropout(_dense(wide, params, f"{layer}.narrow"), _DROPOUT)
        state = _normalise(added, params[f"{layer}.narrow.ln.w"], params[f"{layer}.narrow.ln.b"])
    mean = tf.reduce_sum(state * real[..., None], axis=1) / tf.reduce_sum(real, axis=1, keepdims=True)
    return tf.nn.dropout(mean, _DROPOUT) @ params["head.w"] + params["head.b"]


def _dense(state: Any, params: Params, name: str) -> Any:
    return tf.tensordot(state, params[f"{name}.w"], 1) + params[f"{name}.b"]


def _attend(mixed: Any, mask: Any) -> Any:
    shape = tf.shape(mixed)
    width = mixed.shape[-1] // 3
    size = width // pretrained.HEADS
    split = tf.reshape(mixed, [shape[0], shape[1], 3, pretrained.HEADS, size])
    query, key, value = tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4]))
    scores = tf.matmul(query, key, transpose_b=True) / math.sqrt(size) + mask
    weights = tf.nn.dropout(tf.nn.softmax(scores), _DROPOUT)
    return tf.reshape(tf.transpose(weights @ value, [0, 2, 1, 3]), [shape[0], shape[1], width])


def _normalise(state: Any, gain: Any, shift: Any) -> Any:
    mean, variance = tf.nn.moments(state, [-1], keepdims=True)
    return (state - mean) * tf.math.rsqrt(variance + 1e-12) * gain + shift
