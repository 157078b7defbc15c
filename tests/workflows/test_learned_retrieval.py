"""The stage that teaches retrieval sees nothing of the campaigns that are judged later."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tastemaker.config import Config
from tastemaker.retrieval import ContentProjection, LearnedProjection, Retriever
from tastemaker.sources import Catalogue
from tastemaker.training import ProjectionResult, split_by_time
from tastemaker.workflows import Job, Workspace, build_index, fit_retrieval, indexing


@pytest.fixture
def eager(market_config: Config) -> Config:
    """The maps are fitted and compared however little there is."""
    retrieval = market_config.retrieval.model_copy(update={"projection": "learned", "projection_least": 1})
    return market_config.model_copy(update={"retrieval": retrieval})


def workspace(market: Path, folder: Path) -> Workspace:
    return Workspace(Path(shutil.copytree(market, folder)))


def spoil(space: Workspace, campaigns: set[str]) -> None:
    """Other outcomes for ``campaigns``, and other creators chosen."""
    outcomes = Catalogue(space.path("tables")).table("outcomes")
    mine = np.isin(outcomes["campaign_id"].to_numpy(zero_copy_only=False), sorted(campaigns))
    assert mine.any()
    frame = outcomes.to_pandas()
    for column in ("likes", "comments", "clicks", "conversions", "reach"):
        frame.loc[mine, column] = frame.loc[mine, column].iloc[::-1].to_numpy() * 7
    pq.write_table(
        type(outcomes).from_pandas(frame, schema=outcomes.schema, preserve_index=False),
        space.path("tables") / "outcomes.parquet",
    )


def fitted(space: Workspace, config: Config) -> dict[str, bytes]:
    folder = fit_retrieval(Job(space, config))
    assert folder is not None
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.startswith(".")}


def test_judged_campaigns_teach_nothing(market: Path, eager: Config, tmp_path: Path) -> None:
    space = workspace(market, tmp_path / "space")
    before = fitted(space, eager)
    examples = pd.read_parquet(space.path("examples") / "examples.parquet")
    split = split_by_time(examples, eager.training.holdout_share)
    spoil(space, set(split.holdout["campaign_id"]))
    assert fitted(space, eager) == before
    assert "projection" in space.timings
    spoil(space, set(split.train["campaign_id"]))
    assert fitted(space, eager) != before


def test_no_projection_is_fitted_where_none_is_asked_for(market: Path, eager: Config, tmp_path: Path) -> None:
    none = eager.retrieval.model_copy(update={"projection": "none"})
    job = Job(workspace(market, tmp_path / "space"), eager.model_copy(update={"retrieval": none}))
    assert fit_retrieval(job) is None


def test_a_history_too_short_to_split_teaches_nothing_and_is_no_error(
    market: Path, eager: Config, tmp_path: Path
) -> None:
    space = workspace(market, tmp_path / "space")
    decisions = Catalogue(space.path("tables")).table("decisions")
    pq.write_table(decisions.slice(0, 1), space.path("tables") / "decisions.parquet")
    folder = fit_retrieval(Job(space, eager))
    assert folder is not None
    report = json.loads((folder / "report.json").read_text())
    assert not report["learned"]
    assert report["reason"]


@pytest.mark.parametrize("passed", [True, False])
def test_index_takes_the_maps_that_passed(
    market: Path, eager: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passed: bool
) -> None:
    """So small a market passes no gate: what it would let through is said here."""
    from tastemaker.features import FeatureSnapshot

    def gate(
        _examples: object, _gather: object, base: ContentProjection, _config: object
    ) -> ProjectionResult:
        turned = LearnedProjection(
            ContentProjection(base.weight[:, ::-1]), ContentProjection(np.roll(base.weight, 1, axis=1))
        )
        return ProjectionResult(turned if passed else None, "as asked for", 7)

    monkeypatch.setattr(indexing, "learn_projection", gate)
    space = workspace(market, tmp_path / "space")
    job = Job(space, eager)
    index = build_index(job)
    report = json.loads((space.path("projection") / "report.json").read_text())
    assert report["learned"] == passed
    current = FeatureSnapshot.load(sorted(p for p in space.path("snapshots").iterdir() if p.is_dir())[-1])
    served = Retriever.load(index, current, eager.retrieval).space
    maps = space.path("projection") / "projection.safetensors"
    assert maps.is_file() == passed
    if passed:
        own = LearnedProjection.load(maps)
        assert np.array_equal(served.projection.weight, own.creator.weight)
        assert np.array_equal(served.brief_projection.weight, own.brief.weight)
        assert not np.array_equal(own.brief.weight, own.creator.weight)
    else:
        assert served.brief_projection is served.projection
