"""The stored model: what is read, what is refused, and what a running process keeps."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from integrations.crm.recommendations import model_file
from integrations.crm.recommendations.blending import Blend
from integrations.crm.recommendations.collaborative import Model, learn
from integrations.crm.recommendations.errors import BadModelFile
from tests.crm.recommendations.test_collaborative import DAY, NEXT, chain


@pytest.fixture
def model() -> Model:
    return learn(chain(), NEXT, day=31, learned_on=DAY)


def test_what_is_saved_is_read(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "model.npz"
    model = replace(model, blend=Blend(0.2, 0.03))
    model_file.save(model, path)
    found = model_file.load(path)
    assert found.blend == Blend(0.2, 0.03)
    assert (found.codes, found.signals, found.learned_on, found.customers) == (
        model.codes,
        model.signals,
        DAY,
        60,
    )
    np.testing.assert_array_equal(found.weights, model.weights)
    np.testing.assert_array_equal(found.trend, model.trend)
    assert [one.name for one in path.parent.iterdir()] == ["model.npz"]


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 cut off", b"\x93NUMPY"])
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(BadModelFile, match=r"model\.npz"):
        model_file.load(path)


def test_half_a_file(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model_file.save(model, path)
    whole = path.read_bytes()
    for size in (len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:size])
        with pytest.raises(BadModelFile):
            model_file.load(path)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, format=np.array(1), codes=np.array([{"evil": 1}], dtype=object))
    with pytest.raises(BadModelFile):
        model_file.load(path)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(BadModelFile):
            model_file.load(path)


def test_a_single_array_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.npy"
    np.save(path, np.ones(3))
    with pytest.raises(BadModelFile):
        model_file.load(path)


def test_contents_that_do_not_fit_are_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    wrong = [
        replace(model, codes=model.codes[:-1]),
        replace(model, codes=(*model.codes[:-1], model.codes[0])),
        replace(model, trend=model.trend[:-1]),
        replace(model, weights=model.weights.astype(np.float64)),
        replace(model, weights=np.full_like(model.weights, np.nan)),
        replace(model, trend=np.full_like(model.trend, np.inf)),
    ]
    for bad in wrong:
        model_file.save(bad, path)
        with pytest.raises(BadModelFile):
            model_file.load(path)


def test_another_format_is_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model_file.save(model, path)
    with np.load(path) as stored:
        np.savez(path, **{**stored, "format": np.array(1)})
    with pytest.raises(BadModelFile, match="format 1"):
        model_file.load(path)


def test_a_running_process_takes_up_the_new_file_and_survives_a_broken_one(
    model: Model, tmp_path: Path
) -> None:
    path = tmp_path / "model.npz"
    assert model_file.current(path) is None
    model_file.save(model, path)
    first = model_file.current(path)
    assert first is not None
    assert model_file.current(path) is first
    path.write_bytes(b"broken")
    os.utime(path, (1, 1))
    with capture_logs() as logs:
        assert model_file.current(path) is first
        assert model_file.current(path) is first
    assert [line["event"] for line in logs] == ["recommendation_model_refused"]
    model_file.save(replace(model, customers=61), path)
    newest = model_file.current(path)
    assert newest is not None
    assert newest.customers == 61
    path.unlink()
    assert model_file.current(path) is None
