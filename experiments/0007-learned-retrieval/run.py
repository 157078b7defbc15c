"""Retrieval with and without what past collaborations teach it, on simulated marketplaces; see README.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from retrieval_world import Asked, Floats, World, build_world

from tastemaker import config as configuration
from tastemaker.config import Config, load_config
from tastemaker.evaluation import dcg_at_k, mean_interval, paired_difference
from tastemaker.retrieval import LearnedProjection, fit_projection, joint_scores
from tastemaker.training import split_by_time, weigh
from tastemaker.training.projection import recalls
from tastemaker.workflows import report_command

HERE = Path(__file__).parent
IDENTITY = "identity"
VARIANTS: dict[str, dict[str, float | None]] = {
    "diagonal": {"projection_rank": 0, "projection_diagonal_ridge": 3.0},
    "rank 32": {"projection_diagonal_ridge": None},
    "diagonal and rank 32": {"projection_diagonal_ridge": 3.0},
}
"""Name -> what differs from the configuration."""
PREVIOUS = "rank 32"
"""Against whom the others are compared on the log."""
ORIGINS = (0.6, 0.4, 0.2)
"""Shares of the training campaigns, their latest, that are unseen at an origin; the next fifth is asked. The last
origin is the engine's own gate."""
BEST, CUTOFF = 20, 10
DEPTHS = (50, 100, 200)


def judged(world: World, learned: LearnedProjection | None, config: configuration.Retrieval) -> pd.DataFrame:
    """A row per later brief, judged by the truth over everyone eligible."""
    rows = []
    for one in world.asked:
        scores = joint_scores(one.pool, world.base, learned, config)
        rows.append(_figures(one, scores.astype(np.float64)))
    return pd.DataFrame(rows)


def _figures(asked: Asked, scores: Floats) -> dict[str, float]:
    order = np.argsort(-scores, kind="stable")
    best = np.argsort(-asked.gains, kind="stable")[:BEST]
    ideal = dcg_at_k(asked.ideal, CUTOFF)
    row = {f"recall@{k} of the best {BEST}": float(np.isin(best, order[:k]).mean()) for k in DEPTHS}
    row[f"NDCG@{CUTOFF} of the retrieval order"] = float(dcg_at_k(asked.gains[order], CUTOFF) / ideal)
    for k in DEPTHS:
        shortlist = order[:k][np.argsort(-asked.values[order[:k]], kind="stable")]
        row[f"NDCG@{CUTOFF}, {k} retrieved, then ranked"] = float(
            dcg_at_k(asked.gains[shortlist], CUTOFF) / ideal
        )
    return row


def validated(world: World, config: configuration.Retrieval, seed: int) -> list[Floats]:
    """For each origin, what maps of the training decisions before it gain in recall over the identity on those after
    it: by the log alone, a value per decision."""
    gained = []
    splits = [split_by_time(world.split.train, share) for share in ORIGINS]
    for split, following in zip_longest(splits, splits[1:]):
        asked = split.holdout
        if following is not None:
            asked = asked[asked["made_at"] < following.starts_at]
        maps = fit_projection(weigh(world.pools, split.train), world.base, config, seed=seed)
        later = [p for p in weigh(world.pools, asked) if np.nansum(p.weight) > 0]
        gained.append(recalls(later, world.base, maps, config) - recalls(later, world.base, None, config))
    return gained


def report(config: Config, seeds: Sequence[int], folder: Path) -> dict[str, object]:
    """A world per seed, and what the log says of all of them together."""
    worlds: dict[str, object] = {}
    gained: dict[str, list[Floats]] = {name: [] for name in VARIANTS}
    for seed in seeds:
        simulation = config.simulation.model_copy(update={"seed": seed})
        world = build_world(folder / str(seed), config.model_copy(update={"simulation": simulation}))
        plain = judged(world, None, config.retrieval)
        rows: dict[str, object] = {IDENTITY: {"truth": {c: mean_interval(plain[c]).to_json() for c in plain}}}
        for name, changes in VARIANTS.items():
            settings = config.retrieval.model_copy(update=changes)
            rows[name] = _against(plain, world, settings, config.training.seed, gained[name])
            sys.stderr.write(f"seed {seed}: {name}\n")
        worlds[str(seed)] = {"decisions": len(world.pools), "asked": len(world.asked), "rows": rows}
    pooled = {name: np.concatenate(parts) for name, parts in gained.items()}
    log = {
        name: {
            "recall gained": mean_interval(values).to_json(),
            f"minus {PREVIOUS}": paired_difference(values, pooled[PREVIOUS]).to_json(),
        }
        for name, values in pooled.items()
    }
    return {"worlds": worlds, "log": log}


def _against(
    plain: pd.DataFrame, world: World, config: configuration.Retrieval, seed: int, gained: list[Floats]
) -> dict[str, object]:
    """One variant on one world; what it gained on the log is added to ``gained``."""
    origins = validated(world, config, seed)
    gained.extend(origins)
    maps = fit_projection(weigh(world.pools, world.split.train), world.base, config, seed=seed)
    table = judged(world, maps, config)
    return {
        "log": mean_interval(np.concatenate(origins)).to_json(),
        "gate": mean_interval(origins[-1]).to_json(),
        "truth": {c: mean_interval(table[c]).to_json() for c in table},
        "gain": {c: paired_difference(table[c], plain[c]).to_json() for c in table},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where something can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 23])
    parser.add_argument("--config", type=Path, default=HERE / "config.yaml", metavar="FILE")
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="where the worlds stay; else they are removed"
    )
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as scratch:
        worlds = asked.workspace or Path(scratch)
        return report_command(asked.out, lambda: report(load_config(asked.config), asked.seeds, worlds))


if __name__ == "__main__":
    sys.exit(main())
