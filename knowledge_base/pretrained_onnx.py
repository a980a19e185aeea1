"""The pretrained transformer as an ONNX model for one sentence at a time, its matrices in 8 bit."""

from __future__ import annotations

import pathlib
import tempfile
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper, save_model
from onnxruntime.quantization import QuantType, quantize_dynamic

from knowledge_base.pretrained import HEADS, LAYERS, Floats, Weights

_OPSET = 17  # the first with LayerNormalization
_EPSILON = 1e-12


def to_onnx(weights: Weights) -> bytes:
    """Return the model: input ``words`` (a row a token, already looked up), output ``result``.

    The result is the mean state of the sentence, or what a trained head (``head.w``, ``head.b``) makes of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole, small = pathlib.Path(folder, "whole.onnx"), pathlib.Path(folder, "small.onnx")
        save_model(_Graph(weights).model(), str(whole))
        quantize_dynamic(str(whole), str(small), per_channel=True, weight_type=QuantType.QInt8)
        return small.read_bytes()


class _Graph:
    """Collects the nodes; each method returns the name of its result."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._hidden = weights["position"].shape[1]

    def model(self) -> ModelProto:
        self._constant("start", np.array([0], dtype=np.int64))
        length = self._node("Gather", self._node("Shape", "words"), self._constant("first", np.array([0])))
        position = self._node("Slice", self._weight("position"), "start", length)
        state = self._normalised(self._node("Add", "words", position), "")
        for layer in map(str, range(LAYERS)):
            state = self._layer(state, layer)
        mean = self._node("ReduceMean", state, axes=[0], keepdims=1)
        result = self._dense(mean, "head") if "head.w" in self._weights else mean
        self._nodes.append(helper.make_node("Squeeze", [result, "start"], ["result"]))
        return self._assembled()

    def _assembled(self) -> ModelProto:
        graph = helper.make_graph(
            self._nodes,
            "sentence",
            [helper.make_tensor_value_info("words", TensorProto.FLOAT, ["tokens", self._hidden])],
            [helper.make_tensor_value_info("result", TensorProto.FLOAT, ["size"])],
            list(self._constants.values()),
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)

    def _layer(self, state: str, layer: str) -> str:
        attended = self._dense(self._attended(self._dense(state, f"{layer}.attend")), f"{layer}.out")
        state = self._normalised(self._node("Add", state, attended), f"{layer}.out.")
        wide = self._gelu(self._dense(state, f"{layer}.wide"))
        added = self._node("Add", state, self._dense(wide, f"{layer}.narrow"))
        return self._normalised(added, f"{layer}.narrow.")

    def _attended(self, mixed: str) -> str:
        size = self._hidden // HEADS
        shape = self._constant("split", np.array([-1, 3, HEADS, size]))
        split = self._node("Transpose", self._node("Reshape", mixed, shape), perm=[1, 2, 0, 3])
        query, key, value = (
            self._node("Gather", split, self._constant(f"part{part}", np.array(part)), axis=0)
            for part in range(3)
        )
        scores = self._node("MatMul", query, self._node("Transpose", key, perm=[0, 2, 1]))
        scaled = self._node("Mul", scores, self._constant("scale", np.array(size**-0.5, dtype=np.float32)))
        mixed = self._node("MatMul", self._node("Softmax", scaled, axis=-1), value)
        joined = self._constant("joined", np.array([-1, self._hidden]))
        return self._node("Reshape", self._node("Transpose", mixed, perm=[1, 0, 2]), joined)

    def _gelu(self, state: str) -> str:
        """Return GELU by its approximation with tanh, as in training."""

        def number(name: str, value: float) -> str:
            return self._constant(name, np.array(value, dtype=np.float32))

        cube = self._node("Mul", self._node("Mul", state, state), state)
        inner = self._node("Add", state, self._node("Mul", cube, number("cubic", 0.044715)))
        bent = self._node("Tanh", self._node("Mul", inner, number("slope", 0.7978845608)))
        half = self._node("Mul", state, number("half", 0.5))
        return self._node("Mul", half, self._node("Add", bent, number("one", 1.0)))

    def _normalised(self, state: str, name: str) -> str:
        gain, shift = self._weight(f"{name}ln.w"), self._weight(f"{name}ln.b")
        return self._node("LayerNormalization", state, gain, shift, axis=-1, epsilon=_EPSILON)

    def _dense(self, state: str, name: str) -> str:
        return self._node(
            "Add", self._node("MatMul", state, self._weight(f"{name}.w")), self._weight(f"{name}.b")
        )

    def _node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        result = f"n{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [result], **attributes))
        return result

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, value: Floats | np.ndarray[Any, Any]) -> str:
        self._constants.setdefault(name, numpy_helper.from_array(np.array(value, order="C"), name))
        return name
