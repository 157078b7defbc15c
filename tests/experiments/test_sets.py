"""Experiment 0005: settings, the peers' way to fill a budget, and the comparison with the exact solution."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest
from set_exact import greedy_vs_exact, ms_500
from set_reach import _filled
from set_settings import read_settings
from set_worlds import World

from tastemaker.errors import ConfigError
from tastemaker.portfolio import Audiences, Constraints
from tastemaker.schema import AUDIENCE_WIDTH

HERE = Path(__file__).parents[2] / "experiments" / "0005-sets"


class Catalogue:
    """What the comparison reads of a world."""

    def __init__(self, accounts: int) -> None:
        rng = np.random.default_rng(0)
        shares = rng.gamma(0.3, 1.0, (accounts, AUDIENCE_WIDTH))
        size = np.exp(rng.normal(9.8, 1.2, accounts))
        usual = np.full((accounts, AUDIENCE_WIDTH), 0.03)
        ids = [str(i) for i in range(accounts)]
        self.everyone = Audiences.of(ids, size, np.ones(accounts), shares, usual, usual[0])


@pytest.mark.parametrize("name", ["config.yaml", "quick.yaml"])
def test_settings_are_read(name: str) -> None:
    settings = read_settings(HERE / name)
    assert settings.people >= 200_000
    assert settings.least <= settings.most


def test_unknown_setting_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text((HERE / "quick.yaml").read_text() + "mood: good\n")
    with pytest.raises(ConfigError, match="mood"):
        read_settings(path)


def test_filling_skips_who_does_not_fit_any_more() -> None:
    constraints = Constraints(np.array([4.0, 5.0, 2.0, 1.0]), budget=6.5, most=3)
    assert _filled(np.array([4.0, 3.0, 2.0, 1.0]), constraints) == [0, 2]


def test_greedy_is_compared_with_the_exact_solution() -> None:
    world = cast(World, Catalogue(60))
    settings = read_settings(HERE / "quick.yaml").model_copy(
        update={"instances": 4, "options": 12, "many": 40, "repeats": 2}
    )
    found = greedy_vs_exact(world, settings)
    assert found["instances"] == 4
    assert 0.85 <= found["min"] <= found["mean"] <= 1.0 + 1e-6
    assert ms_500(world, settings)["creators"] == 40
