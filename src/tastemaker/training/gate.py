"""The gate: a new version becomes champion only if it is not worse by more than the margin, and surely so."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tastemaker.config import Config
from tastemaker.evaluation import Estimate, paired_difference

MIN_CAMPAIGNS = 5
"""Fewer judged campaigns bound nothing: a bootstrap of three numbers is an anecdote."""


@dataclass(frozen=True)
class GateResult:
    """``difference`` is candidate minus champion in NDCG, None where there was nothing to compare with."""

    passed: bool
    difference: Estimate | None
    reason: str


def judge_gate(candidate: pd.Series, champion: pd.Series | None, config: Config) -> GateResult:
    """Passes when the lower bound of the paired bootstrap of ``candidate - champion`` is above the configured
    margin.

    Both: campaign_id -> NDCG on the same later campaigns, matched by id; a campaign in which either is NaN
    says nothing. Without a champion (None) the first version passes.
    """
    if champion is None:
        return GateResult(True, None, "first version: there was no champion to compare with")
    pairs = pd.concat([candidate, champion], axis=1, join="inner", keys=["candidate", "champion"]).dropna()
    metric = f"NDCG@{config.evaluation.cutoff}"
    if len(pairs) < MIN_CAMPAIGNS:
        return GateResult(
            False,
            None,
            f"only {len(pairs)} later campaigns can be compared by {metric}; the gate needs {MIN_CAMPAIGNS}",
        )
    gap = paired_difference(
        pairs["candidate"],
        pairs["champion"],
        repetitions=config.evaluation.bootstrap,
        seed=config.evaluation.seed,
    )
    margin = config.training.gate_margin
    passed = gap.low > margin
    reason = (
        f"{metric} differs from the champion's by {gap.value:+.4f} (95 % interval {gap.low:+.4f} to {gap.high:+.4f},"
        f" {len(pairs)} later campaigns): the lower bound is {'' if passed else 'not '}above {margin:+.4f}"
    )
    return GateResult(passed, gap, reason)


def refuse(reason: str) -> GateResult:
    """A gate that could not be judged, and so is not passed."""
    return GateResult(False, None, reason)
