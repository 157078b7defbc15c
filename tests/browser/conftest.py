"""Chromium over a real server; skipped by name where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tastemaker.service import create_app, serving
from tastemaker.store import SqlDecisionLog

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))  # the stub engine lives there

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from stub_engine import StubEngine

    log = SqlDecisionLog(f"sqlite:///{tmp_path_factory.mktemp('store')}/log.db")
    with serving(create_app(StubEngine(log), log)) as url:
        yield url
    log.close()
