"""One running console for all tests of this folder; every test brings its own people."""

from collections.abc import Iterator

import pytest

from tests.console.world import World, running_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The console on the loopback."""
    with running_world(tmp_path_factory.mktemp("console")) as running:
        yield running
