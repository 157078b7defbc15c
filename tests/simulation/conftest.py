"""Worlds that the simulation tests share: one tiny, one large enough for statistics, each made once."""

from __future__ import annotations

import pytest
from simulated_tables import Tables, make


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return make(tmp_path_factory.mktemp("tiny"), creators=60, brands=6, campaigns=12, seed=3)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return make(tmp_path_factory.mktemp("world"), creators=900, brands=40, campaigns=160, seed=5)
