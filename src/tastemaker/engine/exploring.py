"""Test slots in an answer: who holds them, why in words, and with what chances everyone was shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tastemaker import config
from tastemaker.bundle import Bundle
from tastemaker.ranking import order
from tastemaker.ranking.exploration import Belief, Explored, explore
from tastemaker.schema import Exploration, Placement

FEW = 3


@dataclass(frozen=True)
class Answered:
    """Rows of the candidates that are shown, best place first, and how each came to its place."""

    rows: np.ndarray
    placements: tuple[Placement | None, ...]
    exploration: Exploration | None = None
    notes: tuple[str, ...] = ()


def by_value(values: np.ndarray, creator_ids: np.ndarray, limit: int) -> Answered:
    """The best by value; nothing is drawn."""
    rows = order(values, creator_ids)[:limit]
    return Answered(rows, (None,) * len(rows))


def why_not(bundle: Bundle) -> str | None:
    """Why this bundle can not explore, in words; None where it can."""
    if not bundle.ranker.calibrated or bundle.ranker.forecaster is None:
        return f"no test slots: the ranker {bundle.ranker.name!r} does not say how uncertain its values are"
    if not bundle.ranker.forecaster.tells_apart:
        return "no test slots: too few creators returned for the results to tell how uncertain a value is"
    return None


def decision_seed(settings: config.Exploration, decision_id: str) -> int:
    """0 to 2^32 - 1, of the configured seed and the decision's id (hexadecimal)."""
    return int(np.random.SeedSequence([settings.seed, int(decision_id, 16)]).generate_state(1)[0])


def explored(
    bundle: Bundle, pairs: pd.DataFrame, values: np.ndarray, creator_ids: np.ndarray, limit: int, seed: int
) -> Answered:
    """The shortlist with its test slots, by what results leave open. Needs :func:`why_not` to be None."""
    settings, forecaster = bundle.manifest.config.exploration, bundle.ranker.forecaster
    if forecaster is None:
        raise ValueError("a bundle without forecasts has nothing to explore by; ask why_not first")
    belief = Belief.of(forecaster, pairs)
    found = explore(values, creator_ids, belief, limit, settings, seed)
    contested = int(np.floor(settings.share * len(found.rows) + 0.5))
    tests = int(found.test.sum())
    record = Exploration(seed=seed, contested=contested, test_slots=tests)
    notes = (f"{tests} of the {len(found.rows)} places are test slots",) if tests else ()
    return Answered(found.rows, _placements(found, belief), record, notes)


def _placements(found: Explored, belief: Belief) -> tuple[Placement, ...]:
    return tuple(
        Placement(
            kind="test" if test else "swap" if swapped else "value",
            p_shown=float(shown),
            p_place=float(place),
            reason=_reason(bool(test), bool(swapped), int(belief.campaigns[row]), float(belief.spread[row])),
        )
        for row, test, swapped, shown, place in zip(
            found.rows.tolist(), found.test, found.swapped, found.p_shown, found.p_place, strict=True
        )
    )


def _reason(test: bool, swapped: bool, campaigns: int, spread: float) -> str:
    if test:
        known = {0: "no result is known", 1: "one result is known or under way"}.get(
            campaigns, f"{campaigns} results are known or under way"
        )
        times = np.exp(1.2816 * spread)
        if campaigns < FEW:
            return f"test slot: {known}, so the value may well be {times:.1f} times as high or as low"
        return f"test slot: nearly as good as the last of the best by value; {known}"
    if swapped:
        return "changed places with a neighbour of nearly the same value, to learn what the place does"
    return "by value"
