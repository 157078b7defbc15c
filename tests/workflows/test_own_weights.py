"""Weights of authenticity in a file of one's own are an input of the snapshots: other ones make other snapshots."""

from __future__ import annotations

from pathlib import Path

from tastemaker.config import Config
from tastemaker.features.authenticity import shipped_model
from tastemaker.workflows import Job, Workspace
from tastemaker.workflows.stages import build_features
from tastemaker.workflows.workspace import Stage


class Noting(Workspace):
    """Takes every stage as done, and notes what it would have been made from."""

    made_from: str | None = None

    def run(self, stage: Stage) -> Path:
        self.made_from = self._made_from(stage)
        return self.path(stage.name)


def snapshots_from(market: Path, config: Config, weights: Path | None) -> str | None:
    own = None if weights is None else str(weights)
    features = config.features.model_copy(update={"authenticity_weights": own})
    workspace = Noting(market)
    build_features(Job(workspace, config.model_copy(update={"features": features})))
    return workspace.made_from


def test_weights_of_ones_own_are_an_input(market: Path, market_config: Config, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    shipped_model().save(path)
    first, again = (snapshots_from(market, market_config, path) for _ in range(2))
    path.write_text(path.read_text().replace('"limit": ', '"limit": 0'))
    assert first == again != snapshots_from(market, market_config, path)
    assert first != snapshots_from(market, market_config, None)
