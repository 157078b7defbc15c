"""One small marketplace, built whole once per test run and shared by all workers."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from hypothesis import settings

from tastemaker.config import Config, load_config

ROOT = Path(__file__).parents[1]

# A shared machine is slow when it is: how long an example took says nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def market_config() -> Config:
    return load_config(ROOT / "configs" / "test.yaml")


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory, market_config: Config) -> Path:
    """The workspace of a whole run over 300 simulated creators. Read it; copy it to change it."""
    from tastemaker.workflows import Job, Workspace, run_demo

    base = tmp_path_factory.getbasetemp()
    # Under pytest-xdist each worker has its own folder in the run's: the one above is common to them.
    shared = base.parent if base.name.startswith("popen-") else base
    root = shared / "market"
    with (shared / "market.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run_demo(Job(Workspace(root), market_config))
    return root


@pytest.fixture(scope="session")
def bundle_folder(market: Path) -> Path:
    return market / "bundle"
