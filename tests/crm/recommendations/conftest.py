"""No test reads the model that this machine may have learned."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.crm.recommendations import model_file


@pytest.fixture(autouse=True)
def model_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the service looks for its model: nowhere, until a test saves one there."""
    path = tmp_path / "model.npz"
    monkeypatch.setattr(model_file, "MODEL_FILE", path)
    yield path
