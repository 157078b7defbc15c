"""A real server on a free port, over the stub engine and a durable log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from stub_engine import StubEngine

from tastemaker import config
from tastemaker.service import create_app, serving
from tastemaker.store import SqlDecisionLog


@pytest.fixture(scope="module")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "log.db"


@pytest.fixture(scope="module")
def base_url(store_path: Path) -> Iterator[str]:
    log = SqlDecisionLog(f"sqlite:///{store_path}")
    with serving(create_app(StubEngine(log), log, config.Service(max_body_bytes=50_000))) as url:
        yield url
    log.close()


@pytest.fixture
def client(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=20, trust_env=False) as made:
        yield made
