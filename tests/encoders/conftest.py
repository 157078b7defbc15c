from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def captions() -> list[str]:
    """198 invented captions in five languages, with hashtags, emoji and slang."""
    return (Path(__file__).parent / "captions.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASTEMAKER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
