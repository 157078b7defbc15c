"""Real profiles, with bios and nothing else, become a bundle that answers free words in several languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tastemaker import Brief, Engine
from tastemaker.config import load_config
from tastemaker.sources.adapters import adapt
from tastemaker.workflows import Job, Workspace, build_all

PROFILES = Path(__file__).parents[3] / "shared" / "data" / "tiktok_catalogue" / "creators.parquet"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not PROFILES.is_file(), reason="needs ../shared/data/tiktok_catalogue beside the checkout"
    ),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    base = tmp_path_factory.mktemp("profiles")
    adapt("tiktok-catalogue", PROFILES, base / "raw")
    return Engine.load(build_all(Job(Workspace(base / "space"), load_config()), base / "raw"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Home workouts and gym training"),
        ("es", "Recetas de cocina fáciles en casa"),
        ("fr", "Maquillage et soins de la peau"),
    ],
)
def test_free_words_find_profiles_of_the_language(engine: Engine, language: str, text: str) -> None:
    brief = Brief.parse(
        {
            "brand": {"name": "Quillmoor"},
            "objective": "awareness",
            "text": text,
            "filters": {"languages": [language], "followers": {"min": 5_000, "max": 500_000}},
        }
    )
    answer = engine.recommend(brief)
    assert answer.ranker == "content"
    assert any("without forecasts" in note for note in answer.notes)
    assert len(answer.shortlist) == 20
    assert all(5_000 <= c.followers <= 500_000 for c in answer.shortlist)
    fits = [c.content_fit for c in answer.shortlist]
    assert fits[0] > 0.3
    assert all(c.forecast is None for c in answer.shortlist)
