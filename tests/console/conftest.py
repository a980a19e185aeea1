"""One running console for all tests of this folder; every test brings its own people."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.crm.database import Database
from integrations.crm.recommendations import model_file
from tests.console.world import Clock, World, running_world
from tests.system import make_settings


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The console on the loopback."""
    with running_world(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture
def room(database: Database, tmp_path: Path) -> World:
    """A database with builders, no server."""
    return World(make_settings(tmp_path), database, Clock())


@pytest.fixture(autouse=True)
def no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the recommendation model that this machine may have learned."""
    monkeypatch.setattr(model_file, "MODEL_FILE", tmp_path / "model.npz")
