"""Off-policy evaluation on real clicks: a uniform and a Thompson sampling log, each asked for the other's value.

Python: ``logged_choices(folder)``; command: ``ope_choices.py FOLDER``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker.evaluation import Estimate
from tastemaker.evaluation.off_policy import (
    ChoiceLog,
    ItemMeans,
    Policy,
    cross_fit,
    mean_bounds,
    overlap,
    policy_difference,
    policy_values,
)

Floats = NDArray[np.float64]
ITEMS, SLOTS = 80, 3


def logged_choices(folder: Path) -> dict[str, Any]:
    """Estimates from either log of the other policy's click rate, overall and by position, beside the means on policy.

    ``folder`` holds ``uniform.parquet`` and ``thompson.parquet``: item_id 0..79, position 1..3, click,
    propensity_score, timestamp.
    """
    logs = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("uniform", "thompson")}
    shares = {"uniform": np.full((SLOTS, ITEMS), 1 / ITEMS), "thompson": item_shares(logs["thompson"])}
    report: dict[str, Any] = {
        "on_policy": {name: _on_policy(frame) for name, frame in logs.items()},
    }
    for source, target in (("uniform", "thompson"), ("thompson", "uniform")):
        report[f"{target}_from_{source}"] = estimates(logs[source], shares[target], target)
    log = choice_log(logs["uniform"])
    predicted = cross_fit(log, ItemMeans())
    pair = [policy_of(log, shares[name], name) for name in ("thompson", "uniform")]
    difference = policy_difference(log, *pair, predicted=predicted)
    report["thompson_less_uniform"] = {
        "paired_dr": difference.to_json(),
        "two_logs": _unpaired(logs["thompson"]["click"], logs["uniform"]["click"]).to_json(),
    }
    return report


def item_shares(frame: pd.DataFrame) -> Floats:
    """P(item | position) (3, 80) of a policy without context, as the shares of its log.

    The log has the propensity of the chosen item only. Its mean over the days is what the shares estimate; the policy
    moved from day to day, so this assumes that the click rate of an item did not move along with it.
    """
    counts = np.zeros((SLOTS, ITEMS))
    np.add.at(counts, (frame["position"].to_numpy() - 1, frame["item_id"].to_numpy()), 1.0)
    return counts / counts.sum(axis=1, keepdims=True)


def choice_log(frame: pd.DataFrame) -> ChoiceLog:
    """One choice a row; items at different positions are different candidates to the model (its slot)."""
    n = len(frame)
    return ChoiceLog.rows(
        np.repeat(np.arange(n), ITEMS),
        np.tile(np.arange(ITEMS), n),
        (frame["item_id"].to_numpy()[:, None] == np.arange(ITEMS)).ravel(),
        np.repeat(frame["click"].to_numpy(dtype=np.float64), ITEMS),
        _propensities(frame).ravel(),
        slot=np.repeat(frame["position"].to_numpy() - 1, ITEMS),
        # Rows of one instant are slots of one page.
        cluster=np.repeat(frame["timestamp"].to_numpy(dtype=str), ITEMS),
    )


def _propensities(frame: pd.DataFrame) -> Floats:
    """(n, 80): what is logged for the chosen item; of all items where the log is uniform."""
    p = frame["propensity_score"].to_numpy(dtype=np.float64)
    if (p == 1 / ITEMS).all():
        return np.full((len(p), ITEMS), 1 / ITEMS)
    return np.where(frame["item_id"].to_numpy()[:, None] == np.arange(ITEMS), p[:, None], np.nan)


def policy_of(log: ChoiceLog, shares: Floats, name: str) -> Policy:
    return Policy(name, shares[log.slot, log.item])


def estimates(frame: pd.DataFrame, shares: Floats, name: str) -> dict[str, Any]:
    """Overlap and every estimator, over all positions and at each."""
    parts = {"all": frame} | {f"position {p}": frame[frame["position"] == p] for p in (1, 2, 3)}
    out: dict[str, Any] = {}
    for part, rows in parts.items():
        log = choice_log(rows)
        policy = policy_of(log, shares, name)
        values = policy_values(log, policy, predicted=cross_fit(log, ItemMeans()))
        out[part] = {"overlap": overlap(log, policy).to_json()}
        out[part] |= {method: e.to_json() for method, e in values.items()}
    return out


def _on_policy(frame: pd.DataFrame) -> dict[str, Any]:
    clicks = frame["click"].to_numpy(dtype=np.float64)
    by_position = {f"position {p}": clicks[frame["position"] == p] for p in (1, 2, 3)}
    return {part: mean_bounds(x).to_json() for part, x in ({"all": clicks} | by_position).items()}


def _unpaired(a: pd.Series, b: pd.Series) -> Estimate:
    """Difference of the means of two logs with its interval: what it takes to run both policies."""
    x, y = a.to_numpy(dtype=np.float64), b.to_numpy(dtype=np.float64)
    half = 1.96 * float(np.hypot(x.std(ddof=1) / np.sqrt(len(x)), y.std(ddof=1) / np.sqrt(len(y))))
    gap = float(x.mean() - y.mean())
    return Estimate(gap, gap - half, gap + half)


if __name__ == "__main__":
    print(json.dumps(logged_choices(Path(sys.argv[1])), indent=1))
