"""Every ranker on simulated worlds of three noise and three bias levels and several seeds; see README.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from tastemaker.config import Config, load_config
from tastemaker.evaluation import mean_interval, paired_difference
from tastemaker.workflows import (
    Job,
    Workspace,
    build_features,
    encode_texts,
    evaluate_candidate,
    ingest_tables,
    report_command,
    simulate_marketplace,
    train_rankers_on_history,
)

HERE = Path(__file__).parent
LEVELS = ("low", "medium", "high")


def judged(workspace: Path, config: Config, noise: str, bias: str, seed: int) -> pd.DataFrame:
    """NDCG by the true value: a row per later campaign of one world, a column per ranker."""
    world = config.simulation.model_copy(update={"noise": noise, "bias": bias, "seed": seed})
    job = Job(Workspace(workspace), config.model_copy(update={"simulation": world}))
    source = simulate_marketplace(job)
    ingest_tables(job, source)
    encode_texts(job)
    build_features(job)
    train_rankers_on_history(job)
    return pd.read_parquet(evaluate_candidate(job, source) / "per_campaign.parquet")


def report(config: Config, seeds: int, workspace: Path) -> dict[str, object]:
    """Means over the later campaigns of all seeds with 95 % intervals: a cell per pair of levels, and all pooled."""
    cells: dict[tuple[str, str], list[pd.DataFrame]] = {cell: [] for cell in product(LEVELS, LEVELS)}
    for seed in range(1, seeds + 1):
        for noise, bias in cells:
            # One workspace a seed: what the levels leave alone is not encoded again.
            cells[noise, bias].append(judged(workspace / str(seed), config, noise, bias, seed))
            sys.stderr.write(f"seed {seed}: noise {noise}, bias {bias}\n")
    tables = {cell: pd.concat(parts, ignore_index=True) for cell, parts in cells.items()}
    rows = [{"noise": n, "bias": b, **_summary(table)} for (n, b), table in tables.items()]
    return {"seeds": seeds, "cells": rows, "pooled": _summary(pd.concat(tables.values(), ignore_index=True))}


def _summary(table: pd.DataFrame) -> dict[str, object]:
    names = [str(name) for name in table if name != "value"]
    return {
        "campaigns": len(table),
        "ndcg": {str(name): mean_interval(table[name]).to_json() for name in table},
        "value_over": {name: paired_difference(table["value"], table[name]).to_json() for name in names},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where something can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--config", type=Path, default=HERE / "config.yaml", metavar="FILE")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as scratch:
        return report_command(
            asked.out, lambda: report(load_config(asked.config), asked.seeds, Path(scratch))
        )


if __name__ == "__main__":
    sys.exit(main())
