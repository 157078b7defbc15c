"""Retrieval with and without what past collaborations teach it, on simulated marketplaces; see README.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from retrieval_world import Asked, Floats, World, build_world

from tastemaker import config as configuration
from tastemaker.atomic import atomic_file
from tastemaker.config import Config, load_config
from tastemaker.errors import TastemakerError
from tastemaker.evaluation import dcg_at_k, mean_interval, paired_difference
from tastemaker.retrieval import LearnedProjection, fit_projection, joint_scores
from tastemaker.training import learn_projection, split_by_time, weigh
from tastemaker.training.projection import recalls

HERE = Path(__file__).parent
IDENTITY = "identity"
VARIANTS: dict[str, dict[str, float | None]] = {
    "diagonal": {"projection_rank": 0, "projection_diagonal_ridge": 3.0},
    "rank 32": {"projection_diagonal_ridge": None},
    "diagonal and rank 32": {"projection_diagonal_ridge": 3.0},
}
"""Name -> what differs from the configuration."""
ORIGINS = (0.6, 0.4, 0.2)
"""Shares of the training campaigns, their latest, of which the next fifth is asked: three origins in time."""
BEST = 20
DEPTHS = (50, 100, 200)


def judged(world: World, learned: LearnedProjection | None, config: configuration.Retrieval) -> pd.DataFrame:
    """A row per later brief, judged by the truth over everyone eligible."""
    return pd.DataFrame(
        [_figures(one, joint_scores(one.pool, world.base, learned, config)) for one in world.asked]
    )


def _figures(asked: Asked, scores: Floats) -> dict[str, float]:
    order = np.argsort(-scores, kind="stable")
    best = np.argsort(-asked.gains, kind="stable")[:BEST]
    ideal = dcg_at_k(asked.ideal, 10)
    row = {f"recall@{k} of the best {BEST}": float(np.isin(best, order[:k]).mean()) for k in DEPTHS}
    row["NDCG@10 of the retrieval order"] = dcg_at_k(asked.gains[order], 10) / ideal
    for k in DEPTHS:
        shortlist = order[:k][np.argsort(-asked.values[order[:k]], kind="stable")]
        row[f"NDCG@10, {k} retrieved, then ranked"] = dcg_at_k(asked.gains[shortlist], 10) / ideal
    return row


def validated(world: World, config: configuration.Retrieval, seed: int) -> Floats:
    """Recall gained over the identity by maps of the earlier training decisions on those after them, by the log
    alone; all origins one after the other."""
    gained = []
    for share, end in pairwise((*ORIGINS, None)):
        split = split_by_time(world.split.train, share)
        following = split.holdout
        if end is not None:
            following = following[following["made_at"] < split_by_time(world.split.train, end).starts_at]
        maps = fit_projection(weigh(world.pools, split.train), world.base, config, seed=seed)
        later = [p for p in weigh(world.pools, following) if np.nansum(p.weight) > 0]
        gained.append(recalls(later, world.base, maps, config) - recalls(later, world.base, None, config))
    return np.concatenate(gained)


def compare(world: World, config: Config) -> dict[str, object]:
    """Every variant on one world: validation on the log, the gate, and the truth."""
    seed, lessons = config.training.seed, weigh(world.pools, world.split.train)
    plain = judged(world, None, config.retrieval)
    rows: dict[str, object] = {IDENTITY: {"truth": {c: mean_interval(plain[c]).to_json() for c in plain}}}
    for name, changes in VARIANTS.items():
        settings = config.retrieval.model_copy(update=changes)
        table = judged(world, fit_projection(lessons, world.base, settings, seed=seed), settings)
        gate = learn_projection(
            world.split.train,
            lambda _: world.pools,
            world.base,
            config.model_copy(update={"retrieval": settings}),
        )
        rows[name] = {
            "validation": mean_interval(validated(world, settings, seed)).to_json(),
            "gate": {"opens": gate.learned is not None, "reason": gate.reason},
            "truth": {c: mean_interval(table[c]).to_json() for c in table},
            "gain": {c: paired_difference(table[c], plain[c]).to_json() for c in table},
        }
    return rows


def report(config: Config, seeds: Sequence[int], folder: Path) -> dict[str, object]:
    """A world per seed."""
    worlds = {}
    for seed in seeds:
        simulation = config.simulation.model_copy(update={"seed": seed})
        world = build_world(folder / str(seed), config.model_copy(update={"simulation": simulation}))
        worlds[str(seed)] = compare(world, config)
        sys.stderr.write(f"seed {seed}: {len(world.pools)} decisions, {len(world.asked)} later ones\n")
    return {"worlds": worlds}


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
    try:
        with TemporaryDirectory() as scratch:
            found = report(load_config(asked.config), asked.seeds, asked.workspace or Path(scratch))
        with atomic_file(asked.out) as partial:
            partial.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    except (TastemakerError, OSError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
