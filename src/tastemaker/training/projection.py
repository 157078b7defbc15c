"""Whether what retrieval learned from earlier campaigns finds more on later ones; if not, it stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker import config as configuration
from tastemaker.config import Config
from tastemaker.errors import TrainingError
from tastemaker.evaluation import Estimate, paired_difference
from tastemaker.retrieval import ContentProjection, LearnedProjection, Pool, fit_projection, joint_scores
from tastemaker.training.pools import outcome_weights, weigh
from tastemaker.training.split import split_by_time

Gather = Callable[[pd.DataFrame], Sequence[Pool]]
"""Examples to the pools of their decisions, in the columns of the base."""


@dataclass(frozen=True)
class ProjectionResult:
    """``learned`` is None where the identity stays, and ``reason`` says why. ``gain``: recall of the learned
    maps minus the identity's on the last campaigns of the training time, with its 95 % interval; None where
    nothing was compared. ``deliveries``: known positives."""

    learned: LearnedProjection | None
    reason: str
    deliveries: int
    gain: Estimate | None = None


def learn_projection(
    examples: pd.DataFrame, gather: Gather, base: ContentProjection, config: Config
) -> ProjectionResult:
    """Learned maps if they pass the gate: fitted on the earlier of ``examples``, they must find more of those
    who delivered on the later ones than ``base`` does, the interval of the paired difference above 0.

    ``examples`` are the training side of a split; nothing else is looked at. Past the gate, the maps are
    fitted again on all of them.
    """
    deliveries = int((outcome_weights(examples) > 0).sum())
    least = config.retrieval.projection_least
    if deliveries < least:
        return ProjectionResult(None, f"{deliveries} known deliveries are fewer than {least}", deliveries)
    try:
        split = split_by_time(examples, config.training.holdout_share)
    except TrainingError as error:
        return ProjectionResult(None, str(error), deliveries)
    pools, seed = gather(examples), config.training.seed
    trial = fit_projection(weigh(pools, split.train), base, config.retrieval, seed=seed)
    judged = [p for p in weigh(pools, split.holdout) if np.nansum(p.weight) > 0]
    if not judged:
        return ProjectionResult(None, "no later campaign has a known delivery to judge by", deliveries)
    gain = paired_difference(
        recalls(judged, base, trial, config.retrieval),
        recalls(judged, base, None, config.retrieval),
        repetitions=config.evaluation.bootstrap,
        seed=config.evaluation.seed,
    )
    found = f"recall {gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f}) on {len(judged)} later decisions"
    if not gain.low > 0:
        return ProjectionResult(None, f"{found}: not surely more than the identity", deliveries, gain)
    final = fit_projection(weigh(pools, examples), base, config.retrieval, seed=seed)
    return ProjectionResult(final, found, deliveries, gain)


def recalls(
    pools: Sequence[Pool],
    base: ContentProjection,
    learned: LearnedProjection | None,
    config: configuration.Retrieval,
) -> NDArray[np.float64]:
    """Share of each pool's weight (n,), 0..1, among the first tenth of the eligible; at least ten places, and
    no more than ``candidates``."""
    shares = []
    for pool in pools:
        eligible = float(np.exp(pool.log_stands_for.astype(np.float64)).sum())
        places = min(max(10.0, eligible / 10), config.candidates)
        weight = np.nan_to_num(pool.weight.astype(np.float64))
        ahead = pool.ranks(joint_scores(pool, base, learned, config)) <= places
        shares.append(float(weight[ahead].sum() / weight.sum()))
    return np.array(shares)
